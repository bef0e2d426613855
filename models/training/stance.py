"""A stance plan in, a tower of layers over the frozen civic encoder out; what is done is never done again.

    python -m models.training.stance --config models/training/stance.yml [--fresh] [--steps N]
    python -m models.training.stance --report

A run that was cut goes on from its last checkpoint, in the middle of an epoch too.
"""

import argparse
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from minsheng.strict import read_yaml
from models.batching import padded
from models.evaluation import scaling
from models.network import half_precision, load_encoder
from models.pieces import TOKENIZER_FILE
from models.stance import STANCES, PairEncoder, StanceReader, open_stance
from models.stance_network import ROUND, StanceTower, TorchStance, new_tower, save_tower
from models.training.dropout import replace_dropout
from models.training.recipes import batches
from models.training.stance_evaluation import baselines, evaluate_stance
from models.training.stance_plan import StancePlan, epoch_pairs, read_sets
from models.training.stance_recipes import StancePair
from models.training.steps import follow, new_optimiser, rate_at, read_checkpoint, update, write_checkpoint

_WARM_UP = 0.06
_LEAST = 0.02
_REPORT_EVERY = 20
_MINUTE = 60.0


@dataclass
class _State:
    """Where a run stands: epochs done, steps done of the one that runs, the best score, epochs since."""

    epoch: int = 0
    step: int = 0
    steps: int = 0
    best: float = -1.0
    stale: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


class _Run:
    def __init__(self, plan: StancePlan) -> None:
        torch.manual_seed(plan.seed)
        torch.set_num_threads(plan.threads)
        self.plan = plan
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.lower = load_encoder(plan.base, plan.lower).eval().requires_grad_(requires_grad=False).to(self.device)
        self.tower = new_tower(plan.tower, plan.lower, plan.layers)
        replace_dropout(self.tower, plan.dropout, plan.seed)
        self.tower.to(self.device).train()
        self.average = [p.detach().clone() for p in self.tower.parameters()]
        self.optimiser = new_optimiser(self.tower.tower.parameters(), self.tower.head.parameters(), plan.rate)
        self.encoder = PairEncoder(plan.base / TOKENIZER_FILE, plan.window)
        self.sets, self.checks = read_sets(plan)
        self.state = _State()

    def loss(self, batch: Sequence[StancePair], rows: Sequence[Sequence[int]]) -> Tensor:
        """Return the weighted cross entropy of a batch; no gradient enters the layers below the tower."""
        ids, mask = (torch.from_numpy(part).to(self.device) for part in padded(rows, multiple=ROUND))
        with half_precision(self.device):
            with torch.no_grad():
                states = self.lower(input_ids=ids, attention_mask=mask).last_hidden_state
            pooled = self.tower.pooled(states, mask)
        logits = self.tower.judge(functional.dropout(pooled.float(), self.plan.dropout))
        wanted = torch.tensor([pair.stance for pair in batch], device=self.device)
        losses = functional.cross_entropy(logits, wanted, reduction="none", label_smoothing=self.plan.label_smoothing)
        return (losses * torch.tensor([pair.weight for pair in batch], device=self.device)).mean()

    def learn(self, batch: Sequence[StancePair], rows: Sequence[Sequence[int]], rate: float) -> float:
        """Take one step; returns the loss before it."""
        loss, parameters = self.loss(batch, rows), list(self.tower.parameters())
        update(self.optimiser, parameters, loss, rate)
        self.state.steps += 1
        follow(self.average, parameters, self.state.steps, self.plan.ema)
        return loss.item()

    def averaged(self) -> StanceTower:
        """Return a tower with the running average of the weights, ready to read."""
        tower = StanceTower(self.lower.config, self.plan.layers).eval()
        with torch.no_grad():
            for parameter, mean in zip(tower.parameters(), self.average, strict=True):
                parameter.copy_(mean)
        return tower

    def reader(self, tower: StanceTower) -> StanceReader:
        """Return a reader of a tower, the same that reads the finished folder."""
        return StanceReader(self.plan.name, self.encoder, TorchStance(self.lower, tower, half=True))

    def keep(self) -> None:
        """Write the checkpoint."""
        held = {
            "tower": self.tower.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "state": vars(self.state),
        }
        write_checkpoint(self.plan.work / "checkpoint.pt", self.plan, held)

    def take_up(self) -> None:
        """Go on from the checkpoint, if there is one of this plan."""
        held = read_checkpoint(self.plan.work / "checkpoint.pt", self.plan, self.device)
        if held is None:
            return
        self.tower.load_state_dict(held["tower"])
        self.average = list(held["average"])
        self.optimiser.load_state_dict(held["optimiser"])
        torch.set_rng_state(held["random"].cpu())
        self.state = _State(**held["state"])
        print(f"going on at epoch={self.state.epoch} step={self.state.step}", flush=True)


def train(plan: StancePlan, *, fresh: bool = False, steps: int = 0) -> None:
    """Train, stop early on the C-STANCE development set, and write the best epoch to ``plan.output``.

    Args:
        plan: what to train, and how.
        fresh: forget the checkpoint of an earlier run.
        steps: stop after so many steps, to go on in a later run; 0 runs to the end.
    """
    plan.work.mkdir(parents=True, exist_ok=True)
    run = _Run(plan)
    if not fresh:
        run.take_up()
    end = run.state.steps + steps if steps else math.inf
    while run.state.epoch < plan.epochs and run.state.stale < plan.patience:
        if not _epoch(run, end):
            run.keep()
            print(f"stopped at epoch={run.state.epoch} step={run.state.step}", flush=True)
            return
        _judge(run)
        run.keep()
    print(f"written {plan.output}, best score {run.state.best:.4f}", flush=True)


