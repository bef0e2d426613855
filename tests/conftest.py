"""Fixtures for every package: factories of domain values, the shared data, and what must not be skipped."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minsheng.domain import Kind, LabelledPost, Opinion, Post, Reading, Vector

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
NAMES = {"external_service": "elasticsearch"}
STANCE_HEAD = ROOT / "models" / "weights" / "civic" / "stance.onnx"
ELASTIC = os.environ.get("MINSHENG_TEST_ES")
REQUIRED = set(filter(None, os.environ.get("REQUIRE", "").split(",")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests whose outside need is absent, unless REQUIRE names it: then they run and fail loudly."""
    absent = {
        "shared": None if SHARED.is_dir() else f"{SHARED} is not there",
        "external_service": None if ELASTIC else "MINSHENG_TEST_ES names no Elasticsearch",
        "elasticsearch_tls": None if ELASTIC and os.geteuid() == 0 else "only root starts an Elasticsearch of our own",
        "elasticsearch_cluster": "takes minutes; REQUIRE=elasticsearch_cluster runs it",
        "stance_head": None if STANCE_HEAD.is_file() else f"{STANCE_HEAD} is not shipped yet",
        "pango": None if find_library("pangoft2-1.0") else "Pango is not installed (libpangoft2-1.0-0)",
        "chromium": None if shutil.which("chromium") else "/usr/bin/chromium is not installed",
    }
    for item in items:
        for need, reason in absent.items():
            if reason and NAMES.get(need, need) not in REQUIRED and item.get_closest_marker(need):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of labelled data; tests that use it carry the mark ``shared``."""
    assert SHARED.is_dir(), f"{SHARED} is required but not there"
    return SHARED


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 megabytes; where this user may not mount one, the test is skipped."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_post() -> Callable[..., Post]:
    """Build a post; name only what the test is about."""
    counter = iter(range(1, 1_000_000))

    def make(text: str = "路灯坏了三天没人修", **fields: object) -> Post:
        number = next(counter)
        values: dict[str, object] = {
            "id": f"forum:{number}",
            "source": "forum",
            "kind": Kind.PUBLIC,
            "url": f"http://forum.example/t/{number}",
            "thread": f"http://forum.example/t/{number}",
            "title": "",
            "text": text,
            "published_at": NOW - timedelta(hours=number),
            "collected_at": NOW,
        }
        return Post(**(values | fields))

    return make


@pytest.fixture
def make_labelled(make_post: Callable[..., Post]) -> Callable[..., LabelledPost]:
    """Build a labelled post; ``negative``, ``neutral``, ``positive`` are probabilities, ``vector`` signed bytes."""

    def make(
        text: str = "路灯坏了三天没人修",
        *,
        negative: float = 0.9,
        neutral: float = 0.05,
        positive: float = 0.05,
        projects: tuple[str, ...] = ("road",),
        topic: str = "urban",
        aspect: str = "quality",
        cluster: str | None = None,
        model: str = "test",
        intent: str = "",
        unsure: bool = False,
        vector: tuple[int, ...] | Vector | None = None,
        **fields: object,
    ) -> LabelledPost:
        post = make_post(text, **fields)
        opinion = Opinion(negative, neutral, positive)
        if isinstance(vector, tuple):
            vector = Vector("test", bytes(number % 256 for number in vector))
        reading = Reading(projects, opinion, topic, aspect, cluster or post.id, model, intent, unsure, vector)
        return LabelledPost(post, reading)

    return make
