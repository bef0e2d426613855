"""A site in, its pages on a port of this machine out."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from demo.site import Page, Site

HOST = "127.0.0.1"
log = logging.getLogger(__name__)


class CityServer(ThreadingHTTPServer):
    """Serves one site and remembers which addresses were asked for: tests prove by it what was not."""

    daemon_threads = True

    def __init__(self, port: int, build: Callable[[str], Site]) -> None:
        super().__init__((HOST, port), _Handler)
        self.url = f"http://{HOST}:{self.server_port}"
        self.site = build(self.url)
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Jianglin/1.0"
    server: CityServer

    def do_GET(self) -> None:
        """Send a page."""
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        """Send what would stand before a page."""
        self._send(with_body=False)

    def _send(self, *, with_body: bool) -> None:
        self.server.asked.append(self.path)
        page: Page = self.server.site.get(self.path)
        self.send_response(page.status)
        self.send_header("Content-Type", page.media_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(page.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        log.debug("page served request=%s", format % args)


@contextmanager
def running(port: int, build: Callable[[str], Site]) -> Iterator[CityServer]:
    """Serve in a thread until the block ends; port 0 picks a free one. ``build`` makes the site of an address.

    Raises:
        OSError: The port is taken.
    """
    server = CityServer(port, build)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
