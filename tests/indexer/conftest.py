"""The engines under test; each must keep every promise of the port."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, settings
from pydantic import SecretStr

from indexer.base import Query
from indexer.memory import MemoryIndex
from indexer.sqlite import SqliteIndex
from minsheng.settings import ElasticSettings

ROOT = Path(__file__).resolve().parents[2]

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
            kind = params.get("index") or params.get("plain_index") or params.get("engine") or ""
            reason = GAPS.get((kind, item.originalname))
            if reason:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


@contextlib.contextmanager
def own_prefix(client):
    """A prefix of our own on a cluster; all that was made there is removed afterwards."""
    prefix = f"test-{uuid.uuid4().hex}"
    yield prefix
    for name in client.indices.get(index=f"{prefix}-*", features="aliases"):
        client.indices.delete(index=name)  # deleting by a pattern is forbidden by default
    client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-*")


def emptied(index):
    """Return an index without what an earlier test left: making a new one takes longer than most tests."""
    index.delete([labelled.post.id for labelled in index.stream(Query())])
    return index


@pytest.fixture(scope="session")
def elastic_url():
    # Without an address the mark external_service has skipped the test, unless REQUIRE forbids that.
    assert ELASTIC, "MINSHENG_TEST_ES names no Elasticsearch (for example http://127.0.0.1:9200)"
    return ELASTIC


@pytest.fixture(scope="session")
def elastic_client(elastic_url):
    """The Elasticsearch under test itself."""
    from elasticsearch import Elasticsearch

    with Elasticsearch(elastic_url, request_timeout=60) as client:
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
def elastic_sharded_index(elastic_url, elastic_prefix):
    """An index on three shards a year."""
    from indexer.elastic import ElasticIndex

    index = ElasticIndex(elastic_url, elastic_prefix, ElasticSettings(shards=3))
    yield index
    index.close()


ROLES = """
minsheng:
  cluster: [monitor]
  indices:
    - names: ["test-*"]
      privileges: [read, write, create_index, view_index_metadata, monitor]
minsheng_setup:
  cluster: [monitor, manage_index_templates]
  indices:
    - names: ["test-*"]
      privileges: [read, write, manage]
minsheng_reader:
  cluster: [monitor]
  indices:
    - names: ["test-*"]
      privileges: [read, view_index_metadata, monitor]
"""
"""The first two are the roles of docs/operate.md, for the prefixes of tests."""


MOST_BYTES = 3_000_000
"""The longest request that the node with TLS takes: less than we send at once."""


@dataclass(frozen=True)
class Secured:
    """An Elasticsearch with security and TLS on, and the logins of run time and set-up."""

    url: str
    office: ElasticSettings
    admin: ElasticSettings
    reader: ElasticSettings


@pytest.fixture(scope="session")
def node_folder():
    """A folder that another user may enter: Elasticsearch does not run as root, and pytest's folders are ours alone."""
    with tempfile.TemporaryDirectory(prefix="minsheng-es-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def secured(node_folder):
    """Start an Elasticsearch with security and TLS on, with users and roles of the file realm."""
    folder = node_folder / "tls"
    (folder / "config").mkdir(parents=True)
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(folder / "config/server.key")
    certificate.cert_chain_pems[0].write_to_path(folder / "config/server.pem")
    (folder / "config/roles.yml").write_text(ROLES)
    roles = {"office": "minsheng", "admin": "minsheng_setup", "reader": "minsheng_reader"}
    passwords = {name: uuid.uuid4().hex for name in roles}
    logins = ",".join(f"{name}:{passwords[name]}:{role}" for name, role in roles.items())
    options = ("-Ediscovery.type=single-node", "-Etransport.port=0", f"-Ehttp.max_content_length={MOST_BYTES}b")
    with running_elasticsearch(folder, *options, ES_LOGIN=logins) as url:
        ca_file = folder / "ca.pem"
        settings = {
            name: ElasticSettings(ca_file=ca_file, username=name, password=SecretStr(passwords[name])) for name in roles
        }
        yield Secured(url, **settings)


@contextlib.contextmanager
def running_elasticsearch(folder, *options, **environment):
    """Start an Elasticsearch of our own; it ends with the block."""
    folder.parent.chmod(0o755)
    command = [ROOT / ".ci/elasticsearch", folder, *options]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    try:
        yield done.stdout.strip()
    finally:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # the test has stopped it
            end_node(folder, signal.SIGTERM)


def end_node(folder, how, seconds=300):
    """Signal the node of a folder and wait until it is gone: as long as it writes, its folder cannot be removed."""
    pid = int((folder / "pid").read_text())
    os.kill(pid, how)
    end = time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.kill(pid, 0)
            time.sleep(0.1)
        raise AssertionError(f"the node of {folder} has not ended within {seconds} s")


@pytest.fixture
def kill_node():
    """Kill the node of a folder without warning."""
    return lambda folder: end_node(folder, signal.SIGKILL)


@pytest.fixture
def tested_roles():
    return ROLES


@pytest.fixture
def start_node():
    return running_elasticsearch


@pytest.fixture(scope="session")
def tls_prefix(secured):
    """A prefix that was set up by who may, for who may only use it."""
    from indexer.elastic_access import Connection
    from indexer.elastic_layout import Names, set_up

    connection = Connection((secured.url,), "setup", secured.admin)
    with own_prefix(connection.client) as prefix:
        set_up(connection, Names(prefix), secured.admin)
        yield prefix
    connection.close()


@pytest.fixture
def elastic_tls_index(secured, tls_prefix):
    from indexer.elastic import ElasticIndex

    index = emptied(ElasticIndex(secured.url, tls_prefix, secured.office))
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


ELASTICS = (
    pytest.param("elastic", marks=pytest.mark.external_service),
    pytest.param("elastic_tls", marks=[pytest.mark.external_service, pytest.mark.elasticsearch_tls]),
)


@pytest.fixture(params=["memory", "sqlite", *ELASTICS])
def index(request):
    """An empty index of each kind."""
    return request.getfixturevalue(f"{request.param}_index")


@pytest.fixture(params=["memory", "sqlite", ELASTICS[0]])
def plain_index(request):
    """An empty index of each kind, without the login that changes nothing of what is found."""
    return request.getfixturevalue(f"{request.param}_index")


@pytest.fixture(params=["sqlite", pytest.param("elastic_sharded", marks=pytest.mark.external_service)])
def engine(request):
    """An empty index of each kind that must agree with the oracle, MemoryIndex."""
    return request.getfixturevalue(f"{request.param}_index")
