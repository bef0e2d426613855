"""Made-up comments in, how fast all rules check a project out."""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from alerts.base import Observation
from alerts.quantify import bayesian_acc
from alerts.rules import default_rules
from benchmarks.report import Measure, arguments, report
from minsheng.domain import (
    Calibration,
    Claim,
    ClaimKind,
    ClaimStatus,
    Department,
    Kind,
    LabelledPost,
    Opinion,
    Post,
    Project,
    Reading,
    Source,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOW = datetime(2026, 3, 10, tzinfo=UTC)
APART = 2.4
PER_CLASS = 100


class Model:
    """Classes around three corners, read by their exact probabilities under even shares."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self._corners = APART * np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(0.75)]])

    def scores(self, classes: Ints) -> Floats:
        points = self._corners[classes] + self.rng.standard_normal((len(classes), 2))
        logits = -((points[:, None, :] - self._corners) ** 2).sum(axis=2) / 2
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def draw(self, size: int, shares: Floats) -> Floats:
        return self.scores(self.rng.choice(3, size=size, p=shares).astype(np.int64))

    def calibration(self) -> Calibration:
        classes = np.repeat(np.arange(3), PER_CLASS)
        scores = self.scores(classes)
        soft = np.stack([scores[classes == label].mean(axis=0) for label in range(3)], axis=1)
        counts = np.zeros((3, 3), dtype=int)
        np.add.at(counts, (scores.argmax(axis=1), classes), 1)
        rows = [(float(a), float(b), float(c)) for a, b, c in soft]
        whole = [(int(a), int(b), int(c)) for a, b, c in counts]
        return Calibration("simulated", tuple(rows), tuple(whole))


def project(model: Model, size: int) -> Observation:
    """Return a project with a claim, comments in threads of three, and a model whose errors are known."""
    road = Project("road", "新华路改造", (), "示例市", Department("jtj", "市交通局", ()))
    posts = []
    for number, row in enumerate(model.draw(size, np.array([0.5, 0.2, 0.3])).tolist()):
        moment = NOW - timedelta(days=59 * (1 - number / size))
        source = ("forum", "board")[number // 3 % 2]
        thread = f"http://{source}.example/{number // 3}"
        post = Post(f"{source}:{number}", source, Kind.PUBLIC, thread, thread, "", "路面不平", moment, NOW)
        reading = Reading(("road",), Opinion(*row), "transport", "quality", post.id, "simulated")
        posts.append(LabelledPost(post, reading))
    claim = Claim(
        id="c1",
        project="road",
        text="满意率95%",
        kind=ClaimKind.SATISFACTION,
        status=ClaimStatus.LEVEL,
        source_url="http://gov.example/1",
        publisher="市交通局",
        published_at=NOW - timedelta(days=60),
        value=0.95,
        reviewed=True,
    )
    sources = {name: Source(name, name, Kind.PUBLIC, f"http://{name}.example/") for name in ("forum", "board")}
    return Observation(road, NOW, posts, (claim,), model.calibration(), sources, {})


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Return the best of some runs."""
    best = math.inf
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
    return best


def speed(repeats: int) -> list[Measure]:
    """Return how fast all rules check projects, small and large."""
    model, rules = Model(1), default_rules()
    results = []
    for size in (200, 10_000):
        seen = project(model, size)
        spent = seconds(lambda: [rule.check(seen) for rule in rules], repeats)  # noqa: B023  # called at once
        results.append(Measure(f"all rules, projects a second, {size} posts each", 1 / spent, "projects/s"))
    labels, known = np.array([300, 200, 100]), np.array(model.calibration().counts)
    spent = seconds(lambda: bayesian_acc(labels, known, seed=1), repeats)
    return [*results, Measure("one interval", spent * 1000, "ms")]


def main() -> None:
    options = arguments(__doc__)
    report(speed(2 if options.quick else 5), options.json)


if __name__ == "__main__":
    main()
