"""A new Word document in, the same in the form of GB/T 9704-2012 out: paper, grid, fonts, page numbers.

The standard wants A4, a text area of 156 by 225 mm (37 mm above, 28 mm left) with 22 lines of 28 characters, body in
仿宋 of size 3 (16 pt), the title in 小标宋 of size 2 (22 pt), headings in 黑体 and 楷体, page numbers in size 4 (14 pt)
between dashes on the outer side, 7 mm below the text.
"""

import math
from typing import Any
from xml.sax.saxutils import quoteattr

from briefings.render.word_xml import element, field, mm, pt, tag

TITLE, SONG, FANG, HEI, KAI = "方正小标宋简体", "宋体", "仿宋", "黑体", "楷体"
RED = "D7000F"
BODY, TITLE_SIZE, SMALL, NOTE, CELL = 16.0, 22.0, 14.0, 12.0, 10.5
WIDTH, HEIGHT = 156.0, 225.0
TOP, LEFT = 37.0, 28.0
LINES, LETTERS = 22, 28
LINE = HEIGHT / LINES / 25.4 * 72
"""The height of a line, in points."""

_PAPER = (210.0, 297.0)
_FOOT = 25.0
# What stands in for a font on a machine that lacks it: other names of it, then free ones.
_OTHERS = {
    TITLE: "FZXiaoBiaoSong-B05S,方正小标宋_GBK,Noto Serif CJK SC,Source Han Serif SC,SimSun",
    FANG: "FangSong,仿宋_GB2312,STFangsong,Noto Serif CJK SC,Source Han Serif SC,SimSun",
    KAI: "KaiTi,楷体_GB2312,STKaiti,AR PL UKai CN,Noto Serif CJK SC,Source Han Serif SC",
    HEI: "SimHei,Microsoft YaHei,Noto Sans CJK SC,Source Han Sans SC",
    SONG: "SimSun,STSong,Noto Serif CJK SC,Source Han Serif SC",
}


def lay_out(word: Any) -> None:
    """Give a document its paper, its grid, its fonts and its page numbers."""
    section = word.sections[0]
    section.page_width, section.page_height = map(mm, _PAPER)
    section.left_margin, section.top_margin = mm(LEFT), mm(TOP)
    section.right_margin, section.bottom_margin = mm(_PAPER[0] - LEFT - WIDTH), mm(_PAPER[1] - TOP - HEIGHT)
    section.footer_distance = mm(_FOOT)
    _grid(section)
    _body(word)
    _fonts(word)
    word.settings.odd_and_even_pages_header_footer = True
    _number(section.footer, outside="right")
    _number(section.even_page_footer, outside="left")


def dress(run: Any, font: str, size: float) -> None:
    """Set the font of a run; quotation marks and dashes are Chinese ones, as wide as a character."""
    run.font.name, run.font.size = "Times New Roman", pt(size)
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001  # python-docx has no words for eastAsia
    fonts.set(tag("w:eastAsia"), font)
    fonts.set(tag("w:hint"), "eastAsia")


def _grid(section: Any) -> None:
    """Let the page have 22 lines.

    Letters are set closer instead of on a grid: LibreOffice gives a letter that is wider than its cell two of them.
    """
    grid = element("w:docGrid", type="lines", linePitch=str(round(LINE * 20)))
    for old in section._sectPr.findall(tag("w:docGrid")):  # noqa: SLF001  # no public grid
        section._sectPr.remove(old)  # noqa: SLF001
    section._sectPr.append(grid)  # noqa: SLF001


def _body(word: Any) -> None:
    """Make the body the default: 28 letters a line, lines as high as the page wants them."""
    from docx.enum.text import WD_LINE_SPACING

    normal = word.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", pt(BODY)
    properties = normal.element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(tag("w:eastAsia"), FANG)
    closer = math.floor(20 * (WIDTH / LETTERS / 25.4 * 72 - BODY))
    properties.insert_element_before(element("w:spacing", val=str(closer)), "w:kern", "w:sz", "w:szCs", "w:lang")
    _speak_chinese(word)
    shape = normal.paragraph_format
    shape.space_after, shape.line_spacing_rule, shape.line_spacing = pt(0), WD_LINE_SPACING.EXACTLY, pt(LINE)


def _speak_chinese(word: Any) -> None:
    """Say that the text is Chinese: python-docx's template says Japanese, and free fonts draw that differently."""
    defaults = word.styles.element.find(f".//{tag('w:rPrDefault')}//{tag('w:lang')}")
    theme = word.settings.element.find(tag("w:themeFontLang"))
    for one in (defaults, theme):
        one.set(tag("w:eastAsia"), "zh-CN")


def _fonts(word: Any) -> None:
    """Name the stand-ins in the font table; Word and LibreOffice look there for a font that they lack."""
    entries = "".join(
        f'<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(others)}/><w:charset w:val="86"/>'
        f'<w:family w:val="{"swiss" if name == HEI else "roman"}"/></w:font>'
        for name, others in _OTHERS.items()
    )
    for part in word.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = part.blob.replace(b"</w:fonts>", entries.encode() + b"</w:fonts>")  # noqa: SLF001  # raw part


def _number(footer: Any, *, outside: str) -> None:
    """Write — 1 — one character from the outer edge."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    shape = paragraph.paragraph_format
    is_right = outside == "right"
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if is_right else WD_ALIGN_PARAGRAPH.LEFT
    setattr(shape, f"{outside}_indent", pt(SMALL))
    for words in ("— ", "", " —"):
        run = paragraph.add_run(words)
        dress(run, SONG, SMALL)
        if not words:
            run._r.extend(field("PAGE"))  # noqa: SLF001  # no public field
