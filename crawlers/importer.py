"""A table of messages in, masked posts in the inbox out; rows that cannot be posts are set aside with the reason."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from crawlers.dates import parse_time
from crawlers.inbox import InboxWriter, LinesFile, new_run
from crawlers.masking import mask
from crawlers.select import count_in
from crawlers.tables import Cells, read_table
from crawlers.who import WHY, tells_who
from minsheng.domain import Kind, Post, Source
from minsheng.errors import BadRow, ConfigError
from minsheng.strict import Strict

_NAMES = {
    "id": ("id", "编号", "留言编号", "信件编号", "工单编号"),
    "text": ("text", "content", "内容", "正文", "留言内容", "网友留言", "留言详情", "诉求内容", "来信内容"),
    "title": ("title", "标题", "主题", "留言主题", "来信标题"),
    "published_at": ("published_at", "time", "date", "时间", "日期", "发布时间", "留言时间", "提交时间", "来信时间"),
    "url": ("url", "link", "链接", "网址"),
    "thread": ("thread", "帖子", "话题"),
    "reply": ("reply", "回复", "答复", "回复内容", "答复内容", "答复意见"),
    "reply_time": ("reply_time", "回复时间", "答复时间"),
    "kind": ("kind",),
    "project": ("project", "项目"),
    "likes": ("likes", "up", "点赞", "点赞数", "赞", "赞同数"),
}
_KINDS = {"official": Kind.OFFICIAL, "官方": Kind.OFFICIAL, "public": Kind.PUBLIC, "公众": Kind.PUBLIC}
_PROGRESS_ROWS = 200


class ColumnMap(Strict):
    """Our name → the name of the column in the file. What is not given is found by its usual names."""

    id: str | None = None
    text: str | None = None
    title: str | None = None
    published_at: str | None = None
    url: str | None = None
    thread: str | None = None
    reply: str | None = None
    reply_time: str | None = None
    kind: str | None = None
    project: str | None = None
    likes: str | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of a file. ``dropped_columns`` would have told who wrote; their cells were not kept."""

    posts: int
    set_aside: int
    masked: int
    rejects_file: Path | None
    dropped_columns: tuple[str, ...]


