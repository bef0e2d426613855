"""A training plan in, the folder of a fine-tuned model out; an epoch that is done is never done again."""

import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from models.batching import batches
from models.evaluation.metrics import macro_f1
from models.network import HEADS, from_base, half_precision, save
from models.training import recipes
from models.training.config import Phase, Plan
from models.training.dropout import replace_dropout
from models.training.recipes import Example
from models.training.steps import follow, new_optimiser, rate_at, read_checkpoint, update, write_checkpoint
from models.training.targets import Targets, place, teach
from models.training.text import Encoder
from models.training.topics import read_topics

_WARM_UP = 0.08
_LEAST = 0.05
_REPORT_EVERY = 20
_CAPS = {"sentiment": 2.5, "aspect": 3.0, "intent": 3.0, "relevance": 2.0, "topic": 2.0}
_CIVIC_HEADS = ("sentiment", "aspect", "intent", "relevance")


@dataclass
class _State:
    """What a checkpoint holds besides the weights."""

    epoch: int = 0
    best: float = -1.0
    stale: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


class _Run:
    def __init__(self, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        torch.set_num_threads(plan.threads)
        self.plan = plan
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.encoder = Encoder(plan.base, plan.max_length)
        self.network = from_base(plan.base, plan.layers)
        replace_dropout(self.network, plan.dropout, plan.seed)
        self.network.encoder.embeddings.requires_grad_(not plan.frozen_embeddings)
        self.network.to(self.device).train()
        self.average = [p.detach().clone() for p in self.network.parameters()]
        heads = [p for name, p in self.network.named_parameters() if not name.startswith("encoder.")]
        self.optimiser = new_optimiser(self.network.encoder.parameters(), heads, plan.phases[0].rate)
        self.steps = 0
        self.sets, self.checks = read_sets(plan)
        self.targets = self._targets()
        self.class_weights = {name: self._class_weights(name) for name in plan.heads}

    def _targets(self) -> Targets | None:
        plan = self.plan
        if not plan.teachers:
            return None
        used = {name for phase in plan.phases for name in phase.rows}
        readings = teach(plan.teachers, self._texts(used), self.encoder, plan.work)
        if plan.word_topics:
            whole = {example.text: example.whole for name in sorted(used) for example in self.sets[name]}
            readings["topic"] = list(whole), read_topics(list(whole.values()), recipes.topics_train(plan.data))
        if plan.vectors:
            readings |= place(plan.vectors, self._texts(used & set(plan.vector_sets)), self.encoder, plan.work)
        return Targets(readings)

    def _texts(self, names: Collection[str]) -> list[str]:
        return sorted({example.text for name in names for example in self.sets[name]})

    def _class_weights(self, head: str) -> Tensor:
        pool = self.sets["topics" if head == "topic" else "civic"]
        weights = recipes.balance_weights(pool, lambda e: e.label(head), _CAPS[head])
        return torch.tensor([weights.get(i, 1.0) for i in range(len(HEADS[head]))], device=self.device)

    def forward(self, rows: Sequence[Sequence[int]]) -> tuple[dict[str, Tensor], Tensor]:
        """Return logits by head and sentence vectors of a batch."""
        ids, mask = (part.to(self.device) for part in self.encoder.pad(rows))
        with half_precision(self.device):
            pooled = self.network.pooled(ids, mask)
        pooled = functional.dropout(pooled.float(), self.plan.dropout, self.network.training)
        return {name: self.network.heads[name](pooled) for name in self.plan.heads}, self.network.vector(pooled)

    def loss(self, batch: Sequence[Example], rows: Sequence[Sequence[int]]) -> Tensor:
        logits, vectors = self.forward(rows)
        weight = torch.tensor([example.weight for example in batch], device=self.device)
        total = torch.zeros((), device=self.device)
        for name, share in self.plan.heads.items():
            total = total + share * self._hard(name, logits[name], batch, weight)
        if self.targets is not None:
            total = total + self.plan.distil * self._soft(self.targets, logits, vectors, [e.key for e in batch])
        return total

    def _hard(self, name: str, logits: Tensor, batch: Sequence[Example], weight: Tensor) -> Tensor:
        losses = functional.cross_entropy(
            logits,
            torch.tensor([example.label(name) for example in batch], device=self.device),
            weight=self.class_weights[name],
            ignore_index=recipes.NONE,
            reduction="none",
            label_smoothing=self.plan.label_smoothing,
        )
        return (losses * weight).sum() / len(batch)

    def _soft(self, targets: Targets, logits: Mapping[str, Tensor], vectors: Tensor, texts: Sequence[str]) -> Tensor:
        """Cross entropy to the teacher's softened probabilities (Hinton et al. 2015), cosine distance of vectors."""
        heat = self.plan.temperature
        total = torch.zeros((), device=self.device)
        for name, share in self.plan.heads.items():
            wanted = targets.of(name, texts)[0].to(self.device)
            apart = functional.kl_div(
                torch.log_softmax(logits[name] / heat, dim=-1),
                torch.log_softmax(wanted / heat, dim=-1),
                reduction="batchmean",
                log_target=True,
            )
            total = total + share * heat**2 * apart
        if self.plan.vectors:
            wanted, known = (part.to(self.device) for part in targets.of("vector", texts))
            distances = (1 - functional.cosine_similarity(vectors, wanted)) * known
            total = total + distances.sum() / known.sum().clamp(min=1)
        return total

    def learn(self, batch: Sequence[Example], rows: Sequence[Sequence[int]], rate: float) -> float:
        """Take one step; returns the loss before it."""
        loss, parameters = self.loss(batch, rows), list(self.network.parameters())
        update(self.optimiser, parameters, loss, rate)
        self.steps += 1
        follow(self.average, parameters, self.steps, self.plan.ema)
        return loss.item()

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the weights and their running average."""
        for parameter, mean in zip(self.network.parameters(), self.average, strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(mean)
            mean.copy_(kept)

    @torch.no_grad()
    def guesses(self, examples: Sequence[Example]) -> dict[str, list[int]]:
        """Return the likeliest class of each text by head."""
        self.network.eval()
        rows = self.encoder.encode([example.text for example in examples])
        found = {name: [0] * len(rows) for name in self.plan.heads}
        for group in batches([len(row) for row in rows], 2 * self.plan.batch_tokens):
            logits, _ = self.forward([rows[i] for i in group])
            for name, values in logits.items():
                for i, guess in zip(group, values.argmax(-1).tolist(), strict=True):
                    found[name][i] = guess
        self.network.train()
        return found

    def judge(self) -> dict[str, float]:
        """Return the scores of the epoch; ``score`` chooses the best one and rests on the civic development set."""
        result: dict[str, float] = {}
        for name, (examples, checked) in self.checks.items():
            heads = [head for head in checked if head in self.plan.heads]
            guesses = self.guesses(examples) if heads else {}
            for head in heads:
                true = [example.label(head) for example in examples]
                result[f"{name}_{head}_f1"] = macro_f1(true, guesses[head], len(HEADS[head]))
                if head == "sentiment":
                    right = sum(t == g for t, g in zip(true, guesses[head], strict=True))
                    result[f"{name}_accuracy"] = right / len(true)
        rest = [result[f"dev_{head}_f1"] for head in _CIVIC_HEADS[1:]]
        result["score"] = (2 * result["dev_sentiment_f1"] + 2 * result["dev_accuracy"] + sum(rest)) / (4 + len(rest))
        return result


Checks = dict[str, tuple[list[Example], tuple[str, ...]]]


def read_sets(plan: Plan) -> tuple[dict[str, list[Example]], Checks]:
    """Return the sets to train on, and the ones to check each epoch on; no text stands in both."""
    train, held = recipes.hold_out(recipes.civic(plan.data, "train"), plan.hold_out, plan.seed)
    dev, topics = recipes.civic(plan.data, "dev"), recipes.topics_dev(plan.data)
    raw = {
        "civic": train,
        "written": recipes.written(),
        "usual": recipes.emotions(plan.data, "usual_train"),
        "virus": recipes.emotions(plan.data, "virus_train"),
        "reviews": recipes.reviews(plan.data),
        "moods": recipes.moods(plan.data),
        "topics": recipes.topics_train(plan.data),
        "unlabelled": recipes.unlabelled(plan.data),
    }
    weibo = {part: recipes.emotions(plan.data, f"{part}_eval") for part in ("usual", "virus")}
    apart = [*held, *dev, *topics, *weibo["usual"], *weibo["virus"]]
    sets = {name: recipes.cut(recipes.without_copies_of(examples, apart)) for name, examples in raw.items()}
    sets = {name: recipes.some(examples, plan.limits.get(name, 0), plan.seed) for name, examples in sets.items()}
    checks: Checks = {"dev": (dev, _CIVIC_HEADS), "hold_out": (held, _CIVIC_HEADS), "messages": (topics, ("topic",))}
    checks |= {part: (examples, ("sentiment",)) for part, examples in weibo.items()}
    print("rows", {name: len(examples) for name, examples in sets.items()}, "held", len(held), flush=True)
    return sets, checks


def _epoch(run: _Run, phase: Phase, number: int, first: int) -> None:
    rng = random.Random(run.plan.seed + number)  # noqa: S311 - a repeatable draw, not a secret
    examples = recipes.mix(run.sets, phase.rows, phase.weights, rng)
    examples = recipes.courteous(examples, phase.courtesy, rng)
    if phase.surrounded:  # else nothing is drawn for it, so that earlier plans draw as they did
        calm = recipes.fillers([*run.sets["civic"], *run.sets["written"]])
        examples = recipes.surrounded(examples, calm, phase.surrounded, rng)
    examples = recipes.disturbed(examples, phase.noise, rng)
    rows = run.encoder.encode([example.text for example in examples])
    groups = recipes.batches([len(row) for row in rows], run.plan.batch_tokens, rng)
    total = sum(map(len, rows))
    started, seen, running = time.monotonic(), 0, 0.0
    for step, group in enumerate(groups):
        done = (number - first + step / len(groups)) / phase.epochs
        rate = rate_at(done, phase.rate, warm_up=_WARM_UP, least=_LEAST)
        running += run.learn([examples[i] for i in group], [rows[i] for i in group], rate)
        seen += sum(len(rows[i]) for i in group)
        if step % _REPORT_EVERY == _REPORT_EVERY - 1:
            speed = seen / (time.monotonic() - started)
            print(
                f"epoch={number} step={step + 1}/{len(groups)} loss={running / _REPORT_EVERY:.3f} "
                f"tokens_per_s={speed:.0f} epoch_left_s={(total - seen) / speed:.0f}",
                flush=True,
            )
            running = 0.0


def _keep(run: _Run, state: _State) -> None:
    held = {
        "network": run.network.state_dict(),
        "average": run.average,
        "optimiser": run.optimiser.state_dict(),
        "steps": run.steps,
        "state": vars(state),
    }
    write_checkpoint(run.plan.work / "checkpoint.pt", run.plan, held)


def _take_up(run: _Run) -> _State:
    held = read_checkpoint(run.plan.work / "checkpoint.pt", run.plan, run.device)
    if held is None:
        return _State()
    run.network.load_state_dict(held["network"])
    run.average = list(held["average"])
    run.steps = held["steps"]
    run.optimiser.load_state_dict(held["optimiser"])
    return _State(**held["state"])


def _judge(run: _Run, state: _State) -> None:
    run.swap()
    found = run.judge()
    state.epoch += 1
    state.history.append({"epoch": state.epoch, **found})
    print(f"epoch={state.epoch} " + " ".join(f"{name}={value:.4f}" for name, value in found.items()), flush=True)
    state.stale = 0 if found["score"] > state.best else state.stale + 1
    if found["score"] > state.best:
        state.best = found["score"]
        save(run.network, run.encoder.tokenizer, run.plan.output, run.plan.max_length)
    run.swap()


def train(plan: Plan, *, fresh: bool = False) -> None:
    """Train, stop early on the civic development set, and write the best epoch to ``plan.output``."""
    plan.work.mkdir(parents=True, exist_ok=True)
    run = _Run(plan)
    state = _State() if fresh else _take_up(run)
    first = 0
    for phase in plan.phases:
        for number in range(max(first, state.epoch), first + phase.epochs):
            if state.stale >= plan.patience:
                break
            _epoch(run, phase, number, first)
            _judge(run, state)
            _keep(run, state)
        first += phase.epochs
    print(f"written {plan.output}, best score {state.best:.4f}", flush=True)
