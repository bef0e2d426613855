"""What comments say of a claim in, the same on a terminal or as JSON out."""

from dataclasses import asdict
from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from minsheng.domain import Quote
from minsheng.stances import ClaimReading

_SHOWN = 4
_RELATED = "相关评论"


def show_reading(out: Console, reading: ClaimReading) -> None:
    """Print both sides with the sentence that says what they rest on."""
    out.print(Padding(Text(f"评论怎么说：{reading.why}"), (0, 0, 0, 4)))
    sides = (("与表述不一致", reading.against), ("与表述一致", reading.bearing_out), (_RELATED, reading.related))
    for title, quotes in sides:
        for quote in quotes[:_SHOWN]:
            sure = "" if title == _RELATED else f"（把握 {quote.confidence:.0%}）"
            out.print(Padding(Text(f"{title}{sure}：“{quote.text}”  {quote.url}", style="dim"), (0, 0, 0, 8)))


def reading_row(reading: ClaimReading) -> dict[str, object]:
    """Return what JSON can hold."""
    row = asdict(reading)
    for side in ("against", "bearing_out", "related"):
        row[side] = [_quote_row(quote) for quote in getattr(reading, side)]
    return row


def _quote_row(quote: Quote) -> dict[str, object]:
    return {key: _plain(value) for key, value in asdict(quote).items()}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
