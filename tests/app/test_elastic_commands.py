"""The commands and the doctor on a real Elasticsearch."""

import uuid
from contextlib import closing

import pytest
from typer.testing import CliRunner

from app.bootstrap import Office
from app.cli import cli
from app.doctor import examine
from indexer.base import Query
from minsheng.errors import ConfigError, IndexUnavailable

pytestmark = pytest.mark.external_service


def command(*arguments):
    done = CliRunner().invoke(cli, [str(each) for each in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.fixture
def office(tmp_path, elastic_address):
    """A deployment whose index is a new prefix of the Elasticsearch under test."""
    from elasticsearch import Elasticsearch

    prefix = f"test-{uuid.uuid4().hex}"
    (tmp_path / "minsheng.yml").write_text(f"index: elasticsearch:{elastic_address}/{prefix}\n", encoding="utf-8")
    with closing(Office(tmp_path, {})) as opened:
        yield opened
    with Elasticsearch(elastic_address, request_timeout=60) as client:
        for name in client.indices.get(index=f"{prefix}-*", features="aliases"):
            client.indices.delete(index=name)
        client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-*")


def cluster_checks(office):
    found = [check for check in examine(office) if check.name == "集群 cluster"]
    return [check for check in found if "watermark" not in check.detail]


def test_set_up_migrated_again_and_found_healthy(office, make_labelled):
    made = command("index", "setup", "-C", office.folders.root)
    office.index.add([make_labelled(), make_labelled()])
    idle = command("index", "migrate", "-C", office.folders.root)
    moved = command("index", "migrate", "--again", "-C", office.folders.root)

    assert "已就绪" in made
    assert "没有要做的" in idle
    assert "2 条，已逐条核对并切换" in moved
    assert office.index.count(Query()) == 2
    assert all(check.ok for check in cluster_checks(office))


def test_set_up_of_another_engine_is_refused(tmp_path):
    (tmp_path / "minsheng.yml").write_text("index: sqlite\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="only elasticsearch is set up"):
        command("index", "setup", "-C", tmp_path)


def test_a_migration_of_nothing_says_so(office):
    with pytest.raises(IndexUnavailable, match="has schema version none"):
        command("index", "migrate", "-C", office.folders.root)
