"""Comments in an index in, how long the console's pages take out: alone, and with 50 readers while comments come in.

Run ``python -m benchmarks.console [--quick] [--comments N] [--readers N] [--data FOLDER] [--json FILE]``: 1,000,000
comments, or 20,000 with ``--quick``. They are made as in ``benchmarks.index``, in the engine that needs no server; a
FOLDER keeps them for the next run. The console is served in a process of its own, with an audit log on the disk, the
findings of every rule and the estimator and calibration of the shipped model, and asked over loopback; what is told is
the time to the first byte. The pages of all projects have been measured before, as the service measures them.

First one reader asks page after page, each project for the first time. Then 50 readers ask at once, while another
process adds a hundred comments every fifth of a second (more than the shipped model reads on the machines we measured)
and measures projects anew whose pages are behind. Every page is chosen anew among thousands: other words, filters and
months each time; a page has just been asked by another reader about as seldom as in an office. Twice:

- *reading*: a reader looks at a page for 2 to 8 seconds before asking for the next, as a person does at the least.
- *without a pause*: each asks for the next page as soon as it has the last. This is no office: it tells how many pages
  a second the machine gives, and how long the queue of 50 then is.

The floors are those of the issue: search with facets 200 ms, project page 150 ms, overview 100 ms, with readers 500 ms.
"""

import http.client
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

from benchmarks import console_office as office
from benchmarks.comments import PROJECTS, words
from benchmarks.report import Measure, arguments, percentiles, report, timed
from minsheng.domain import ASPECTS, ATTITUDES

READERS = 50
SECONDS = 40
ASKED = 40
_LOOKS = (2.0, 8.0)
_FLOORS = {"search with facets": 200, "project page": 150, "overview": 100}
_WITH_READERS = 500
_TICKS = 100  # of processor time in a second, as Linux counts


def main() -> None:
    if len(sys.argv) > 3 and sys.argv[1] in {"--serve", "--work"}:
        task: Callable[[Path, int], None] = office.serve if sys.argv[1] == "--serve" else office.work
        task(Path(sys.argv[2]), int(sys.argv[3]))
        return
    numbers = {"comments": "how many comments", "readers": "how many readers at once"}
    options = arguments(__doc__, numbers, {"data": "a folder that keeps the comments"})
    number = options.comments or (20_000 if options.quick else 1_000_000)
    seconds = SECONDS // 8 if options.quick else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        measures = run(options.data or Path(folder), number, options.readers or READERS, seconds)
    report(measures, options.json)


def run(folder: Path, number: int, readers: int, seconds: int) -> list[Measure]:
    """Fill an index, serve the console over it, and ask."""
    folder.mkdir(parents=True, exist_ok=True)
    is_new, filling = timed(lambda: office.fill(folder, number))
    office.begin(folder)
    _, measuring = timed(lambda: office.measure_all(folder))
    measures = [
        Measure("comments", number, "comments"),
        *([Measure("filling", filling, "s")] if is_new else []),
        Measure("measuring a project for its page", measuring / len(PROJECTS), "s"),
    ]
    came: list[tuple[str, int]] = []
    with _served(folder) as server:
        measures += _alone(server)
        for name, looks in (("reading", _LOOKS), ("without a pause", (0.0, 0.0))):
            measures += _together(server, _Load(folder, readers, seconds, name, looks), came)
    for mark, added in came:
        office.remove(folder, mark, added)
    return measures


@dataclass(frozen=True, slots=True)
class _Load:
    """So many readers for so long, who look at each page between two numbers of seconds."""

    folder: Path
    readers: int
    seconds: int
    name: str
    looks: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Server:
    """A console that answers on a port."""

    port: int
    process: "subprocess.Popen[bytes]"

    def ask(self, address: str) -> float:
        """Return the milliseconds to the first byte of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        started = time.perf_counter()
        connection.request("GET", address)
        answer = connection.getresponse()
        took = 1000 * (time.perf_counter() - started)
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{address}: the console answered {answer.status}")
        return took

    def worked(self) -> float:
        """Return the seconds of processor time that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def _alone(server: Server) -> list[Measure]:
    """Ask for each page one after the other: every project and every word once."""
    measures = []
    for page, addresses in _addresses().items():
        before = server.worked()
        first, *times = [server.ask(address) for address in addresses]
        work = 1000 * (server.worked() - before) / len(addresses)
        measures.append(Measure(f"{page}, first request", first, "ms"))
        measures += _beside(percentiles(page, times), _FLOORS[page])
        measures.append(Measure(f"{page}, processor time", work, "ms"))
    return measures


