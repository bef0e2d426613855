"""A document in, the bytes of a Word file in office layout out; the same document gives the same bytes."""

import io
import zipfile
from datetime import UTC, datetime

from briefings.document import (
    Block,
    Bullets,
    ChartBlock,
    Document,
    Heading,
    Link,
    Masthead,
    Paragraph,
    Quotes,
    Table,
    Text,
)
from briefings.numbering import chinese
from briefings.render.word import Page


def render_docx(document: Document) -> bytes:
    """Return a .docx file; charts are printed as the tables behind them."""
    page = Page(document.made_at, f"{document.masthead.title} {document.masthead.issue}", document.masthead.office)
    _head(page, document.masthead)
    for number, section in enumerate(document.sections, start=1):
        page.heading(f"{chinese(number)}、{section.title}", level=1)
        for block in section.blocks:
            _block(page, block)
    page.rule()
    page.paragraph((document.footer,), note=True)
    return _repeatable(page.save(), document.made_at)


def _head(page: Page, head: Masthead) -> None:
    page.centred(head.office, size=26, accent=True)
    page.centred(head.title, size=16)
    page.ends(head.issue, head.made)
    page.rule(accent=True)
    page.paragraph((f"统计时段：{head.period}（北京时间）",))
    page.paragraph((f"数据健康：{head.health}",))


def _block(page: Page, block: Block) -> None:
    match block:
        case Heading():
            page.heading(block.words, level=block.level)
        case Paragraph():
            page.paragraph(block.text, note=block.note)
        case Bullets():
            for number, item in enumerate(block.items, start=1):
                page.paragraph((f"{number}．", *item))
        case Table():
            _table(page, block)
        case ChartBlock():
            _chart(page, block)
        case Quotes():
            _quotes(page, block)


def _table(page: Page, block: Table) -> None:
    if block.said and block.rows:
        page.paragraph((block.said,))
    if block.title:
        page.caption(block.title)
    if block.rows:
        numeric = [column.numeric for column in block.columns]
        page.table([column.title for column in block.columns], block.rows, numeric, [c.share for c in block.columns])
    for note in block.notes:
        page.paragraph((note,), note=True)


def _chart(page: Page, block: ChartBlock) -> None:
    chart = block.chart
    if block.said:
        page.paragraph((block.said,))
    page.caption(f"{chart.title}（图见网页版，此处列数据）")
    rows: list[tuple[Text, ...]] = [tuple((cell,) for cell in row) for row in chart.rows]
    if rows:
        numeric = [False] + [True] * (len(chart.headers) - 1)
        page.table(list(chart.headers), rows, numeric, [10] * len(chart.headers))
    else:
        page.paragraph(("本期没有数据。",))
    if block.note:
        page.paragraph((block.note,), note=True)


def _quotes(page: Page, block: Quotes) -> None:
    page.caption(block.title)
    for quote in block.items:
        copies = f"　重复 ×{quote.copies}" if quote.copies > 1 else ""
        page.quote((f"“{quote.words}”　——", Link(quote.origin, quote.url), copies))
    if not block.items:
        page.paragraph((block.empty,), note=True)


def _repeatable(content: bytes, made_at: datetime) -> bytes:
    """Pack the parts again with one fixed time: the library stamps them with the clock."""
    moment = made_at.astimezone(UTC)
    stamp = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, stamp)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return packed.getvalue()
