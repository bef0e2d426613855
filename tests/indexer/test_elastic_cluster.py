"""Elasticsearch that is stopped, and a cluster that loses nodes: nothing is lost and the office goes on.

Minutes long; ``REQUIRE=elasticsearch_cluster`` runs them. They start nodes of their own, which only root may.
"""

import contextlib
import logging
import socket
import threading
import time

import pytest

from indexer.base import Query
from indexer.elastic import ElasticIndex
from indexer.elastic_access import Connection
from indexer.elastic_health import examine_cluster
from minsheng.settings import ElasticSettings

pytestmark = [pytest.mark.elasticsearch_cluster, pytest.mark.timeout(1500)]

PATIENT = ElasticSettings(replicas=1, patience_seconds=600)


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def wait_until(is_so, seconds=300):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.2)


class Ingest(threading.Thread):
    """Adds posts to an index, and says how far it is."""

    def __init__(self, index, posts):
        super().__init__()
        self._index, self._posts = index, posts
        self.taken, self.new = 0, None

    def run(self):
        self.new = self._index.add(self._passing())

    def _passing(self):
        for post in self._posts:
            self.taken += 1
            yield post


@pytest.fixture
def posts(make_labelled):
    def make(number):
        return [make_labelled(f"第{n}号路灯坏了", id=f"forum:{n:06}") for n in range(number)]

    return make


def assert_all_there_once_in_order(index, posts):
    found = list(index.stream(Query()))
    assert index.count(Query()) == len(posts)
    assert found == posts, "newest first, as they were made"


def test_an_ingest_outlives_a_stop_of_elasticsearch_and_says_so(start_node, node_folder, posts, caplog):
    caplog.set_level(logging.WARNING)
    made, port, folder = posts(100_000), free_port(), node_folder / "stopped"
    with start_node(folder, ES_PORT=str(port)) as url:
        index = ElasticIndex(url, "test-stopped", PATIENT)
        ingest = Ingest(index, made)
        ingest.start()
        wait_until(lambda: ingest.taken > 20_000)
    assert ingest.is_alive()
    time.sleep(20)

    with start_node(folder, ES_PORT=str(port), ES_KEEP="1"):
        ingest.join(900)

        assert not ingest.is_alive()
        assert_all_there_once_in_order(index, made)
    said = [record.getMessage() for record in caplog.records if record.name == "indexer.elastic_access"]
    assert any(line.startswith("elasticsearch busy or away") for line in said)
    assert any(line.startswith("elasticsearch answers again") for line in said)
    index.close()


def test_a_cluster_of_three_loses_a_node_while_it_is_written_and_one_while_it_is_read(
    start_node, kill_node, node_folder, posts
):
    ports = [free_port() for _ in range(3)]
    seeds = ",".join(f"127.0.0.1:{port}" for port in ports)

    def node(number, **environment):
        return start_node(
            node_folder / f"node{number}", f"-Enode.name=n{number}", "-Ecluster.name=three",
            f"-Etransport.port={ports[number]}", f"-Ediscovery.seed_hosts={seeds}",
            *([] if environment else ["-Ecluster.initial_master_nodes=n0"]), **environment,
        )  # fmt: skip

    def kill(number):
        kill_node(node_folder / f"node{number}")

    with contextlib.ExitStack() as nodes:
        urls = [nodes.enter_context(node(number)) for number in range(3)]
        setting = f"elasticsearch:{','.join(urls)}/test-three"
        index = ElasticIndex(urls, "test-three", PATIENT)
        health = Connection(tuple(urls), "health", PATIENT)

        def is_green():
            return health.ask(lambda: health.client.cluster.health(index="test-three-*"))["status"] == "green"

        def is_said(*words):
            troubles = examine_cluster(setting, PATIENT)[1]
            return any(all(word in trouble for word in words) for trouble in troubles)

        # A node is killed while comments are written.
        made = posts(20_000)
        ingest = Ingest(index, made)
        ingest.start()
        wait_until(lambda: ingest.taken > 6_000)
        kill(2)
        wait_until(lambda: is_said("status yellow, some copies are missing", "2 nodes are up"), 120)
        assert is_said(f"{urls[2]} does not answer; start this node")
        ingest.join(600)
        assert_all_there_once_in_order(index, made)

        # It comes back and gets its copies; then another is killed while comments are looked for.
        nodes.enter_context(node(2, ES_KEEP="1", ES_PORT=urls[2].rpartition(":")[2]))
        wait_until(is_green)
        totals, ended = [], threading.Event()

        def look():
            while not ended.is_set():
                page = index.search(Query("路灯", fold=True))
                totals.append((page.total, page.hits[0].labelled.post.id))

        readers = [threading.Thread(target=look) for _ in range(3)]
        for reader in readers:
            reader.start()
        wait_until(lambda: len(totals) > 20)
        kill(1)
        before = len(totals)
        wait_until(lambda: len(totals) > before + 50)
        assert all(reader.is_alive() for reader in readers), "a search failed"
        ended.set()
        for reader in readers:
            reader.join(120)

        assert set(totals) == {(len(made), made[0].post.id)}
        assert is_said(f"{urls[1]} does not answer; start this node")
        index.close()
        health.close()
