"""Worlds for rules: a project with claims, threads of labelled comments, and a model whose errors are known."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from alerts.base import Observation
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

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PROJECT = Project("road", "新华路改造", (), "示例市", Department("jtj", "市交通局", ("jtj@example.cn",)), "road")
SOURCES = {
    "forum": Source("forum", "市民论坛", Kind.PUBLIC, "http://forum.example/"),
    "board": Source("board", "留言板", Kind.PUBLIC, "http://board.example/"),
}


class World:
    """Gaussian scores around three corners, read by a model that is right about its own probabilities."""

    def __init__(self, seed: int = 0, apart: float = 2.4) -> None:
        self.rng = np.random.default_rng(seed)
        self._corners = apart * np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.866]])

    def scores(self, classes: np.ndarray) -> np.ndarray:
        points = self._corners[classes] + self.rng.standard_normal((len(classes), 2))
        logits = -((points[:, None, :] - self._corners) ** 2).sum(axis=2) / 2
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)

    def draw(self, size: int, shares: tuple[float, float, float]) -> np.ndarray:
        return self.scores(self.rng.choice(3, size=size, p=shares))

    def calibration(self, per_class: int = 300) -> Calibration:
        classes = np.repeat(np.arange(3), per_class)
        scores = self.scores(classes)
        soft = np.stack([scores[classes == label].mean(axis=0) for label in range(3)], axis=1)
        counts = np.zeros((3, 3), dtype=int)
        np.add.at(counts, (scores.argmax(axis=1), classes), 1)
        return Calibration("test", tuple(map(tuple, soft.tolist())), tuple(map(tuple, counts.tolist())))

    def posts(
        self,
        size: int,
        shares: tuple[float, float, float] = (0.5, 0.2, 0.3),
        *,
        since: float = 30.0,
        until: float = 0.0,
        per_thread: int = 3,
        sources: tuple[str, ...] = ("forum", "board"),
        aspect: str = "quality",
        topic: str = "urban",
        kind: Kind = Kind.PUBLIC,
        tag: str = "",
    ) -> list[LabelledPost]:
        """Comments spread evenly from ``since`` to ``until`` days ago, oldest first."""
        label = tag or f"{kind.value}-{aspect}-{topic}-{since:g}-{until:g}-{size}"
        moments = NOW - timedelta(days=since) + (np.arange(size) + 0.5) / max(size, 1) * timedelta(days=since - until)
        made = []
        for number, (row, moment) in enumerate(zip(self.draw(size, shares).tolist(), moments, strict=True)):
            source = sources[number // per_thread % len(sources)]
            name = f"{source}:{label}-{number}"
            thread = f"http://{source}.example/{label}/{number // per_thread}"
            text = f"第{number}条：路面还是坑坑洼洼"
            post = Post(name, source, kind, f"{thread}#{number}", thread, "", text, moment, NOW)
            made.append(LabelledPost(post, Reading(("road",), Opinion(*row), topic, aspect, name, "test")))
        return made


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_world() -> type[World]:
    return World


@pytest.fixture(scope="session")
def calibration() -> Calibration:
    return World(seed=99).calibration()


@pytest.fixture
def make_claim() -> Callable[..., Claim]:
    def make(**fields: object) -> Claim:
        values: dict[str, object] = {
            "id": "c1",
            "project": "road",
            "text": "满意率95%",
            "kind": ClaimKind.SATISFACTION,
            "status": ClaimStatus.LEVEL,
            "source_url": "http://gov.example/1",
            "publisher": "市交通局",
            "published_at": NOW - timedelta(days=60),
            "value": 0.95,
            "reviewed": True,
        }
        return Claim(**(values | fields))

    return make


@pytest.fixture
def make_seen(calibration: Calibration) -> Callable[..., Observation]:
    def make(posts: list[LabelledPost], *claims: Claim, **fields: object) -> Observation:
        values: dict[str, object] = {
            "project": PROJECT,
            "now": NOW,
            "posts": sorted(posts, key=lambda item: item.post.published_at),
            "claims": claims,
            "calibration": calibration,
            "sources": SOURCES,
            "crawls": {},
        }
        return Observation(**(values | fields))

    return make
