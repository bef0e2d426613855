"""A sitting in, its page answered on this machine until it is ended out."""

import contextlib
import secrets
from collections.abc import Callable

import uvicorn

from app.labelling.page import create_app
from app.labelling.sitting import Sitting
from app.service import open_listener

_HOST = "127.0.0.1"


def serve(sitting: Sitting, port: int, announce: Callable[[str], None]) -> None:
    """Tell ``announce`` the address of the page and answer there until 结束 or Ctrl-C.

    Raises:
        PortTaken: another program listens on the port.
    """
    token = secrets.token_urlsafe(16)
    with open_listener(_HOST, port, "leave --port out to take any free one") as listener:
        app = create_app(sitting, token, lambda: setattr(server, "should_exit", True))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
        announce(f"http://{_HOST}:{listener.getsockname()[1]}/{token}/")
        # Uvicorn raises Ctrl-C again after it has stopped: that is the way to end, not an error.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
