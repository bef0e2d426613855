"""Sections in, their tables and charts numbered out; numbers in, Chinese numerals out."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from briefings.document import Block, ChartBlock, Section, Table

_DIGITS = "零一二三四五六七八九"
_TEN = 10
_ANNEX = "附表"


def numbered(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Put 表1, 表2 … and 图1, 图2 … before the titles, in the order of the text; annexes have their own numbers."""
    tables, charts = count(1), count(1)

    def one(block: Block) -> Block:
        if isinstance(block, Table) and block.rows and block.title and not block.title.startswith(_ANNEX):
            return replace(block, title=f"表{next(tables)}　{block.title}")
        if isinstance(block, ChartBlock):
            return replace(block, chart=replace(block.chart, title=f"图{next(charts)}　{block.chart.title}"))
        return block

    return tuple(replace(section, blocks=tuple(map(one, section.blocks))) for section in sections)


def chinese(number: int) -> str:
    """Return 1 to 99 in Chinese numerals.

    Raises:
        ValueError: The number is outside this range.
    """
    if not 1 <= number < _TEN * _TEN:
        raise ValueError(f"{number} is not a section number from 1 to 99")
    tens, ones = divmod(number, _TEN)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")
