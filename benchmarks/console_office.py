"""A folder with made comments in, an office over it out: its desk, its console, and the service at work beside it.

What the service does beside the console, it does here too: comments come in through the index that notes them, and the
numbers of the projects' pages are measured as ``app.page_numbers`` measures them.
"""

import functools
import itertools
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from alerts.prevalence import estimate
from alerts.store import AlertStore
from alerts.unchanged import Unchanged
from app.bootstrap import outline_of
from app.noted_index import NotedIndex
from benchmarks.comments import END, PROJECTS, make_comments
from console.access.audit import AuditLog
from console.access.door import Door
from console.desk import Desk
from console.deviations import DeviationReadings
from console.keeping import KEEP, resting
from console.readings import Readings
from console.shelf import FILE, FileShelf, Resting
from indexer.base import PostIndex
from indexer.sqlite import SqliteIndex
from minsheng import words
from minsheng.domain import (
    Claim,
    ClaimKind,
    ClaimStatus,
    Department,
    Evidence,
    Finding,
    Kind,
    LabelledPost,
    Prevalence,
    Project,
    Quote,
    Sentiment,
    Source,
    Verdict,
    Window,
)
from models.loading import load_calibration
from models.open import SHIPPED_FOLDER

_OFFICE = Department("office", "市住房和城乡建设局", ())
_LOADED = 20_000
_BATCH, _PAUSE = 100, 0.2
_QUOTES, _CLAIMS = 5, 2
_PASS_EVERY = 15.0


def fill(folder: Path, number: int) -> bool:
    """Put so many comments into an index, unless it has them; return whether it had not."""
    index = SqliteIndex(folder / "index.sqlite")
    first, *_ = make_comments(1)
    is_new = index.get(first.post.id) is None
    if is_new:
        comments = make_comments(number)
        while part := list(itertools.islice(comments, _LOADED)):
            index.add(part)
    index.close()
    return is_new


def begin(folder: Path) -> None:
    """Set the clock, and leave nothing of an earlier run but the comments."""
    for path in (*folder.glob(f"{FILE}*"), *folder.glob("alerts.sqlite*"), *folder.glob("audit.jsonl")):
        path.unlink()
    (folder / "began").write_text(str(time.time()), encoding="utf-8")
    desk = desk_of(folder)
    store = AlertStore(folder / "alerts.sqlite")
    store.apply(list(_findings(desk.claims())), desk.now(), lambda _: ())


def measure_all(folder: Path) -> None:
    """Measure what pages show of every project, as if a service had done it in turn within the last ten minutes."""
    desk = desk_of(folder)
    for place, project in enumerate(desk.projects.values()):
        then = desk.now() - place * KEEP / len(desk.projects)
        _renew(replace(desk, now=partial(_same, then)), project, ())


def _same(moment: datetime) -> datetime:
    return moment


def _renew(desk: Desk, project: Project, known: Collection[Resting]) -> None:
    Readings(desk).renew(project.id, known)
    DeviationReadings(desk).renew(project, known)


def serve(folder: Path, port: int) -> None:
    """Be the console, as the service serves it."""
    import uvicorn

    from console.app import create_app

    app = create_app(desk_of(folder), Door(audit=AuditLog(folder / "audit.jsonl")))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def work(folder: Path, seconds: float) -> None:
    """Be the rest of the service for a while: comments come in, pages are measured anew; print which came, how many."""
    desk, until, added, passed = desk_of(folder), time.monotonic() + seconds, 0, time.monotonic()
    mark = f"fresh:{time.time_ns()}:"
    fresh = (_fresh(labelled, mark) for labelled in make_comments(10**9, seed=3))
    while time.monotonic() < until:
        added += desk.index.add(itertools.islice(fresh, _BATCH))
        if time.monotonic() - passed > _PASS_EVERY:
            passed, known = time.monotonic(), resting(desk.shelf, desk.now())
            for project in desk.projects.values():
                _renew(desk, project, known)
        time.sleep(_PAUSE)
    print(mark, added)
    desk.index.close()