def _epoch(run: _Run, end: float) -> bool:
    """Take the steps of the epoch that are left; False when ``end`` steps in all were reached before it was over."""
    plan, state = run.plan, run.state
    rng = random.Random(plan.seed + state.epoch)  # noqa: S311 - a repeatable draw, not a secret
    pairs = epoch_pairs(plan, run.sets, rng)
    rows = [cut[0] for cut in run.encoder.encode([(pair.comment, pair.claim) for pair in pairs])]
    groups = batches([len(row) for row in rows], plan.batch_tokens, rng)
    watch = _Watch(sum(len(rows[i]) for group in groups[state.step :] for i in group), plan.checkpoint_minutes)
    for group in groups[state.step :]:
        if state.steps >= end:
            return False
        done = (state.epoch + state.step / len(groups)) / plan.epochs
        rate = rate_at(done, plan.rate, warm_up=_WARM_UP, least=_LEAST)
        loss = run.learn([pairs[i] for i in group], [rows[i] for i in group], rate)
        state.step += 1
        watch.tell(loss, sum(len(rows[i]) for i in group), f"epoch={state.epoch} step={state.step}/{len(groups)}")
        if watch.is_due():
            run.keep()
    return True


class _Watch:
    """Prints progress with the time that is left, and says when a checkpoint is due."""

    def __init__(self, tokens: int, minutes: float) -> None:
        self._left, self._seen, self._minutes = tokens, 0, minutes
        self._losses: list[float] = []
        self._started = self._kept = time.monotonic()

    def tell(self, loss: float, tokens: int, where: str) -> None:
        self._seen += tokens
        self._left -= tokens
        self._losses.append(loss)
        if len(self._losses) < _REPORT_EVERY and self._left:
            return
        speed = self._seen / (time.monotonic() - self._started)
        mean = sum(self._losses) / len(self._losses)
        print(f"{where} loss={mean:.3f} tokens_per_s={speed:.0f} epoch_left_s={self._left / speed:.0f}", flush=True)
        self._losses.clear()

    def is_due(self) -> bool:
        now = time.monotonic()
        if now - self._kept < self._minutes * _MINUTE:
            return False
        self._kept = now
        return True


def _judge(run: _Run) -> None:
    tower, state = run.averaged(), run.state
    reader = run.reader(tower)
    found = {name: evaluate_stance(reader, pairs, draws=0) for name, pairs in run.checks.items() if pairs}
    score = found["dev"]["macro_f1"]
    state.epoch, state.step = state.epoch + 1, 0
    figures = {f"{name}_{key}": float(each[key]) for name, each in found.items() for key in ("macro_f1", "accuracy")}
    state.history.append({"epoch": state.epoch, **figures})
    print(f"epoch={state.epoch} " + " ".join(f"{key}={value:.4f}" for key, value in figures.items()), flush=True)
    state.stale = 0 if score > state.best else state.stale + 1
    if score > state.best:
        state.best = score
        _calibrate(reader, tower, run.checks["held_c_stance"])
        plan = run.plan
        save_tower(tower, plan.output, lower=plan.base, lower_layers=plan.lower, name=plan.name, window=plan.window)


def _calibrate(reader: StanceReader, tower: StanceTower, held: Sequence[StancePair]) -> None:
    """Scale the head so that its probabilities are honest on pairs that were never trained on."""
    if not held:
        return
    read = reader.read([(pair.comment, pair.claim) for pair in held])
    rows = np.array([[getattr(reading, stance) for stance in STANCES] for reading in read])
    true = np.array([pair.stance for pair in held], dtype=np.int64)
    found = scaling.fit(rows, true, np.ones(len(held)))
    with torch.no_grad():
        tower.head.weight.mul_(found.scale)
        tower.head.bias.mul_(found.scale).add_(torch.tensor(found.bias, device=tower.head.bias.device))


def report(plan: StancePlan) -> dict[str, Any]:
    """Return the figures of the finished tower on every set to check on, baselines beside those of dev."""
    sets, checks = read_sets(plan)
    model = open_stance(plan.output, lower=plan.base, threads=plan.threads)
    found: dict[str, Any] = {name: evaluate_stance(model, pairs) for name, pairs in checks.items()}
    found["dev_baselines"] = baselines(sets["c_stance"], checks["dev"])
    return found


def main(arguments: list[str] | None = None) -> None:
    """Train the stance reader that a configuration file describes; a run that was cut goes on where it was."""
    parser = argparse.ArgumentParser(prog="python -m models.training.stance", description=main.__doc__)
    parser.add_argument("--config", type=Path, default=Path("models/training/stance.yml"))
    parser.add_argument("--fresh", action="store_true", help="forget the checkpoint of an earlier run")
    parser.add_argument("--steps", type=int, default=0, help="stop after so many steps; a later run goes on")
    parser.add_argument("--report", action="store_true", help="train nothing, print the figures of the finished model")
    options = parser.parse_args(arguments)
    plan = read_yaml(options.config, StancePlan)
    if options.report:
        print(json.dumps(report(plan), ensure_ascii=False, indent=1))
    else:
        train(plan, fresh=options.fresh, steps=options.steps)


if __name__ == "__main__":
    main()
