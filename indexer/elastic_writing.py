"""Labelled posts in, stored in Elasticsearch: each once, whichever shelf it stands on and whoever else writes.

A post stands on the shelf of the year in which it was first said to be published, and stays there even when that date
is corrected: questions ask the date, never the shelf. So its id is looked up on all shelves before it is written. Two
writers that meet the same new post at once with dates in different years would both make it; each therefore counts what
it made afterwards, and the post on the later shelf is taken away.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from elasticsearch import ApiError

from indexer.base import Refusal
from indexer.batches import kept, latest_by_id, reread
from indexer.elastic_access import BUSY, Pauses
from indexer.elastic_client import ElasticClient, Json
from indexer.elastic_layout import Names, find, make_shelves, year_of
from indexer.elastic_schema import digest_of, document_id, document_of, labelled_of
from minsheng.domain import LabelledPost
from minsheng.errors import IndexUnavailable, PostRefused

LINES = 10_000
"""Posts that are looked up and stored together, and made visible at once: each time costs a part of the index anew."""

BYTES = 16_000_000
"""Bytes of one request; the next is sent when it is answered. Two batches are written at once: no more than twice this
is ever under way."""

_ANSWER = "items.*.status,items.*.error"

Becomes = Callable[[str, LabelledPost | None], LabelledPost | None]
"""What is to become of a post, by its id and what is stored of it; None: it is left alone."""

_OK, _CREATED, _BLOCKED, _MISSING, _CONFLICT, _TOO_LARGE = 200, 201, 403, 404, 409, 413


@dataclass(frozen=True, slots=True)
class _Stored:
    """A post as it stands on a shelf, and what says to Elasticsearch that nobody has changed it since."""

    shelf: str
    labelled: LabelledPost
    unchanged: Json


@dataclass(frozen=True, slots=True)
class _Line:
    """One change in the form in which it is sent."""

    post_id: str
    shelf: str
    action: bytes
    document: bytes = b""

    def __len__(self) -> int:
        return len(self.action) + len(self.document)


@dataclass(frozen=True, slots=True)
class _Result:
    """What Elasticsearch answered to one change; ``kind`` and ``reason`` of a failure are empty where there is none."""

    line: _Line
    status: int
    kind: str
    reason: str

    @property
    def is_missing(self) -> bool:
        """Say whether the shelf is not there."""
        return self.status == _MISSING and self.kind == "index_not_found_exception"

    @property
    def is_passing(self) -> bool:
        """Say whether the same change may do later: the cluster is busy, the shelf missing, or blocked."""
        is_blocked = self.status == _BLOCKED and self.kind == "cluster_block_exception"
        return self.status in BUSY or self.status == _CONFLICT or is_blocked or self.is_missing

    @property
    def is_refused(self) -> bool:
        return bool(self.kind) and not self.is_passing


@dataclass(slots=True)
class _Done:
    """What each post is now, None if it is not there; those that are new; why posts were refused."""

    now: dict[str, LabelledPost | None] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)


class Writer:
    """Changes of posts. What its methods returned from is on disk, on all copies, and visible to the next search.

    ``is_read`` is false while a migration fills shelves that readers do not see yet.
    """

    def __init__(self, client: ElasticClient, names: Names, *, is_read: bool = True) -> None:
        self._client, self._names, self._is_read = client.for_writing(), names, is_read
        self._connection = client.connection

    def add(self, batch: Sequence[LabelledPost], refused: Refusal | None) -> int:
        """Store posts and return how many were new."""
        latest = latest_by_id(batch)
        done = self._change(latest, lambda post_id, old: kept(latest[post_id], old) if old else latest[post_id])
        for post_id, reason in done.reasons.items():
            self._refuse(latest[post_id], reason, refused)
        return len(done.new)

    def amend(self, post_id: str, change: Callable[[LabelledPost], LabelledPost]) -> LabelledPost | None:
        """Change what is said of a stored post; return it as it is then, None if there is none."""
        done = self._change([post_id], lambda _, old: change(old) if old else None)
        changed = done.now[post_id]
        if changed and post_id in done.reasons:
            self._refuse(changed, done.reasons[post_id], None)
        return changed

    def relabel(self, batch: Sequence[LabelledPost]) -> int:
        """Write new readings of stored posts, where they are still what was read; return how many are."""
        read = latest_by_id(batch)
        done = self._change(read, lambda post_id, old: reread(old, read[post_id]))
        for post_id, reason in done.reasons.items():
            self._refuse(read[post_id], reason, None)
        return sum(labelled is not None for labelled in done.now.values())

    def delete(self, ids: Iterable[str]) -> int:
        """Remove posts and return how many were there."""
        waiting = set(ids)
        pauses = Pauses(self._connection.patience)
        gone: set[str] = set()
        while waiting:
            stored = self._stored(waiting)
            lines = (_line("delete", post_id, each.shelf) for post_id, found in stored.items() for each in found)
            results = list(self._send(lines))
            gone |= {result.line.post_id for result in results if result.status == _OK}
            waiting = self._again(results, pauses)
        return len(gone)

    def _change(self, ids: Iterable[str], becomes: Becomes) -> _Done:
        """Write what becomes of posts; where another writer is faster, read what it wrote and try again."""
        done = _Done()
        waiting = list(ids)
        pauses = Pauses(self._connection.patience)
        while waiting:
            stored = self._once(self._stored(waiting))
            old = {post_id: each.labelled for post_id, each in stored.items()}
            done.now |= {post_id: becomes(post_id, old.get(post_id)) for post_id in waiting}
            wanted = {post_id: labelled for post_id in waiting if (labelled := done.now[post_id])}
            results = list(self._send(self._lines(wanted, stored, done.reasons)))
            made = {result.line.post_id for result in results if result.status == _CREATED}
            done.new |= made
            done.reasons |= {result.line.post_id: result.reason for result in results if result.is_refused}
            waiting = list(self._again(results, pauses) | self._twice(made))
        return done

    def _refuse(self, labelled: LabelledPost, reason: str, refused: Refusal | None) -> None:
        if refused is None:
            raise PostRefused(f"{self._connection.where}: post {labelled.post.id[:200]!r} was refused: {reason}")
        refused(labelled, reason)

    def _stored(self, ids: Iterable[str]) -> dict[str, list[_Stored]]:
        """Return where and how posts are stored, on the earliest shelf first."""
        found: defaultdict[str, list[_Stored]] = defaultdict(list)
        wanted = set(ids)
        for hit in self._client.every(map(digest_of, wanted)):
            labelled = labelled_of(hit["_source"])
            unchanged = {"if_seq_no": hit["_seq_no"], "if_primary_term": hit["_primary_term"]}
            if labelled.post.id in wanted:  # two digests may be alike
                found[labelled.post.id].append(_Stored(hit["_index"], labelled, unchanged))
        return {post_id: sorted(each, key=lambda one: one.shelf) for post_id, each in found.items()}

    def _once(self, stored: Mapping[str, Sequence[_Stored]]) -> dict[str, _Stored]:
        """Take away what stands on a later shelf than the first."""
        later = ((post_id, each) for post_id, found in stored.items() for each in found[1:])
        list(self._send(_line("delete", post_id, each.shelf, each.unchanged) for post_id, each in later))
        return {post_id: found[0] for post_id, found in stored.items()}

    def _twice(self, made: Iterable[str]) -> set[str]:
        """Return those of the posts just made that stand on two shelves."""
        keys = list(map(digest_of, made))
        if not keys or self._client.count({"terms": {"key": keys}}) <= len(keys):
            return set()
        return {post_id for post_id, found in self._stored(made).items() if len(found) > 1}

    def _lines(
        self, wanted: Mapping[str, LabelledPost], stored: Mapping[str, _Stored], reasons: dict[str, str]
    ) -> Iterator[_Line]:
        """Yield the changes that store these posts, none for one that is stored as it is."""
        for post_id, labelled in wanted.items():
            try:
                line = self._line(labelled, stored.get(post_id))
            except orjson.JSONEncodeError as error:
                reasons[post_id] = f"a field that is searched by is no valid Unicode text: {error}"
            else:
                if line:
                    yield line

    def _line(self, labelled: LabelledPost, stored: _Stored | None) -> _Line | None:
        if stored is None:
            shelf = self._names.shelf(year_of(labelled.post.published_at))
            return _line("create", labelled.post.id, shelf, document=document_of(labelled))
        if labelled == stored.labelled:
            return None
        return _line("index", labelled.post.id, stored.shelf, stored.unchanged, document_of(labelled))

    def _again(self, results: Sequence[_Result], pauses: Pauses) -> set[str]:
        """Return the posts that are to be tried again, once what was in their way may be gone."""
        passing = [result for result in results if result.is_passing]
        missing = [result.line for result in passing if result.is_missing]
        if missing:
            self._restock(missing)
        if len(passing) > len(missing) and not pauses.wait():
            raise IndexUnavailable(f"{self._connection.where}: {len(passing)} posts wait in vain: {passing[0].reason}")
        return {result.line.post_id for result in passing}

    def _restock(self, lines: Iterable[_Line]) -> None:
        """Make the shelves that lack, unless a migration has moved all posts to those of another generation."""
        names = find(self._connection, self._names.prefix) if self._is_read else self._names
        if names is None:
            raise IndexUnavailable(f"{self._connection.where}: is gone; `minsheng index setup` makes it anew")
        if names == self._names:
            years = {int(line.shelf.rpartition("-")[2]) for line in lines}
            make_shelves(self._connection, names, years, is_read=self._is_read)
        self._names = names

    def _send(self, lines: Iterable[_Line]) -> Iterator[_Result]:
        """Send changes in requests of bounded size."""
        for portion in _portions(lines):
            yield from self._bulk(portion)

    def _bulk(self, lines: Sequence[_Line]) -> Iterator[_Result]:
        """Yield the answer to each change; a request that is too large is sent in halves."""
        body: list[Any] = [part for line in lines for part in (line.action, line.document) if part]
        ask = partial(
            self._connection.client.bulk, operations=body, refresh=True, require_alias=True, filter_path=_ANSWER
        )
        try:
            answer = self._connection.ask(ask, self._connection.patience)
        except IndexUnavailable as error:
            if not (isinstance(error.__cause__, ApiError) and error.__cause__.status_code == _TOO_LARGE):
                raise
            yield from self._halves(lines)
        else:
            yield from map(_result, lines, (result for item in answer["items"] for result in item.values()))

    def _halves(self, lines: Sequence[_Line]) -> Iterator[_Result]:
        middle = len(lines) // 2
        if middle == 0:
            reason = f"has {len(lines[0]):,} bytes, more than Elasticsearch takes in one request"
            yield _Result(lines[0], _TOO_LARGE, "too_large", reason)
        else:
            yield from self._bulk(lines[:middle])
            yield from self._bulk(lines[middle:])


def _portions(lines: Iterable[_Line]) -> Iterator[list[_Line]]:
    portion: list[_Line] = []
    size = 0
    for line in lines:
        if portion and size + len(line) > BYTES:
            yield portion
            portion, size = [], 0
        portion.append(line)
        size += len(line)
    if portion:
        yield portion


def _line(
    change: str, post_id: str, shelf: str, unchanged: Mapping[str, Any] | None = None, document: Json | None = None
) -> _Line:
    action = {change: {"_index": Names.writing(shelf), "_id": document_id(post_id), **(unchanged or {})}}
    return _Line(post_id, shelf, orjson.dumps(action), orjson.dumps(document) if document else b"")


def _result(line: _Line, answer: Json) -> _Result:
    error = answer.get("error") or {}
    reason = " / ".join(filter(None, (error.get("reason"), (error.get("caused_by") or {}).get("reason"))))
    return _Result(line, answer["status"], error.get("type", ""), reason)
