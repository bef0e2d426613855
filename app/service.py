"""An office in, the service out: the scheduler at work and the console answering, until SIGTERM."""

import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType

import uvicorn

from app import jobs
from app.access import open_door
from app.acts import acts_of
from app.auditing import note_settings
from app.bootstrap import Office
from app.lock import only_one
from console.app import create_app
from minsheng.errors import ConfigError

logger = logging.getLogger(__name__)


class PortTaken(ConfigError):
    """Another program listens where the console should. Raised before anything is served."""


def serve(office: Office, port: int | None = None) -> None:
    """Answer the console's pages until SIGTERM or SIGINT."""
    server, listener = _server(office, port)
    with listener, _quiet_ending():
        server.run(sockets=[listener])


def run(office: Office) -> None:
    """Be the service: one per deployment; ends cleanly on SIGTERM, and may be killed at any moment."""
    from app.scheduler import open_scheduler, plan_source
    from crawlers.run import stop_crawls

    with only_one(office.folders.var / "service.lock", "the service"):
        jobs.use(office)
        scheduler = open_scheduler(office)
        server, listener = _server(office, None, lambda name: plan_source(scheduler, office, name))
        scheduler.resume()
        try:
            with listener, _quiet_ending():
                server.run(sockets=[listener])
        finally:
            stop_crawls()
            scheduler.shutdown(wait=True)
            office.close()
            logger.info("service stopped")


def _server(
    office: Office, port: int | None, planned: Callable[[str], None] | None = None
) -> tuple[uvicorn.Server, socket.socket]:
    console = office.settings.console
    wanted = console.port if port is None else port
    door = open_door(office)
    note_settings(office)
    listener = open_listener(console.host, wanted, "set console.port, or serve --port 0")
    app = create_app(replace(office.desk(), acts=acts_of(office, planned)), door)
    # Which proxies are believed is decided in one place, by the console's guard.
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, proxy_headers=False)
    print(f"控制台 http://{console.host}:{listener.getsockname()[1]}/", flush=True)  # noqa: T201 - the user's next step
    return uvicorn.Server(config), listener


def open_listener(host: str, port: int, advice: str) -> socket.socket:
    """Return a socket that listens: whoever reads its address before a server runs is answered a moment later.

    Raises:
        PortTaken: another program listens on the port; ends with the advice.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortTaken(f"{host}:{port}: {error.strerror}; {advice}") from error
    return listener


@contextlib.contextmanager
def _quiet_ending() -> Iterator[None]:
    """Uvicorn raises the signal again after it has stopped; let that end the block, not the process."""

    def ignore(number: int, frame: FrameType | None) -> None:
        del number, frame

    before = {number: signal.signal(number, ignore) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