def import_file(
    path: Path,
    *,
    columns: ColumnMap | None,
    source: Source,
    inbox: Path,
    rejects: Path,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Import one file; the posts appear in the inbox all at once, when the whole file has been read.

    ``progress`` is called with (rows read, 0) from time to time.

    Raises:
        ConfigError: The file cannot be read, or lacks a column for text or time, or a mapped column is not there.
    """
    columns = columns or ColumnMap()
    run = new_run(now)
    job = _Import(columns, source, now, InboxWriter(inbox, source.name, run), rejects, run)
    try:
        for count, (number, cells) in enumerate(
            read_table(path, encoding=columns.encoding, sheet=columns.sheet), start=1
        ):
            job.take(path, number, cells)
            if progress is not None and count % _PROGRESS_ROWS == 0:
                progress(count, 0)
        return job.finish()
    finally:
        job.discard()


class _Import:
    def __init__(
        self, columns: ColumnMap, source: Source, now: datetime, writer: InboxWriter, rejects: Path, run: str
    ) -> None:
        self._columns, self._source, self._now = columns, source, now
        self._writer, self._rejects_folder, self._run = writer, rejects, run
        self._rejects: LinesFile | None = None
        self._places: dict[tuple[str, ...], dict[str, str]] = {}
        self._rows: dict[str, int] = {}
        self._dropped: dict[str, None] = {}
        self._posts = self._set_aside = self._masked = 0

    def take(self, path: Path, number: int, cells: Cells | BadRow) -> None:
        """Write the posts of one row, or set it aside."""
        if isinstance(cells, BadRow):
            self._reject(number, str(cells), {})
            return
        row = self._masked_row(self._pick(path, cells))
        try:
            self._write(number, _posts_of(row, self._source, self._now))
        except BadRow as error:
            self._reject(number, str(error), row)

    def finish(self) -> ImportReport:
        """Publish posts and rejects."""
        self._writer.commit()
        rejects_file = None
        if self._rejects is not None:
            self._rejects.prepare()
            rejects_file = self._rejects.publish()
            self._rejects = None
        return ImportReport(self._posts, self._set_aside, self._masked, rejects_file, tuple(self._dropped))

    def discard(self) -> None:
        """Remove what is not published."""
        self._writer.discard()
        if self._rejects is not None:
            self._rejects.discard()

    def _pick(self, path: Path, cells: Cells) -> Cells:
        """Return the cells under our names; a column that tells who wrote never passes here."""
        key = tuple(cells)
        if key not in self._places:
            self._places[key] = find_columns(path, list(cells), self._columns, strict=not self._places)
            self._dropped |= dict.fromkeys(name for name in cells if tells_who(name))
        return {ours: cells[theirs].strip() for ours, theirs in self._places[key].items()}

    def _masked_row(self, row: Cells) -> Cells:
        masked = dict(row)
        for name in set(row) - {"url", "id", "thread"}:
            masked[name], count = mask(row[name])
            self._masked += count
        return masked

    def _write(self, number: int, posts: list[Post]) -> None:
        first = self._rows.setdefault(posts[0].id, number)
        if first != number:
            raise BadRow(f"the id {posts[0].id} stands in row {first} already")
        for post in posts:
            self._writer.write(post)
            self._posts += 1

    def _reject(self, number: int, reason: str, row: Cells) -> None:
        self._set_aside += 1
        if self._rejects is None:
            self._rejects = LinesFile(self._rejects_folder, f"{self._run}-{self._source.name}")
        self._rejects.write(json.dumps({"row": number, "reason": reason, "content": row}, ensure_ascii=False))


def find_columns(path: Path, names: list[str], columns: ColumnMap, *, strict: bool = True) -> dict[str, str]:
    """Return our name → column, as mapped or by the usual names.

    Raises:
        ConfigError: A mapped column is missing or tells who wrote, or (``strict``) text or time has no column.
    """
    found = dict(_found_columns(path, names, columns, strict=strict))
    lacking = [name for name in ("text", "published_at") if name not in found]
    if lacking and strict:
        raise ConfigError(
            f"{path}: no column for {' and '.join(lacking)}; the columns are {', '.join(names)}. "
            f"Give a column map, for example `{lacking[0]}: {names[-1]}`"
        )
    return found


def _found_columns(path: Path, names: list[str], columns: ColumnMap, *, strict: bool) -> Iterator[tuple[str, str]]:
    usable = {name.strip().lower(): name for name in names if not tells_who(name)}
    for ours, usual in _NAMES.items():
        mapped = getattr(columns, ours)
        if mapped is None:
            theirs = next((usable[name] for name in usual if name in usable), None)
        elif tells_who(mapped):
            raise ConfigError(f"{path}: column map: {ours}: {mapped!r}: {WHY}")
        else:
            theirs = usable.get(mapped.lower())
            if theirs is None and strict:
                raise ConfigError(f"{path}: column map: {ours}: no column {mapped!r}; there are {', '.join(names)}")
        if theirs is not None:
            yield ours, theirs


def _posts_of(row: Cells, source: Source, now: datetime) -> list[Post]:
    """Return the post of a row and, if it has one, the official reply.

    Raises:
        BadRow: Text or time is missing or not understood, or the kind is none of ours.
    """
    if not row.get("text"):
        raise BadRow("no text")
    post = _post(row, source, now)
    if not row.get("reply"):
        return [post]
    shown = row.get("reply_time") or post.shown_at
    reply = replace(
        post,
        id=f"{post.id}:reply",
        kind=Kind.OFFICIAL,
        text=row["reply"],
        published_at=_time(shown, now),
        shown_at=shown,
        reply_to=post.id,
        place=None,
        likes=None,
    )
    return [post, reply]


def _post(row: Cells, source: Source, now: datetime) -> Post:
    shown = row.get("published_at") or ""
    kind = row.get("kind")
    if kind and kind.lower() not in _KINDS:
        raise BadRow(f"kind {kind!r} is neither official nor public")
    native = row.get("id") or _made_id(row)
    post_id = f"{source.name}:{native}"
    return Post(
        id=post_id,
        source=source.name,
        kind=_KINDS[kind.lower()] if kind else source.kind,
        url=row.get("url") or "",
        thread=row.get("thread") or row.get("url") or post_id,
        title=row.get("title") or "",
        text=row["text"],
        published_at=_time(shown, now),
        collected_at=now,
        shown_at=shown,
        project=row.get("project") or None,
        place=1,
        likes=count_in(row.get("likes")),
    )


def _time(shown: str, now: datetime) -> datetime:
    if not shown:
        raise BadRow("no time")
    try:
        return parse_time(shown, now)
    except ValueError as error:
        raise BadRow(str(error)) from error


def _made_id(row: Cells) -> str:
    """Make an id from what the post says (masked), so that the same row has the same id in the next import."""
    said = "\0".join((row.get("title") or "", row["text"], row.get("published_at") or ""))
    return hashlib.sha256(said.encode()).hexdigest()[:16]
