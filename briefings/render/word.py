"""Words and tables in, a Word page with the fonts and rules of Chinese offices out; the one user of python-docx."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from briefings.document import Link, Text
from minsheng.web import web_address

SONG, FANG, HEI = "宋体", "仿宋", "黑体"
_ACCENT = "9C1C1C"
_WIDTH_CM = 16.6
_BODY, _SMALL, _CELL = 12.0, 9.0, 9.5
_INK_SIZE = {1: 14.0, 2: 12.0}


class Page:
    """A growing A4 document."""

    def __init__(self, made_at: datetime, title: str, office: str) -> None:
        from docx import Document as WordDocument

        self._word = WordDocument()
        self._properties(made_at, title, office)
        self._layout()
        self._page_number()

    def save(self) -> bytes:
        file = io.BytesIO()
        self._word.save(file)
        return file.getvalue()

    def heading(self, words: str, *, level: int) -> None:
        paragraph = self._word.add_heading(level=level)
        self._run(paragraph, words, HEI, _INK_SIZE[level], bold=level > 1)
        paragraph.paragraph_format.space_before = _pt(10 if level == 1 else 6)
        paragraph.paragraph_format.space_after = _pt(3)

    def paragraph(self, text: Text, *, note: bool = False) -> None:
        paragraph = self._word.add_paragraph()
        self._inline(paragraph, text, FANG, _SMALL if note else _BODY)

    def quote(self, text: Text) -> None:
        paragraph = self._word.add_paragraph()
        paragraph.paragraph_format.left_indent = _cm(0.8)
        self._inline(paragraph, text, FANG, 10.5)

    def caption(self, words: str) -> None:
        paragraph = self._word.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = _pt(4)
        self._run(paragraph, words, HEI, 10.5)

    def centred(self, words: str, *, size: float, accent: bool = False) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = self._word.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(paragraph, words, SONG, size, bold=True, colour=_ACCENT if accent else None)

    def ends(self, left: str, right: str) -> None:
        """Set two texts at both ends of one line."""
        from docx.enum.text import WD_TAB_ALIGNMENT

        paragraph = self._word.add_paragraph()
        paragraph.paragraph_format.tab_stops.add_tab_stop(_cm(_WIDTH_CM), WD_TAB_ALIGNMENT.RIGHT)
        self._run(paragraph, f"{left}\t{right}", FANG, _BODY)

    def rule(self, *, accent: bool = False) -> None:
        """Draw a line across the page: the red line of an office head, or a thin one."""
        paragraph = self._word.add_paragraph()
        paragraph.paragraph_format.space_after = _pt(4)
        border = _element("w:bottom", val="single", sz="18" if accent else "4", space="1")
        border.set(_name("w:color"), _ACCENT if accent else "808080")
        edges = _element("w:pBdr")
        edges.append(border)
        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  # python-docx has no public paragraph border
        properties.insert_element_before(edges, "w:spacing", "w:ind", "w:jc", "w:rPr")

    def table(
        self, headers: Sequence[str], rows: Sequence[tuple[Text, ...]], numeric: Sequence[bool], shares: Sequence[int]
    ) -> None:
        table = self._word.add_table(rows=1, cols=len(headers))
        table.style = "Table Grid"
        table.autofit = False
        for cell, header, right in zip(table.rows[0].cells, headers, numeric, strict=True):
            self._cell(cell, (header,), HEI, right=right)
        _repeat_head(table.rows[0])
        for row in rows:
            for cell, text, right in zip(table.add_row().cells, row, numeric, strict=True):
                self._cell(cell, text, SONG, right=right)
        for column, share in zip(table.columns, shares, strict=True):
            column.width = _cm(_WIDTH_CM * share / sum(shares))
            for cell in column.cells:
                cell.width = column.width
        self._word.add_paragraph().paragraph_format.line_spacing = _pt(6)

    def _cell(self, cell: Any, text: Text, font: str, *, right: bool) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = cell.paragraphs[0]
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self._inline(paragraph, text, font, _CELL)

    def _inline(self, paragraph: Any, text: Text, font: str, size: float) -> None:
        for part in text:
            if isinstance(part, Link) and web_address(part.url):
                self._link(paragraph, part, font, size)
            else:
                self._run(paragraph, part.words if isinstance(part, Link) else part, font, size)

    def _link(self, paragraph: Any, link: Link, font: str, size: float) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE

        target = paragraph.part.relate_to(link.url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        element = _element("w:hyperlink")
        element.set(_name("r:id"), target)
        run = self._run(paragraph, link.words, font, size)
        run.underline = True
        element.append(run._r)  # noqa: SLF001  # python-docx cannot make hyperlinks by itself
        paragraph._p.append(element)  # noqa: SLF001

    def _run(
        self, paragraph: Any, words: str, font: str, size: float, *, bold: bool = False, colour: str | None = None
    ) -> Any:
        from docx.shared import RGBColor

        run = paragraph.add_run(_printable(words))
        run.font.name, run.font.size, run.bold = "Times New Roman", _pt(size), bold
        run.font.color.rgb = RGBColor.from_string(colour or "000000")
        run._r.get_or_add_rPr().get_or_add_rFonts().set(_name("w:eastAsia"), font)  # noqa: SLF001  # no public eastAsia
        return run

    def _properties(self, made_at: datetime, title: str, office: str) -> None:
        properties, moment = self._word.core_properties, made_at.astimezone(UTC).replace(tzinfo=None)
        properties.title, properties.subject, properties.language = title, office, "zh-CN"
        properties.comments, properties.last_modified_by = "", office
        properties._element.get_or_add_creator().text = office  # noqa: SLF001  # the office signs, nobody else
        properties.created = properties.modified = moment
        properties.revision = 1

    def _layout(self) -> None:
        section = self._word.sections[0]
        section.page_width, section.page_height = _cm(21), _cm(29.7)
        section.left_margin = section.right_margin = _cm(2.2)
        section.top_margin, section.bottom_margin = _cm(2.4), _cm(2.2)
        normal = self._word.styles["Normal"].paragraph_format
        normal.space_after, normal.line_spacing = _pt(2), 1.2

    def _page_number(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = self._word.sections[0].footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(paragraph, "— ", SONG, 10.5)
        run = self._run(paragraph, "", SONG, 10.5)
        for kind in ("begin", "", "end"):
            run._r.append(_element("w:fldChar", fldCharType=kind) if kind else _page_field())  # noqa: SLF001  # fields are raw XML
        self._run(paragraph, " —", SONG, 10.5)


def _page_field() -> Any:
    field = _element("w:instrText")
    field.text = "PAGE"
    return field


def _repeat_head(row: Any) -> None:
    row._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))  # noqa: SLF001  # no public repeat-header


def _printable(words: str) -> str:
    """Leave out the control characters that XML cannot hold."""
    return "".join(char for char in words if char in "\t\n" or char >= " ")


def _element(name: str, **values: str) -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(name)
    for key, value in values.items():
        element.set(_name(f"w:{key}"), value)
    return element


def _name(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))


def _pt(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def _cm(size: float) -> Any:
    from docx.shared import Cm

    return Cm(size)
