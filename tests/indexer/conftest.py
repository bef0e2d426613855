"""The engines under test; each must keep every promise of the port."""

import os
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from indexer.memory import MemoryIndex
from indexer.sqlite import SqliteIndex

GAPS: dict[tuple[str, str], str] = {}
"""(engine, test) → why the engine does not keep this promise; the test must then fail, and shouts when it passes."""

# An index is made once for all examples of a test, which empty it; they are the same in every run.
settings.register_profile(
    "checked",
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "long", settings.get_profile("checked"), max_examples=2000, derandomize=False, print_blob=True
)
settings.load_profile("checked")

ELASTIC = os.environ.get("MINSHENG_TEST_ES", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the failures that GAPS explains."""
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            params = item.callspec.params
            reason = GAPS.get((params.get("index") or params.get("engine") or "", item.originalname))
            if reason:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture
def elastic_prefix():
    """A prefix of our own on the Elasticsearch under test, removed afterwards."""
    # Without an address the mark external_service has skipped the test, unless REQUIRE forbids that.
    assert ELASTIC, "MINSHENG_TEST_ES names no Elasticsearch (for example http://127.0.0.1:9200)"
    from elasticsearch import Elasticsearch

    prefix = f"test-{uuid.uuid4().hex}"
    yield prefix
    with Elasticsearch(ELASTIC) as client:
        client.options(ignore_status=404).indices.delete(index=f"{prefix}-posts")


@pytest.fixture
def open_elastic(elastic_prefix):
    """Open the index of the test as often as it asks, as several processes would."""
    from indexer.elastic import ElasticIndex

    opened = []

    def open_one():
        opened.append(ElasticIndex(ELASTIC, elastic_prefix))
        return opened[-1]

    yield open_one
    for index in opened:
        index.close()


@pytest.fixture
def elastic_index(open_elastic):
    return open_elastic()


@pytest.fixture
def sqlite_index(tmp_path: Path):
    opened = SqliteIndex(tmp_path / "index.sqlite", busy_seconds=20)
    yield opened
    opened.close()


@pytest.fixture
def memory_index():
    return MemoryIndex()


@pytest.fixture(params=["memory", "sqlite", pytest.param("elastic", marks=pytest.mark.external_service)])
def index(request):
    """An empty index of each kind."""
    return request.getfixturevalue(f"{request.param}_index")


@pytest.fixture(params=["sqlite", pytest.param("elastic", marks=pytest.mark.external_service)])
def engine(request):
    """An empty index of each kind that must agree with the oracle, MemoryIndex."""
    return request.getfixturevalue(f"{request.param}_index")
