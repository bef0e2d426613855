"""Who waits for a cluster that is away, and how long: a server of HTTP that is busy at first plays it."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from indexer.elastic_access import Connection
from indexer.elastic_client import ElasticClient
from minsheng.errors import IndexUnavailable
from minsheng.settings import ElasticSettings

AWAY = 1.0


@pytest.fixture
def busy_at_first():
    """The address of what answers 503 for a second from the first request on, then that seven posts are there."""
    began: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            began.append(time.monotonic())
            is_away = began[-1] - began[0] < AWAY
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps({"error": {"type": "busy"}} if is_away else {"hits": {"total": {"value": 7}}}).encode()
            self.send_response(503 if is_away else 200)
            for name, value in {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_a_writer_looks_up_waits_as_long_as_what_it_writes(busy_at_first):
    connection = Connection((busy_at_first,), "posts", ElasticSettings(patience_seconds=30))
    hasty = ElasticClient(connection, "posts", patience=0.1)

    with pytest.raises(IndexUnavailable, match="busy"):
        hasty.count({"match_all": {}})

    assert hasty.for_writing().count({"match_all": {}}) == 7
    connection.close()
