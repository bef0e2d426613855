"""Words, tables and pictures in, a Word page in the form of official documents out; the one user of python-docx."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from briefings.document import Link, Text, plain
from briefings.render.official import (
    BODY,
    CELL,
    FANG,
    HEI,
    KAI,
    LINE,
    NOTE,
    RED,
    SMALL,
    SONG,
    TITLE,
    TITLE_SIZE,
    WIDTH,
    dress,
    lay_out,
)
from briefings.render.word_xml import border, element, mm, printable, pt, tag
from minsheng.web import web_address

_HEAD_TOP = 35.0
_HEAD_SIZE = 40.0
_POINTS_PER_MM = 72 / 25.4
_HEADINGS = {1: HEI, 2: KAI}
_THICK, _THIN = 8, 6
_SHORT = 200
"""Letters of a cell up to which its row is kept on one page."""


class Page:
    """A growing document."""

    def __init__(self, made_at: datetime, title: str, office: str) -> None:
        from docx import Document as WordDocument

        self._word = WordDocument()
        self._properties(made_at, title, office)
        lay_out(self._word)

    def save(self) -> bytes:
        file = io.BytesIO()
        self._word.save(file)
        return file.getvalue()

    def mark(self, words: str) -> None:
        """Write the red name over the first page, 35 mm below the edge of the text; a long one gets smaller."""
        size = min(_HEAD_SIZE, WIDTH * _POINTS_PER_MM / max(1, len(words)))
        paragraph = self._centred(words, TITLE, size, RED)
        paragraph.paragraph_format.space_before = mm(_HEAD_TOP)

    def issue(self, words: str) -> None:
        self._centred(words, FANG, BODY).paragraph_format.space_before = pt(LINE / 2)

    def ends(self, left: str, right: str) -> None:
        """Set two texts at both ends of a line, one character from the edges, and the red line below."""
        from docx.enum.text import WD_TAB_ALIGNMENT

        paragraph = self._word.add_paragraph()
        shape = paragraph.paragraph_format
        shape.left_indent = shape.right_indent = pt(BODY)
        shape.tab_stops.add_tab_stop(mm(WIDTH) - pt(BODY), WD_TAB_ALIGNMENT.RIGHT)
        self._run(paragraph, f"{left}\t{right}", FANG, BODY)
        self._line(_THICK * 2, RED)

    def title(self, words: str) -> None:
        paragraph = self._centred(words, TITLE, TITLE_SIZE)
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = pt(LINE), pt(LINE)
        paragraph.style = self._word.styles["Title"]
        _plain(paragraph)

    def heading(self, words: str, *, level: int, link: str = "") -> None:
        paragraph = self._word.add_heading(level=level)
        self._run(paragraph, words, _HEADINGS[level], BODY)
        if link:
            self._inline(paragraph, ("　", Link("查看依据", link)), FANG, NOTE)
        shape = paragraph.paragraph_format
        shape.space_before, shape.line_spacing, shape.keep_with_next = pt(0), pt(LINE), True
        _indent(paragraph)

    def paragraph(self, text: Text, *, note: bool = False) -> None:
        paragraph = self._word.add_paragraph()
        self._inline(paragraph, text, FANG, NOTE if note else BODY)
        if note:
            _close(paragraph, NOTE * 1.5)
        _indent(paragraph)

    def quote(self, text: Text) -> None:
        paragraph = self._word.add_paragraph()
        paragraph.paragraph_format.left_indent = pt(2 * BODY)
        self._inline(paragraph, text, FANG, SMALL)
        _close(paragraph, SMALL * 1.5)

    def caption(self, words: str) -> None:
        paragraph = self._centred(words, HEI, NOTE)
        paragraph.paragraph_format.keep_with_next, paragraph.paragraph_format.space_before = True, pt(6)
        _close(paragraph, NOTE * 1.5)

    def side(self, words: str) -> None:
        """Write the title of one side's quotes."""
        paragraph = self._word.add_paragraph()
        self._run(paragraph, words, FANG, BODY, bold=True)
        paragraph.paragraph_format.keep_with_next = True
        _indent(paragraph)

    def picture(self, png: bytes, words: str) -> None:
        """Draw a chart as wide as the text; ``words`` are for those who cannot see it."""
        from docx.enum.text import WD_LINE_SPACING

        paragraph = self._word.add_paragraph()
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=mm(WIDTH))
        shape._inline.docPr.set("descr", printable(words))  # noqa: SLF001  # no public text for the blind

    def table(
        self, headers: Sequence[str], rows: Sequence[tuple[Text, ...]], numeric: Sequence[bool], shares: Sequence[int]
    ) -> None:
        table = self._word.add_table(rows=1, cols=len(headers))
        table.style, table.autofit = "Table Grid", False
        for cell, header in zip(table.rows[0].cells, headers, strict=True):
            self._cell(cell, (header,), HEI, "CENTER")
        _whole(table.rows[0], repeated=True)
        for row in rows:
            added = table.add_row()
            if all(len(plain(text)) <= _SHORT for text in row):
                _whole(added)
            for cell, text, right in zip(added.cells, row, numeric, strict=True):
                self._cell(cell, text, SONG, "RIGHT" if right else "LEFT")
        for column, share in zip(table.columns, shares, strict=True):
            column.width = mm(WIDTH * share / sum(shares))
            for cell in column.cells:
                cell.width = column.width
        _close(self._word.add_paragraph(), CELL)

    def imprint(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write the block at the end (版记): thick lines around it, thin ones within, one character from the edges."""
        from docx.enum.text import WD_TAB_ALIGNMENT

        for place, (left, right) in enumerate(rows):
            self._line(_THIN if place else _THICK)
            paragraph = self._word.add_paragraph()
            shape = paragraph.paragraph_format
            shape.left_indent, shape.keep_with_next = pt(SMALL), True
            shape.tab_stops.add_tab_stop(mm(WIDTH) - pt(SMALL), WD_TAB_ALIGNMENT.RIGHT)
            self._run(paragraph, f"{left}\t{right}" if right else left, FANG, SMALL)
            _close(paragraph, SMALL * 1.6)
        self._line(_THICK)

    def space(self) -> None:
        """Leave a line free."""
        self._word.add_paragraph()

    def _line(self, eighths: int, colour: str = "000000") -> None:
        """Draw a line across the text."""
        paragraph = self._word.add_paragraph()
        _close(paragraph, 6)
        paragraph.paragraph_format.keep_with_next = True
        edges = element("w:pBdr")
        edges.append(border("bottom", eighths, colour))
        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  # python-docx has no public paragraph border
        properties.insert_element_before(
            edges, "w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )

    def _centred(self, words: str, font: str, size: float, colour: str = "000000") -> Any:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = self._word.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.line_spacing = pt(max(LINE, size * 1.4))
        self._run(paragraph, words, font, size, colour=colour)
        return paragraph

    def _cell(self, cell: Any, text: Text, font: str, way: str) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = cell.paragraphs[0]
        paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, way)
        _close(paragraph, CELL * 1.4)
        self._inline(paragraph, text, font, CELL)

    def _inline(self, paragraph: Any, text: Text, font: str, size: float) -> None:
        for part in text:
            if isinstance(part, Link) and web_address(part.url):
                self._link(paragraph, part, font, size)
            else:
                self._run(paragraph, part.words if isinstance(part, Link) else part, font, size)

    def _link(self, paragraph: Any, link: Link, font: str, size: float) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE

        target = paragraph.part.relate_to(link.url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        made = element("w:hyperlink")
        made.set(tag("r:id"), target)
        run = self._run(paragraph, link.words, font, size)
        run.underline = True
        made.append(run._r)  # noqa: SLF001  # python-docx cannot make hyperlinks by itself
        paragraph._p.append(made)  # noqa: SLF001

    def _run(
        self, paragraph: Any, words: str, font: str, size: float, *, bold: bool = False, colour: str = "000000"
    ) -> Any:
        from docx.shared import RGBColor

        run = paragraph.add_run(printable(words))
        dress(run, font, size)
        run.bold, run.font.color.rgb = bold, RGBColor.from_string(colour)
        return run

    def _properties(self, made_at: datetime, title: str, office: str) -> None:
        properties, moment = self._word.core_properties, made_at.astimezone(UTC).replace(tzinfo=None)
        properties.title, properties.subject, properties.language = title, office, "zh-CN"
        properties.comments, properties.last_modified_by = "", office
        properties._element.get_or_add_creator().text = office  # noqa: SLF001  # the office signs, nobody else
        properties.created = properties.modified = moment
        properties.revision = 1


def _close(paragraph: Any, height: float) -> None:
    """Set small type with lines of its own height, off the grid of the page."""
    paragraph.paragraph_format.line_spacing = pt(height)
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  # python-docx has no words for the grid
    properties.insert_element_before(
        element("w:snapToGrid", val="0"), "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:outlineLvl", "w:rPr"
    )


def _indent(paragraph: Any) -> None:
    """Begin two characters in, however large these are where the file is opened."""
    paragraph.paragraph_format.first_line_indent = pt(2 * BODY)
    shape = paragraph._p.get_or_add_pPr().get_or_add_ind()  # noqa: SLF001  # python-docx measures in points alone
    shape.set(tag("w:firstLineChars"), "200")


def _plain(paragraph: Any) -> None:
    """Take away the line that the style of titles has below."""
    edges = element("w:pBdr")
    edges.append(element("w:bottom", val="nil"))
    _edged(paragraph, edges)


def _edged(paragraph: Any, edges: Any) -> None:
    """Put a border where the format wants it among the properties of a paragraph."""
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  # python-docx has no public paragraph border
    properties.insert_element_before(edges, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl", "w:rPr")


def _whole(row: Any, *, repeated: bool = False) -> None:
    """Keep a row on one page; the head stands again on each."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001  # python-docx has no words for either
    properties.append(element("w:cantSplit", val="true"))
    if repeated:
        properties.append(element("w:tblHeader", val="true"))
