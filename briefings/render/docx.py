"""A document in, the bytes of a Word file in office layout out; the same document gives the same bytes."""

import io
import logging
import zipfile
from datetime import UTC, datetime
from itertools import count

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
    Section,
    Table,
    Text,
)
from briefings.numbering import chinese
from briefings.render.picture import has_chinese, picture
from briefings.render.word import Page
from minsheng.charts import Chart

logger = logging.getLogger(__name__)


def render_docx(document: Document, *, drawn: bool | None = None) -> bytes:
    """Return a .docx file; charts are ``drawn``, or the tables behind them (None: drawn if Chinese can be)."""
    drawn = has_chinese() if drawn is None else drawn
    head = document.masthead
    page = Page(document.made_at, f"{head.headline}（{head.title} {head.issue}）", head.office)
    _head(page, head)
    for number, section in enumerate(document.sections, start=1):
        page.heading(f"{chinese(number)}、{section.title}", level=1)
        _blocks(page, section, drawn=drawn)
    page.space()
    page.paragraph((f"（{document.footer.removesuffix('。')}）",))
    page.space()
    copies = [(f"抄送：{document.copies_to}。", "")] if document.copies_to else []
    page.imprint([*copies, (head.office, f"{head.day}印发")])
    return _repeatable(page.save(), document.made_at)


def _head(page: Page, head: Masthead) -> None:
    page.mark(head.title)
    page.issue(head.issue)
    page.ends(head.office, head.day)
    page.title(head.headline)
    page.paragraph((f"统计时段：{head.period}（北京时间）。",))
    page.paragraph((f"数据健康：{head.health}",))


def _blocks(page: Page, section: Section, *, drawn: bool) -> None:
    headings = count(1)
    for block in section.blocks:
        if isinstance(block, Heading):
            page.heading(f"（{chinese(next(headings))}）{block.words}", level=2, link=block.link)
        else:
            _block(page, block, drawn=drawn)


def _block(page: Page, block: Block, *, drawn: bool) -> None:
    match block:
        case Paragraph():
            page.paragraph(block.text, note=block.note)
        case Bullets():
            for number, item in enumerate(block.items, start=1):
                page.paragraph((f"{number}．", *item))
        case Table():
            _table(page, block)
        case ChartBlock():
            _chart(page, block, drawn=drawn)
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


def _chart(page: Page, block: ChartBlock, *, drawn: bool) -> None:
    chart = block.chart
    if block.said:
        page.paragraph((block.said,))
    if not chart.rows:
        page.paragraph((f"{chart.title}：本期没有数据。",))
    elif drawn:
        page.caption(chart.title)
        page.picture(picture(chart), _told(chart))
    else:
        logger.warning("no font with Chinese here: chart printed as its table chart=%s", chart.title)
        page.caption(f"{chart.title}（本机没有中文字体，此处列数据，图见网页版）")
        rows: list[tuple[Text, ...]] = [tuple((cell,) for cell in row) for row in chart.rows]
        page.table(chart.headers, rows, [False] + [True] * (len(chart.headers) - 1), [10] * len(chart.headers))
    if block.note:
        page.paragraph((block.note,), note=True)


def _told(chart: Chart) -> str:
    """Return the data of a chart in words, for those who cannot see it."""
    rows = ("，".join(f"{head} {cell}" for head, cell in zip(chart.headers, row, strict=True)) for row in chart.rows)
    return f"{chart.title}：{'；'.join(rows)}"


def _quotes(page: Page, block: Quotes) -> None:
    page.side(block.title)
    for quote in block.items:
        copies = f"　重复 ×{quote.copies}" if quote.copies > 1 else ""
        page.quote((f"“{quote.words}”　——", Link(quote.origin, quote.url), copies))
    if not block.items:
        page.paragraph((block.empty,))


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
