"""Labelled posts in, a CSV, XLSX or JSONL file out, chunk by chunk; docs/export.md is the reader's side of it."""

import codecs
import csv
import io
import itertools
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from console.cells import Row, inert, plain
from minsheng import words
from minsheng.domain import BEIJING, LabelledPost, Project, Source

WIDTHS: Mapping[str, int] = {
    "编号": 22, "项目": 20, "来源": 14, "类型": 9, "标题": 24, "正文": 80,
    "发布时间(北京时间)": 20, "收集时间(北京时间)": 20, "网址": 30, "情感": 8,
    "把握": 8, "负面概率": 9, "中性概率": 9, "正面概率": 9, "主题": 14, "方面": 12, "意图": 10,
    "同文簇": 22, "模型版本": 16, "人工更正": 24,
}  # fmt: skip
COLUMNS = tuple(WIDTHS)
"""The columns of every export, in this order: what was said, where and when. Who said it is known to no part of us."""

NATURE = (
    "这些是所列来源中公开可见的评论和官方发布，不是居民调查，不能代表全体居民；不含发言人的任何信息。"
    "情感、主题等由模型判读，可能有误；“人工更正”一列写明哪些经人更正，概率总是模型的。"
)
NOTHING = "没有符合条件的内容"
_BATCH = 500
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands before the rows. ``posts`` is how many matched when the export began; ``address`` may be empty."""

    searched: str
    made_at: datetime
    posts: int
    folded: bool
    version: str
    address: str = ""

    def __post_init__(self) -> None:
        if self.made_at.tzinfo is None:
            raise ValueError("an export needs an aware datetime")

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Titles and what they say; always the same titles, each of one line."""
        lines = (
            ("检索条件", self.searched or "全部"),
            ("检索地址", self.address or "（由命令行导出）"),
            ("导出时间", f"{_local(self.made_at)}（北京时间）"),
            ("条数", f"{self.posts:,} 条" if self.posts else f"0 条，{NOTHING}"),
            ("重复内容", "几乎相同的只列最早一条" if self.folded else "逐条列出"),
            ("产品版本", f"民声 {self.version}"),
            ("性质", NATURE),
        )
        return tuple((title, " ".join(plain(said).split())) for title, said in lines)


@dataclass(frozen=True, slots=True)
class Register:
    """The names of projects and sources; what is not registered any more keeps its id."""

    projects: Mapping[str, Project]
    sources: Mapping[str, Source]

    def row(self, labelled: LabelledPost) -> Row:
        """Return the cells of one post, in the order of ``COLUMNS``."""
        post, reading, label = labelled.post, labelled.reading, labelled.label
        opinion = reading.opinion
        cells: Row = (
            post.id,
            "、".join(self.projects[id_].name if id_ in self.projects else id_ for id_ in label.projects),
            self.sources[post.source].title if post.source in self.sources else post.source,
            words.KINDS[post.kind],
            post.title,
            post.text,
            _local(post.published_at),
            _local(post.collected_at),
            post.url,
            words.ATTITUDES[label.attitude],
            *(round(p, 4) for p in (reading.confidence, opinion.negative, opinion.neutral, opinion.positive)),
            words.TOPICS.get(label.topic, label.topic),
            words.ASPECTS.get(label.aspect, label.aspect),
            words.INTENTS.get(label.intent, label.intent),
            reading.cluster,
            reading.model,
            words.corrected(labelled, self.projects),
        )
        return tuple(plain(cell) if isinstance(cell, str) else cell for cell in cells)


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: how browsers call it, and what writes it."""

    media_type: str
    write: Callable[[Iterable[LabelledPost], Cover, Register], Iterator[bytes]]


def product_version() -> str:
    """Return the version of the installed product."""
    return version("minsheng")


def write_csv(posts: Iterable[LabelledPost], cover: Cover, register: Register) -> Iterator[bytes]:
    """Yield a CSV file for spreadsheets: UTF-8 with BOM, CRLF, the cover in lines that begin with ``#``.

    A text that a spreadsheet might take for a formula gets an apostrophe before it, as OWASP advises.
    """
    yield codecs.BOM_UTF8
    head: list[Row] = [(f"# {title}：{said}",) for title, said in cover.lines]
    for batch in _batches(itertools.chain(head, [COLUMNS], map(register.row, posts))):
        table = io.StringIO(newline="")
        rows = csv.writer(table, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        rows.writerows([inert(cell) for cell in row] for row in batch)
        yield table.getvalue().encode()


def write_jsonl(posts: Iterable[LabelledPost], cover: Cover, register: Register) -> Iterator[bytes]:
    """Yield JSON lines: the cover first, as the value of 说明, then one object per post, its texts as they are."""
    yield _json({"说明": dict(cover.lines) | {"列": COLUMNS}})
    for batch in _batches(map(register.row, posts)):
        yield b"".join(_json(dict(zip(COLUMNS, row, strict=True))) for row in batch)


def write_xlsx(posts: Iterable[LabelledPost], cover: Cover, register: Register) -> Iterator[bytes]:
    """Yield a workbook: the cover as first sheet, then the rows, on as many sheets as they need.

    The workbook grows in a temporary file and is sent when it is whole. Until then empty chunks are yielded, so that
    whoever reads them can stop.
    """
    from console.workbook import fill

    with tempfile.TemporaryFile() as file:
        for _ in fill(file, cover.lines, WIDTHS, map(register.row, posts), cover.made_at):
            yield b""
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


FORMS: Mapping[str, Form] = {
    "csv": Form("text/csv; charset=utf-8", write_csv),
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "jsonl": Form("application/x-ndjson; charset=utf-8", write_jsonl),
}
"""The endings of files that can be written."""


def _local(moment: datetime) -> str:
    return moment.astimezone(BEIJING).replace(tzinfo=None).isoformat(" ", "seconds")


def _json(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while batch := list(itertools.islice(waiting, _BATCH)):
        yield batch
