"""The engines under test; each must keep every promise of the port."""

import contextlib
import os
import uuid
from pathlib import Path

import pytest

from indexer.base import Query
from indexer.memory import MemoryIndex
from indexer.sqlite import SqliteIndex

GAPS: dict[tuple[str, str], str] = {}
"""(engine, test) → why the engine does not keep this promise; the test must then fail, and shouts when it passes."""

ELASTIC = os.environ.get("MINSHENG_TEST_ES", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the failures that GAPS explains."""
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            params = item.callspec.params
            reason = GAPS.get((params.get("index") or params.get("engine") or "", item.originalname))
            if reason:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


@contextlib.contextmanager
def own_prefix(client):
    """A prefix of our own on a cluster; all that was made there is removed afterwards."""
    prefix = f"test-{uuid.uuid4().hex}"
    yield prefix
    for name in client.indices.get(index=f"{prefix}-*", features="aliases"):
        client.indices.delete(index=name)  # deleting by a pattern is forbidden by default
    client.indices.delete_index_template(name=f"{prefix}-*")


def emptied(index):
    """Return an index without what an earlier test left: making a new one takes longer than most tests."""
    index.delete([labelled.post.id for labelled in index.stream(Query())])
    return index


@pytest.fixture(scope="session")
def elastic_client():
    """The Elasticsearch under test itself."""
    # Without an address the mark external_service has skipped the test, unless REQUIRE forbids that.
    assert ELASTIC, "MINSHENG_TEST_ES names no Elasticsearch (for example http://127.0.0.1:9200)"
    from elasticsearch import Elasticsearch

    with Elasticsearch(ELASTIC) as client:
        yield client


@pytest.fixture
def elastic_prefix(elastic_client):
    with own_prefix(elastic_client) as prefix:
        yield prefix


@pytest.fixture(scope="session")
def elastic_shared_prefix(elastic_client):
    with own_prefix(elastic_client) as prefix:
        yield prefix


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
def elastic_index(elastic_shared_prefix):
    from indexer.elastic import ElasticIndex

    index = emptied(ElasticIndex(ELASTIC, elastic_shared_prefix))
    yield index
    index.close()


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
