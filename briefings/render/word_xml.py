"""Names and numbers in, pieces of WordprocessingML out: what python-docx has no words for."""

from typing import Any


def element(name: str, **values: str) -> Any:
    """Return ``<w:name w:key="value">``."""
    from docx.oxml import OxmlElement

    made = OxmlElement(name)
    for key, value in values.items():
        made.set(tag(f"w:{key}"), value)
    return made


def tag(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))


def field(words: str) -> list[Any]:
    """Return a field that Word computes when it opens the file, for example PAGE."""
    code = element("w:instrText")
    code.text = words
    return [element("w:fldChar", fldCharType="begin"), code, element("w:fldChar", fldCharType="end")]


def border(edge: str, eighths: int, colour: str = "000000", space: int = 1) -> Any:
    """Return one edge of a border, its width in eighths of a point."""
    return element(f"w:{edge}", val="single", sz=str(eighths), space=str(space), color=colour)


def printable(words: str) -> str:
    """Leave out the control characters that XML cannot hold."""
    return "".join(char for char in words if char in "\t\n" or char >= " ")


def pt(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def mm(size: float) -> Any:
    from docx.shared import Mm

    return Mm(size)
