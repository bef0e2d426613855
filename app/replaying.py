"""A rule, a span of days and posts in, what would have fired when out; reads the index and writes nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alerts.base import Observation, Rule
from alerts.replay import LOOK_BACK, Replayed, days_of, replay, summarise
from app.bootstrap import Office
from app.watch import Surroundings
from indexer.base import PostIndex, Query
from indexer.memory import MemoryIndex
from indexer.portable import load_labelled
from minsheng.domain import LabelledPost, Project, Window
from minsheng.errors import BadRow, ConfigError


@dataclass(frozen=True, slots=True)
class Trial:
    """What a dry run shall look at. ``data`` is a file of labelled posts instead of the index."""

    window: Window
    every: int = 1
    data: Path | None = None
    as_collected: bool = False


def try_rule(
    office: Office,
    rule: Rule,
    projects: Sequence[Project],
    trial: Trial,
    progress: Callable[[int, int], None] | None = None,
) -> list[Replayed]:
    """Replay a rule on the projects day by day.

    Raises:
        ConfigError: No day lies in the window, or the data file cannot be read.
    """
    moments = days_of(trial.window, trial.every)
    if not moments:
        raise ConfigError(f"no whole day lies between {trial.window.since} and {trial.window.until}")
    index: PostIndex = _read(trial.data) if trial.data else office.index
    around, span = office.surroundings, Window(moments[0] - LOOK_BACK, moments[-1])
    found = []
    for done, project in enumerate(projects, start=1):
        seen = _all_of(index, project, around, span)
        days = replay(rule, seen, moments, as_collected=trial.as_collected)
        found.append(summarise(project.id, list(days)))
        if progress:
            progress(done, len(projects))
    return found


def _all_of(index: PostIndex, project: Project, around: Surroundings, span: Window) -> Observation:
    posts = tuple(index.stream(Query(linked=(project.id,), window=span, order="oldest")))
    claims = tuple(claim for claim in around.claims if claim.project == project.id)
    calibration, sources, crawls = around.calibration, around.sources, around.crawls
    return Observation(project, span.until, posts, claims, calibration, sources, crawls, topics=around.topics)


def _read(path: Path) -> MemoryIndex:
    index = MemoryIndex()
    index.add(list(_lines(path)))
    return index


def _lines(path: Path) -> Iterable[LabelledPost]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield load_labelled(line)
            except BadRow as error:
                what = "wants lines as index/posts.jsonl of a backup of Elasticsearch holds them"
                raise ConfigError(f"{path}:{number}: {error}; {what}") from error


def asked_window(since: datetime, until: datetime | None, now: datetime) -> Window:
    """Return the days to look at, the last one whole.

    Raises:
        ConfigError: The end lies before the start, or the start in the future.
    """
    end = min(until or now, now)
    if end <= since:
        raise ConfigError(f"--since {since:%Y-%m-%d}: must lie before --until and before now ({end:%Y-%m-%d})")
    return Window(since, end)
