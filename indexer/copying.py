"""Two indexes in, the posts of the first in the second too, each compared: by days, so that a stopped copy goes on."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from indexer.base import PostIndex, Query
from indexer.portable import checksum, fingerprint
from minsheng.corrections import joined
from minsheng.domain import BEIJING, LabelledPost, Window
from minsheng.errors import ConfigError, IndexUnavailable
from minsheng.files import write_whole

SLICE = 20_000
"""Posts that are copied, compared and noted together: what a kill can cost. A day is never cut."""

_ROUNDS = 4
_DAY = timedelta(days=1)
_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What a copy did. ``before`` posts had been compared by an earlier run; ``checksum`` is that of the target.

    It is that of the source too, unless persons have corrected posts in the target alone.
    """

    posts: int
    new: int
    before: int
    repaired: int
    checksum: str


@dataclass(frozen=True, slots=True)
class _Slice:
    """Whole Beijing days that are the same on both sides."""

    first: date
    last: date
    posts: int
    checksum: str

    @property
    def window(self) -> Window:
        return _window(self.first, self.last)

    def number(self, days: Mapping[date, int]) -> int:
        return sum(number for day, number in days.items() if self.first <= day <= self.last)


class Journal:
    """A file that names the slices which are the same on both sides, one line of JSON each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def has_begun(self) -> bool:
        return self._path.exists()

    def begin(self) -> None:
        """Note that the target may be written."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()

    def read(self) -> list[_Slice]:
        lines = self._path.read_text(encoding="utf-8").splitlines() if self.has_begun else []
        return [_slice_of(json.loads(line)) for line in lines]

    def write(self, slices: Sequence[_Slice]) -> None:
        """Put these slices in place of what is noted."""
        write_whole(self._path, "".join(json.dumps(asdict(each), default=str) + "\n" for each in slices).encode())

    def end(self) -> None:
        """Forget the copy: the next one compares everything anew."""
        self._path.unlink(missing_ok=True)


def _slice_of(row: Mapping[str, Any]) -> _Slice:
    return _Slice(date.fromisoformat(row["first"]), date.fromisoformat(row["last"]), row["posts"], row["checksum"])


class _Copy:
    def __init__(self, source: PostIndex, target: PostIndex, journal: Journal, progress: Progress) -> None:
        self.source, self.target, self._journal, self._progress = source, target, journal, progress
        self.good = journal.read()
        self.new = self.repaired = self._done = 0

    def todo(self, *, into: bool) -> tuple[list[tuple[date, date]], int]:
        """Return the spans of days that are not known to be the same, and the number of all posts."""
        here, there = self.source.histogram(Query(), "day"), self.target.histogram(Query(), "day")
        self.good = [each for each in self.good if _still_holds(each, here, there, into=into)]
        rest = {
            day: number for day, number in here.items() if not any(each.first <= day <= each.last for each in self.good)
        }
        self._done = sum(each.posts for each in self.good)
        return list(_spans(rest)), sum(here.values())

    def copy(self, first: date, last: date, total: int) -> None:
        """Copy a span, compare it, and note it."""
        query = Query(window=_window(first, last), order="oldest")
        wanted: dict[str, int] = {}

        def passing() -> Iterator[LabelledPost]:
            for labelled in self.source.stream(query):
                wanted[labelled.post.id] = fingerprint(labelled)
                yield labelled
                self._done += 1
                self._progress(self._done, total)

        self.new += self.target.add(passing())
        differing = _differing(self.target, query, wanted)
        if differing:
            self._repair(differing, wanted)
            if _differing(self.target, query, wanted):
                raise IndexUnavailable(f"the copy of {first} to {last} differs from its source; run it again")
        self.good.append(_Slice(first, last, len(wanted), checksum(wanted.values())))
        self._journal.write(self.good)
        _log.info("copied first=%s last=%s posts=%d repaired=%d", first, last, len(wanted), len(differing))

    def _repair(self, differing: Sequence[str], wanted: dict[str, int]) -> None:
        """Put posts anew: an index keeps the first ``collected_at`` it knew, and a copy is to be equal in that too.

        What persons have corrected in the target alone is kept there.
        """
        for post_id in differing:
            ours, theirs = self.source.get(post_id), self.target.get(post_id)
            if ours is None:
                self.target.delete([post_id])
                wanted.pop(post_id)
                continue
            both = replace(ours, corrections=joined(theirs.corrections, ours.corrections)) if theirs else ours
            wanted[post_id] = fingerprint(both)
            if both != theirs:
                self.target.delete([post_id])
                self.target.add([both])
                self.repaired += 1