def remove(folder: Path, mark: str, number: int) -> None:
    """Take the comments out again that came while ``work`` was done."""
    index = SqliteIndex(folder / "index.sqlite")
    index.delete(f"{mark}{n}" for n in range(number))
    index.close()


def desk_of(folder: Path) -> Desk:
    """Return what the console shows."""
    calibration = load_calibration(SHIPPED_FOLDER)
    shelf = FileShelf(folder / FILE)
    index: PostIndex = NotedIndex(SqliteIndex(folder / "index.sqlite"), shelf.touch)
    names = ("forum", "blog", "gov", "board")
    store = AlertStore(folder / "alerts.sqlite")
    outlines = Unchanged(store.path, lambda: tuple(map(outline_of, store.findings())))
    claims = tuple(itertools.chain.from_iterable(map(_claims, PROJECTS)))

    def measured(posts: Sequence[LabelledPost], project: str | None = None) -> Prevalence | None:
        del project  # there are no peers here
        return estimate(posts, calibration, seed=0) if calibration else None

    return Desk(
        office="市公开联络办公室",
        region="临江市",
        index=index,
        projects={id_: Project(id_, f"第{id_[1:]}号工程", (), "临江市", _OFFICE) for id_ in PROJECTS},
        claims=lambda: claims,
        entries=tuple,
        histories=dict,
        sources={name: Source(name, name, Kind.OFFICIAL if name == "gov" else Kind.PUBLIC, "") for name in names},
        findings=lambda project: outlines() if project is None else store.findings(project),
        alerts=Unchanged(store.path, store.alerts),
        crawls=dict,
        briefings=folder / "briefings",
        estimate=measured,
        model="bench",
        calibration=calibration,
        now=_clock(folder),
        shelf=shelf,
        rests_on="bench",
    )


def _clock(folder: Path) -> Callable[[], datetime]:
    """The comments end at a fixed moment; six hours before it the clock of all processes began to run."""
    began = float((folder / "began").read_text(encoding="utf-8"))
    return lambda: END - timedelta(hours=6) + timedelta(seconds=time.time() - began)


def _fresh(labelled: LabelledPost, mark: str) -> LabelledPost:
    """Return a made comment under an id that the index has not."""
    return replace(labelled, post=replace(labelled.post, id=labelled.post.id.replace("forum:", mark)))


def _claims(project: str) -> Iterator[Claim]:
    for number in range(_CLAIMS):
        yield Claim(
            id=f"{project}-{number}",
            project=project,
            text=f"群众满意率达到 {90 + number}%",
            kind=ClaimKind.SATISFACTION,
            status=ClaimStatus.LEVEL,
            source_url="http://gov.example/1",
            publisher="市住房和城乡建设局",
            published_at=END - timedelta(days=40),
            value=0.9,
            reviewed=True,
        )


def _findings(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Yield one of each rule for every project, and one of each claim, as full as those of a watch."""
    evidence = _evidence()
    for claim in claims:
        yield Finding("divergence", claim.project, False, Verdict.COMPATIBLE, _WHY, evidence, 1.2, claim)
    for project, rule in itertools.product(PROJECTS, words.RULES):
        if rule != "divergence":
            fired = rule == "silence" and project in PROJECTS[:5]
            yield Finding(rule, project, fired, Verdict.NOT_ASSESSABLE, _WHY, evidence)


_WHY = "近 28 天的评论与此前 26 周相比没有超出平常的起伏，因此没有提示；评论再多一倍时会重新比较。"


@functools.cache
def _evidence() -> Evidence:
    quotes = tuple(
        Quote(one.post.id, one.post.text, one.post.url, one.post.source, one.post.published_at, Sentiment.NEGATIVE, 0.9)
        for one in make_comments(2 * _QUOTES, seed=5)
    )
    shares = Prevalence(0.31, 0.4, 0.29, 0.26, 0.36, 900, 850, 400.0, 300, 4, 0.35)
    window = Window(END - timedelta(days=28), END)
    return Evidence("负面占比", 900, 400.0, window, quotes=quotes[:_QUOTES], counter_quotes=quotes[_QUOTES:],
                    prevalence=shares, by_source=(("forum", 500), ("blog", 400)))  # fmt: skip
