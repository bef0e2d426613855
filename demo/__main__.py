"""``python -m demo FOLDER --today 2026-11-23``: the city on a port and a deployment in a folder, until told to stop."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

from demo.city import build_city
from demo.content import load_content
from demo.deployment import write_deployment
from demo.server import running
from demo.site import Site
from minsheng.domain import BEIJING
from minsheng.errors import MinshengError


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the deployment, serve, and print one line of JSON when ready; return the exit status."""
    options = _parser().parse_args(arguments)
    now = options.now or datetime.combine(options.today, time(), BEIJING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        city = build_city(load_content(), now)
        with running(options.port, partial(Site, city)) as server:
            write_deployment(options.folder, city, server.url)
            sys.stdout.write(json.dumps({"url": server.url, "folder": str(options.folder)}) + "\n")
            sys.stdout.flush()
            _wait(stop, until_stdin_closes=options.until_stdin_closes)
    except (MinshengError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _wait(stop: threading.Event, *, until_stdin_closes: bool) -> None:
    if until_stdin_closes:
        threading.Thread(target=_watch, args=(stop,), daemon=True).start()
    stop.wait()


def _watch(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(1024):
        pass
    stop.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description="A fictitious city to try Minsheng on.")
    parser.add_argument("folder", type=Path, help="where the deployment is written: new, empty, or an older demo")
    when = parser.add_mutually_exclusive_group(required=True)
    when.add_argument("--today", type=date.fromisoformat, help="the city ends at the start of this day, Beijing time")
    when.add_argument("--now", type=_moment, help="the city ends at this moment, ISO 8601; without zone Beijing time")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when the starting program is gone")
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


if __name__ == "__main__":
    raise SystemExit(main())
