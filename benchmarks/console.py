"""Comments in an index in, how long the console's pages take out: alone, and with 50 readers while comments come in.

Run ``python -m benchmarks.console [--quick] [--comments N] [--readers N] [--json FILE]``: 1,000,000 comments, or 20,000
with ``--quick``. They are made as in ``benchmarks.index``, in the engine that needs no server. The console is served by
uvicorn in a process of its own, with the estimator and the calibration of the shipped model, and asked over loopback;
what is told is the time to the first byte. First one reader asks page after page; then all readers at once, each the
next page as soon as it has the last, for ``SECONDS``, while the parent adds a hundred comments every fifth of a second:
more than the shipped model reads on the machines we measured.

The floors are those of the issue: search with facets 200 ms, project page 150 ms, overview 100 ms, with readers 500 ms.
"""

import functools
import http.client
import itertools
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from benchmarks.comments import END, PROJECTS, make_comments, words
from benchmarks.report import Measure, arguments, percentiles, report, timed
from indexer.sqlite import SqliteIndex
from minsheng.domain import Department, Kind, LabelledPost, Project, Source

READERS = 50
SECONDS = 20
ASKED = 40
_LOADED = 20_000
_BATCH, _PAUSE = 100, 0.2
_FLOORS = {"search with facets": 200, "project page": 150, "overview": 100}


def main() -> None:
    if len(sys.argv) > 2 and sys.argv[1] == "--serve":
        serve(Path(sys.argv[2]), int(sys.argv[3]))
        return
    options = arguments(__doc__, {"comments": "how many comments", "readers": "how many readers at once"})
    number = options.comments or (20_000 if options.quick else 1_000_000)
    seconds = SECONDS // 4 if options.quick else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        measures = run(Path(folder) / "index.sqlite", number, options.readers or READERS, seconds)
    report(measures, options.json)


def run(path: Path, number: int, readers: int, seconds: int) -> list[Measure]:
    """Fill an index, serve the console over it, and ask."""
    index = SqliteIndex(path)
    _, filling = timed(lambda: _fill(index, number))
    measures = [Measure("comments", number, "comments"), Measure("filling", filling, "s")]
    with _served(path) as port:
        for page, addresses in _addresses().items():
            first, *times = [_ask(port, address) for address in addresses]
            measures.append(Measure(f"{page}, first request", first, "ms"))
            measures += _beside(percentiles(page, times), _FLOORS[page])
        measures += _together(index, port, readers, seconds)
    index.close()
    return measures


def _beside(measures: Sequence[Measure], floor: float) -> list[Measure]:
    """Put the floor beside the 95th percentile: a ratio above 1 misses it."""
    return [replace(measure, baseline=floor) if measure.name.endswith("p95") else measure for measure in measures]


def _together(index: SqliteIndex, port: int, readers: int, seconds: int) -> list[Measure]:
    """Let all readers ask at once while comments come in."""
    ended, added = threading.Event(), []

    def ingest() -> None:
        fresh = (replace_id(labelled) for labelled in make_comments(10**9, seed=3))
        while not ended.wait(_PAUSE):
            added.append(index.add(itertools.islice(fresh, _BATCH)))

    def read(reader: int) -> list[tuple[str, float]]:
        rng, known, until = random.Random(reader), _addresses(), time.monotonic() + seconds
        times = []
        while time.monotonic() < until:
            page = rng.choice(tuple(known))
            times.append((page, _ask(port, rng.choice(known[page]))))
        return times

    writer = threading.Thread(target=ingest)
    writer.start()
    try:
        with ThreadPoolExecutor(readers) as pool:
            asked = [one for times in pool.map(read, range(readers)) for one in times]
    finally:
        ended.set()
        writer.join()
    measures = [
        Measure("readers at once", readers, "readers"),
        Measure("comments added meanwhile", sum(added) / seconds, "1/s"),
        Measure("pages answered", len(asked) / seconds, "1/s"),
        *_beside(percentiles("all pages with readers", [took for _, took in asked]), 500),
    ]
    for page in _FLOORS:
        measures += _beside(percentiles(f"{page} with readers", [took for name, took in asked if name == page]), 500)
    return measures


def replace_id(labelled: LabelledPost) -> LabelledPost:
    """Return a made comment under an id that the index has not."""
    return replace(labelled, post=replace(labelled.post, id=labelled.post.id.replace("forum:", "fresh:")))


def _fill(index: SqliteIndex, number: int) -> None:
    comments = make_comments(number)
    while part := list(itertools.islice(comments, _LOADED)):
        index.add(part)


def _addresses() -> dict[str, list[str]]:
    """Return what is asked of each page: other words, filters and projects each time."""
    rng = random.Random(4)
    found = [
        f"/search?q={quote(word)}&kind=public&sentiment=negative&since=2025-03-01&until=2026-02-28"
        for word in words().frequent[:ASKED]
    ]
    projects = [f"/project/{rng.choice(PROJECTS)}" for _ in range(ASKED)]
    return {
        "search with facets": found,
        "project page": [*map("/project/{}".format, PROJECTS), *projects],
        "overview": ["/"] * ASKED,
    }


def _ask(port: int, address: str) -> float:
    """Return the milliseconds to the first byte of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    started = time.perf_counter()
    connection.request("GET", address)
    answer = connection.getresponse()
    took = 1000 * (time.perf_counter() - started)
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{address}: the console answered {answer.status}")
    return took


@contextmanager
def _served(path: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.console", "--serve", str(path), str(port)])
    try:
        _wait(lambda: _ask(port, "/method"), server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait(ask: Callable[[], object], server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < until:
        with suppress(OSError):
            ask()
            return
        time.sleep(0.2)
    raise RuntimeError("the console did not answer within two minutes; its errors stand above")


def serve(path: Path, port: int) -> None:
    """Be the console over an index, as the service serves it."""
    import uvicorn

    from console.app import create_app
    from console.desk import Desk
    from models.loading import load_calibration
    from models.open import SHIPPED_FOLDER

    calibration = load_calibration(SHIPPED_FOLDER)
    office = Department("office", "市住房和城乡建设局", ())
    names = ("forum", "blog", "gov", "board")

    def estimate(posts: Sequence[LabelledPost]) -> object:
        from alerts.prevalence import estimate as measured

        return measured(posts, calibration, seed=0) if calibration else None

    desk = Desk(
        office="市公开联络办公室",
        region="临江市",
        index=SqliteIndex(path),
        projects={id_: Project(id_, f"第{id_[1:]}号工程", (), "临江市", office) for id_ in PROJECTS},
        claims=tuple,
        entries=tuple,
        histories=dict,
        sources={name: Source(name, name, Kind.OFFICIAL if name == "gov" else Kind.PUBLIC, "") for name in names},
        findings=lambda _: (),
        alerts=tuple,
        crawls=dict,
        briefings=path.parent / "briefings",
        estimate=estimate,  # type: ignore[arg-type]  # typed where it is imported
        model="bench",
        calibration=calibration,
        now=_now,
    )
    uvicorn.run(create_app(desk), host="127.0.0.1", port=port, log_level="error")


@functools.cache
def _started() -> float:
    return time.monotonic()


def _now() -> datetime:
    """The comments end at a fixed moment; from there on the clock runs, so that what is kept for a while ages."""
    return END - timedelta(hours=6) + timedelta(seconds=time.monotonic() - _started())


if __name__ == "__main__":
    main()
