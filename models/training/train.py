"""A training plan in, the folder of a fine-tuned model out; an epoch that is done is never done again."""

import math
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from models.network import CivicNetwork, from_base, save, save_tokenizer
from models.training import recipes
from models.training.config import Phase, Plan
from models.training.metrics import macro_f1
from models.training.recipes import Example

_WARM_UP = 0.08
_CLIP = 1.0
_REPORT_EVERY = 20


@dataclass
class _State:
    """What a checkpoint holds besides the weights."""

    epoch: int = 0
    best: float = -1.0
    stale: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


class _Run:
    def __init__(self, plan: Plan) -> None:
        from transformers import AutoTokenizer

        torch.manual_seed(plan.seed)
        torch.set_num_threads(plan.threads)
        self.plan = plan
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer = AutoTokenizer.from_pretrained(plan.base)
        self.network = from_base(plan.base, plan.layers).to(self.device)
        self.average = [p.detach().clone() for p in self.network.parameters()]
        self.steps = 0
        self.sets, self.held = _read_sets(plan)
        civic = self.sets["civic"]
        self.sentiment_weights = self._weights(recipes.balance_weights(civic, lambda e: e.sentiment, 4.0), 3)
        self.aspect_weights = self._weights(recipes.balance_weights(civic, lambda e: e.aspect, 3.0), 14)

    def _weights(self, weights: dict[int, float], size: int) -> Tensor:
        return torch.tensor([weights.get(i, 1.0) for i in range(size)], device=self.device)

    def encode(self, texts: list[str]) -> list[list[int]]:
        encoded = self.tokenizer(texts, truncation=True, max_length=self.plan.max_length)["input_ids"]
        return [list(ids) for ids in encoded]

    def pad(self, rows: list[list[int]]) -> tuple[Tensor, Tensor]:
        longest = max(map(len, rows))
        padding = self.tokenizer.pad_token_id
        ids = torch.tensor([row + [padding] * (longest - len(row)) for row in rows], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self.device)
        return ids, mask

    def loss(self, batch: list[Example], ids: list[list[int]]) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16):
            sentiment, topic, aspect = self.network(*self.pad(ids))
        weight = torch.tensor([example.weight for example in batch], device=self.device)
        total = self._part(sentiment, [e.sentiment for e in batch], weight, self.sentiment_weights)
        total = total + self.plan.topic_weight * self._part(topic, [e.topic for e in batch], weight)
        return total + self.plan.aspect_weight * self._part(
            aspect, [e.aspect for e in batch], weight, self.aspect_weights
        )

    def _part(self, logits: Tensor, labels: list[int], weight: Tensor, classes: Tensor | None = None) -> Tensor:
        target = torch.tensor(labels, device=self.device)
        losses = functional.cross_entropy(
            logits.float(),
            target,
            weight=classes,
            ignore_index=recipes.NONE,
            reduction="none",
            label_smoothing=self.plan.label_smoothing,
        )
        return (losses * weight).sum() / len(labels)

    @torch.no_grad()
    def follow(self) -> None:
        """Move the running average of the weights; the average is what is evaluated and shipped."""
        self.steps += 1
        decay = min(self.plan.ema, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self.average, list(self.network.parameters()), 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the weights and their running average."""
        for parameter, mean in zip(self.network.parameters(), self.average, strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(mean)
            mean.copy_(kept)

    @torch.no_grad()
    def evaluate(self) -> float:
        self.network.eval()
        rows = self.encode([example.text for example in self.held])
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        guesses = [0] * len(rows)
        for start in range(0, len(order), 32):
            chosen = order[start : start + 32]
            logits = self.network(*self.pad([rows[i] for i in chosen]))[0]
            for i, guess in zip(chosen, logits.argmax(-1).tolist(), strict=True):
                guesses[i] = guess
        self.network.train()
        return macro_f1([example.sentiment for example in self.held], guesses, 3)


def _read_sets(plan: Plan) -> tuple[dict[str, list[Example]], list[Example]]:
    train, held = recipes.hold_out(recipes.civic(plan.data, "train"), plan.hold_out, plan.seed)
    apart = held + recipes.civic(plan.data, "dev") + recipes.topics_dev(plan.data)
    raw = {
        "civic": train,
        "usual": recipes.emotions(plan.data, "usual_train"),
        "virus": recipes.emotions(plan.data, "virus_train"),
        "reviews": recipes.reviews(plan.data),
        "moods": recipes.moods(plan.data),
        "topics": recipes.topics_train(plan.data),
    }
    sets = {name: recipes.without_copies_of(examples, apart) for name, examples in raw.items()}
    print("rows", {name: len(examples) for name, examples in sets.items()}, "held", len(held), flush=True)
    return sets, held


def _optimiser(network: CivicNetwork, rate: float) -> torch.optim.Optimizer:
    heads = [p for name, p in network.named_parameters() if "bert." not in name]
    body = [p for name, p in network.named_parameters() if "bert." in name]
    groups: list[dict[str, Any]] = [{"params": body, "scale": 1.0}, {"params": heads, "scale": 3.0}]
    return torch.optim.AdamW(groups, lr=rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True)


def _rate(phase: Phase, done: float) -> float:
    """Warm up, then fall along a cosine; ``done`` is the share of the phase."""
    if done < _WARM_UP:
        return phase.rate * done / _WARM_UP
    return phase.rate * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP))))


def _epoch(run: _Run, optimiser: torch.optim.Optimizer, phase: Phase, number: int, first: int) -> None:
    rng = random.Random(run.plan.seed + number)  # noqa: S311 - a repeatable draw, not a secret
    examples = recipes.courteous(recipes.mix(run.sets, phase.rows, phase.weights, rng), phase.courtesy, rng)
    rows = run.encode([example.text for example in examples])
    groups = recipes.batches([len(row) for row in rows], run.plan.batch_tokens, rng)
    started, seen, running = time.monotonic(), 0, 0.0
    for step, group in enumerate(groups):
        rate = _rate(phase, (number - first + step / len(groups)) / phase.epochs)
        for settings in optimiser.param_groups:
            settings["lr"] = rate * settings["scale"]
        loss = run.loss([examples[i] for i in group], [rows[i] for i in group])
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(run.network.parameters(), _CLIP)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        run.follow()
        seen += len(group)
        running += loss.item()
        if step % _REPORT_EVERY == _REPORT_EVERY - 1:
            speed = seen / (time.monotonic() - started)
            print(
                f"epoch={number} step={step + 1}/{len(groups)} loss={running / _REPORT_EVERY:.3f} "
                f"texts_per_s={speed:.0f} epoch_left_s={(len(examples) - seen) / speed:.0f}",
                flush=True,
            )
            running = 0.0


def _keep(run: _Run, optimiser: torch.optim.Optimizer, state: _State, path: Path) -> None:
    held: dict[str, Any] = {
        "plan": repr(run.plan),
        "network": run.network.state_dict(),
        "average": run.average,
        "optimiser": optimiser.state_dict(),
        "steps": run.steps,
        "state": vars(state),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(held, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def _take_up(run: _Run, optimiser: torch.optim.Optimizer, path: Path) -> _State:
    if not path.is_file():
        return _State()
    held = torch.load(path, map_location=run.device, weights_only=True)
    if held["plan"] != repr(run.plan):
        print(f"checkpoint {path} belongs to another plan: starting afresh", flush=True)
        return _State()
    run.network.load_state_dict(held["network"])
    run.average = list(held["average"])
    run.steps = held["steps"]
    optimiser.load_state_dict(held["optimiser"])
    return _State(**held["state"])


def _judge(run: _Run, state: _State, folder: Path) -> None:
    run.swap()
    score = run.evaluate()
    state.epoch += 1
    state.history.append({"epoch": state.epoch, "hold_out_macro_f1": score})
    state.stale = 0 if score > state.best else state.stale + 1
    print(f"epoch={state.epoch} hold_out_macro_f1={score:.4f} best={max(score, state.best):.4f}", flush=True)
    if score > state.best:
        state.best = score
        torch.save(run.network.state_dict(), folder / "best.pt")
    run.swap()


def _return_to_best(run: _Run, state: _State, folder: Path) -> None:
    run.network.load_state_dict(torch.load(folder / "best.pt", map_location=run.device, weights_only=True))
    run.average = [p.detach().clone() for p in run.network.parameters()]
    state.best, state.stale = -1.0, 0


def _export(run: _Run, best: Path) -> None:
    run.network.load_state_dict(torch.load(best, map_location="cpu", weights_only=True))
    save(run.network.cpu().eval(), run.plan.output, topic_threshold=0.5, window=run.plan.max_length)
    save_tokenizer(run.tokenizer, run.plan.output)
    print(f"written {run.plan.output}; now: python -m models.training.evaluate --model {run.plan.output}", flush=True)


def train(plan: Plan, *, fresh: bool = False) -> None:
    """Train, stop early on the hold-out, and write the best epoch to ``plan.output``."""
    run = _Run(plan)
    checkpoint = plan.work / "checkpoint.pt"
    plan.work.mkdir(parents=True, exist_ok=True)
    optimiser = _optimiser(run.network, plan.phases[0].rate)
    state = _State() if fresh else _take_up(run, optimiser, checkpoint)
    first = 0
    for phase in plan.phases:
        if phase.from_best and state.epoch == first:
            _return_to_best(run, state, plan.work)
        for number in range(max(first, state.epoch), first + phase.epochs):
            if state.stale >= plan.patience:
                state.epoch = first + phase.epochs
                break
            _epoch(run, optimiser, phase, number, first)
            _judge(run, state, plan.work)
            _keep(run, optimiser, state, checkpoint)
        first += phase.epochs
    _export(run, plan.work / "best.pt")