def copy_index(
    source: PostIndex, target: PostIndex, journal: Journal, *, into: bool = False, progress: Progress | None = None
) -> CopyReport:
    """Add all posts of ``source`` to ``target`` and compare both, post by post.

    Where both hold a post that differs, that of the source wins, with the corrections of both. Killed and called again
    with the same journal it goes on after the last slice that was compared; a slice whose number of posts has changed
    since is done again.

    Raises:
        ConfigError: The target holds posts that the source lacks; not raised with ``into``.
        IndexUnavailable: An index fails, or the source does not stop changing.
    """
    if not into and not journal.has_begun:
        _refuse_strangers(source, target)
    journal.begin()
    work = _Copy(source, target, journal, progress or (lambda _done, _total: None))
    before: int | None = None
    for _ in range(_ROUNDS):
        spans, total = work.todo(into=into)
        before = sum(each.posts for each in work.good) if before is None else before
        if not spans:
            break
        for first, last in spans:
            work.copy(first, last, total)
    else:
        raise IndexUnavailable("the indexes change while they are compared; stop what writes to them and run it again")
    if not into:
        _refuse_strangers_by_number(source, target)
    journal.end()
    total_sum = checksum(int(each.checksum, 16) for each in work.good)
    return CopyReport(sum(each.posts for each in work.good), work.new, before or 0, work.repaired, total_sum)


def _still_holds(each: _Slice, here: Mapping[date, int], there: Mapping[date, int], *, into: bool) -> bool:
    copied = each.number(there)
    return each.number(here) == each.posts and (copied >= each.posts if into else copied == each.posts)


def _refuse_strangers(source: PostIndex, target: PostIndex) -> None:
    for first, last in _spans(target.histogram(Query(), "day")):
        query = Query(window=_window(first, last), order="oldest")
        ours = {labelled.post.id for labelled in source.stream(query)}
        for labelled in target.stream(query):
            post_id = labelled.post.id
            # A post whose time was edited stands on another day of the source.
            if post_id not in ours and source.get(post_id) is None:
                raise ConfigError(
                    f"the target of the copy holds posts that its source lacks, for example {post_id}; "
                    "name an empty index, or say --into to keep them"
                )


def _refuse_strangers_by_number(source: PostIndex, target: PostIndex) -> None:
    ours, theirs = source.count(Query()), target.count(Query())
    if ours != theirs:
        raise ConfigError(
            f"the source holds {ours} posts and the target {theirs}: the target got others meanwhile; "
            "stop what writes to it, or say --into to keep them"
        )


def _differing(target: PostIndex, query: Query, wanted: Mapping[str, int]) -> list[str]:
    found = {labelled.post.id: fingerprint(labelled) for labelled in target.stream(query) if labelled.post.id in wanted}
    return [post_id for post_id, number in wanted.items() if found.get(post_id) != number]


def _spans(days: Mapping[date, int]) -> Iterator[tuple[date, date]]:
    """Cut days into spans of about ``SLICE`` posts, oldest first."""
    span: list[date] = []
    posts = 0
    for day in sorted(days):
        if span and posts + days[day] > SLICE:
            yield span[0], span[-1]
            span, posts = [], 0
        span.append(day)
        posts += days[day]
    if span:
        yield span[0], span[-1]


def _window(first: date, last: date) -> Window:
    return Window(_midnight(first), _midnight(last + _DAY))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
