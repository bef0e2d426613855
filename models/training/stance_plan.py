"""A YAML file in, a checked stance plan with the pairs that it trains and checks on out."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from minsheng.errors import ConfigError
from minsheng.strict import Strict
from models.training import stance_recipes
from models.training.stance_recipes import StancePair

_SETS = ("c_stance", "nlpcc2016")


class StancePlan(Strict):
    """Everything that decides a training run; ``models/training/stance.yml`` says what each key means."""

    name: str
    base: Path
    lower: int = Field(ge=0)
    tower: Path
    layers: int = Field(ge=1)
    data: Path
    work: Path
    seed: int
    window: int = Field(ge=16)
    batch_tokens: int = Field(ge=1)
    threads: int = Field(ge=1)
    epochs: int = Field(ge=1)
    rate: float
    dropout: float
    ema: float
    label_smoothing: float
    patience: int
    checkpoint_minutes: float
    hold_out: dict[str, int]
    unseen: tuple[str, ...] = ()
    limit: int = Field(0, ge=0)
    weights: dict[str, float]
    unrelated: float
    noise: float

    @property
    def output(self) -> Path:
        """The folder of the finished tower, full precision."""
        return self.work / "model"


Sets = dict[str, list[StancePair]]


def read_sets(plan: StancePlan) -> tuple[Sets, Sets]:
    """Return the pairs to train on by set, and those to check on: dev, what is held out of each set, unseen targets."""
    dev = stance_recipes.c_stance(plan.data, "dev")
    raw = {"c_stance": stance_recipes.c_stance(plan.data, "train"), "nlpcc2016": stance_recipes.nlpcc2016(plan.data)}
    sets, checks = {}, {"dev": dev}
    for name, pairs in raw.items():
        fresh = stance_recipes.without_comments_of(pairs, dev)
        known = [pair for pair in fresh if pair.domain not in plan.unseen]
        sets[name], checks[f"held_{name}"] = stance_recipes.hold_out(known, plan.hold_out[name], plan.seed)
    if plan.unseen:
        checks["unseen"] = _of_targets(raw["nlpcc2016"], plan.unseen)
    sets["c_stance"] = stance_recipes.some(sets["c_stance"], plan.limit, plan.seed)
    sizes = {name: len(pairs) for name, pairs in (sets | checks).items()}
    print("pairs " + " ".join(f"{name}={size}" for name, size in sizes.items()), flush=True)
    return sets, checks


def _of_targets(pairs: Sequence[StancePair], targets: Sequence[str]) -> list[StancePair]:
    known = {pair.domain for pair in pairs}
    if missing := [target for target in targets if target not in known]:
        raise ConfigError(
            f"unseen: no pair of NLPCC 2016 is about {', '.join(missing)}; it has {', '.join(sorted(known))}"
        )
    return [pair for pair in pairs if pair.domain in targets]


def epoch_pairs(plan: StancePlan, sets: Mapping[str, Sequence[StancePair]], rng: random.Random) -> list[StancePair]:
    """Draw the pairs of one epoch: all that there are, some unrelated ones, some disturbed."""
    pairs = [p for name in _SETS for p in stance_recipes.weighted(sets[name], plan.weights[name])]
    pairs += stance_recipes.unrelated(
        stance_recipes.weighted(sets["c_stance"], plan.weights["c_stance"]), plan.unrelated, rng
    )
    return stance_recipes.disturbed(pairs, plan.noise, rng)
