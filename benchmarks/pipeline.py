"""The main job on real messages: comments a second of each stage, and peak memory.

The 2,575 messages with replies and the 4,007 with votes are served as web pages by a local board and crawled by the real
spiders over HTTP, then ingested, indexed, watched and briefed. Each stage stands beside the plainest way to do its
core on the same data in the same run (``--quick`` takes 120 messages of each kind).
"""

import resource
import sys
import tempfile
import urllib.request
from pathlib import Path

from app.bootstrap import Office
from app.pipeline import IngestReport
from app.work import brief, crawl_source, ingest_inbox, watch_projects
from benchmarks.board import Board, served
from benchmarks.real import NOW, SHARED, read_board, write_deployment
from benchmarks.report import Measure, arguments, report, timed
from indexer.base import Query

QUICK = 120
SAMPLE_PAGES = 200
SAMPLE_TEXTS = 60
WORDS = ("扰", "噪音", "地铁站", "施工扰民", "没人管", "公交")


def main() -> None:
    options = arguments(__doc__)
    if not SHARED.is_dir():
        sys.exit(f"{SHARED}: not there; this benchmark needs the shared real messages")
    board = read_board(QUICK if options.quick else None)
    with tempfile.TemporaryDirectory() as folder, served(board) as url:
        write_deployment(Path(folder), url)
        office = Office(Path(folder), {}, now=lambda: NOW)
        report(measure(office, board, url), options.json)
        office.close()


def measure(office: Office, board: Board, url: str) -> list[Measure]:
    """Do the whole job once and time each stage."""
    crawled, seconds = timed(lambda: sum(crawl_source(office, name).posts for name in office.source_configs))
    measures = [Measure("crawl", crawled / seconds, "comments/s", plain_fetch(board, url))]
    office.reader.read([])
    taken: IngestReport
    taken, seconds = timed(lambda: ingest_inbox(office))
    measures.append(Measure("ingest (model + index)", taken.posts / seconds, "comments/s", one_by_one(office)))
    _, seconds = timed(lambda: watch_projects(office))
    seen = sum(office.index.count(Query(projects=(key,))) for key in office.register.projects)
    measures.append(Measure("watch", seen / seconds, "comments/s", streamed(office)))
    _, seconds = timed(lambda: brief(office, "weekly"))
    measures.append(Measure("weekly briefing", seconds, "s", timed(lambda: count_all(office))[1]))
    _, seconds = timed(lambda: [office.index.search(Query(word)) for word in WORDS])
    measures.append(Measure("search, a page", 1000 * seconds / len(WORDS), "ms", 1000 * scan(office) / len(WORDS)))
    measures += [
        Measure("peak memory, this process", peak(resource.RUSAGE_SELF), "MB"),
        Measure("peak memory, a crawl", peak(resource.RUSAGE_CHILDREN), "MB"),
    ]
    return measures


def plain_fetch(board: Board, url: str) -> float:
    """Baseline of the crawl: fetch pages one after the other and keep nothing, as messages per second."""
    paths = [f"/votes/m/{message.id}" for message in board.votes[:SAMPLE_PAGES]]
    _, seconds = timed(lambda: [urllib.request.urlopen(url + path).read() for path in paths])
    return len(paths) / seconds


def one_by_one(office: Office) -> float:
    """Baseline of ingest: the model reads one text at a time."""
    every = [item.post.text for item in office.index.stream(Query())]
    texts = every[:: max(1, len(every) // SAMPLE_TEXTS)]
    _, seconds = timed(lambda: [office.model.read([text]) for text in texts])
    return len(texts) / seconds


def streamed(office: Office) -> float:
    """Baseline of watch: read the same posts from the index and judge nothing."""
    keys = tuple(office.register.projects)
    posts, seconds = timed(lambda: sum(1 for key in keys for _ in office.index.stream(Query(projects=(key,)))))
    return posts / seconds


def count_all(office: Office) -> int:
    """Baseline of the briefing: count the posts."""
    return office.index.count(Query())


def scan(office: Office) -> float:
    """Baseline of search: look for each word in every text."""
    texts = [item.post.title + item.post.text for item in office.index.stream(Query())]
    return timed(lambda: [sum(word in text for text in texts) for word in WORDS])[1]


def peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


if __name__ == "__main__":
    main()