def _addresses() -> dict[str, list[str]]:
    frequent = words().frequent[:ASKED]
    found = [f"/search?q={quote(word)}&kind=public&sentiment=negative&{_days(2025, 3, 12)}" for word in frequent]
    return {
        "search with facets": found,
        "project page": [f"/project/{project}" for project in PROJECTS],
        "overview": ["/"] * ASKED,
    }


def _together(server: Server, load: _Load, came: list[tuple[str, int]]) -> list[Measure]:
    """Let all readers ask at once while the rest of the service is at work."""

    def read(reader: int) -> list[tuple[str, float]]:
        rng, times = random.Random(f"{load.name}{reader}"), []
        wait = rng.uniform(0, load.looks[1])
        while time.monotonic() + wait < until:
            time.sleep(wait)
            page, address = _choose(rng)
            times.append((page, server.ask(address)))
            wait = rng.uniform(*load.looks)
        return times

    command = [sys.executable, "-m", "benchmarks.console", "--work", str(load.folder), str(load.seconds)]
    working = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    time.sleep(2)  # its start costs as much as many pages
    before, until = server.worked(), time.monotonic() + load.seconds
    with ThreadPoolExecutor(load.readers) as pool:
        asked = [one for times in pool.map(read, range(load.readers)) for one in times]
    work = server.worked() - before
    mark, added = working.communicate()[0].split()
    came.append((mark, int(added)))
    name = load.name
    measures = [
        Measure(f"{name}: readers at once", load.readers, "readers"),
        Measure(f"{name}: comments added meanwhile", int(added) / load.seconds, "1/s"),
        Measure(f"{name}: pages answered", len(asked) / load.seconds, "1/s"),
        Measure(f"{name}: processor time of a page", 1000 * work / len(asked), "ms"),
        *_beside(percentiles(f"{name}: all pages", [took for _, took in asked]), _WITH_READERS),
    ]
    for page in _FLOORS:
        times = [took for asked_page, took in asked if asked_page == page]
        measures += _beside(percentiles(f"{name}: {page}", times), _WITH_READERS)
    return measures


def _choose(rng: random.Random) -> tuple[str, str]:
    """Return a page and its address: a reader of the office searches half of the time."""
    kind = rng.choice(("search with facets", "search with facets", "project page", "overview"))
    if kind == "overview":
        return kind, "/"
    if kind == "project page":
        return kind, f"/project/{rng.choice(PROJECTS)}"
    known = words()
    word = rng.choice(rng.choice((known.frequent, known.rare, known.phrases)))
    narrowing = f"{rng.choice(('sentiment', 'sentiment', 'aspect'))}="
    narrowing += rng.choice(ATTITUDES if narrowing == "sentiment=" else ASPECTS)
    days = _days(2025, rng.randint(1, 10), rng.randint(1, 12))
    return kind, f"/search?q={quote(word)}&kind=public&{narrowing}&{days}"


def _days(year: int, month: int, months: int) -> str:
    until = month + months
    last = date(year + (until - 1) // 12, (until - 1) % 12 + 1, 1)
    return f"since={date(year, month, 1)}&until={last}"


def _beside(measures: Sequence[Measure], floor: float) -> list[Measure]:
    """Put the floor beside the 95th percentile: a ratio above 1 misses it."""
    return [replace(measure, baseline=floor) if measure.name.endswith("p95") else measure for measure in measures]


@contextmanager
def _served(folder: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "benchmarks.console", "--serve", str(folder), str(port)]
    server = Server(port, subprocess.Popen(command))
    try:
        _wait(server)
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


def _wait(server: Server) -> None:
    until = time.monotonic() + 120
    while server.process.poll() is None and time.monotonic() < until:
        with suppress(OSError):
            server.ask("/method")
            return
        time.sleep(0.2)
    raise RuntimeError("the console did not answer within two minutes; its errors stand above")


if __name__ == "__main__":
    main()
