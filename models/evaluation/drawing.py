"""Bins of confidence in, the reliability curve as inline SVG in the house style of ``minsheng.charts`` out."""

import hashlib
import math
from collections.abc import Sequence
from html import escape

from minsheng.charts import Chart
from models.evaluation.metrics import Bin

_WIDTH, _HEIGHT = 680, 300
_LEFT, _TOP, _SIDE = 60, 20, 220
_Z = 1.96
_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


def reliability_chart(bins: Sequence[Bin], *, title: str) -> Chart:
    """Draw how often the model was right against how sure it was; whiskers are 95 % Wilson intervals.

    Below it one bar per bin says how many texts stand behind each dot. Beside the diagonal lies what is not honest:
    dots below it were too sure, dots above it too careful.
    """
    headers = ("置信度", "条数", "平均置信度", "准确率", "95%区间")
    rows = tuple(
        (f"{b.low:.1f}–{b.high:.1f}", str(b.n), f"{b.confidence:.3f}", f"{b.accuracy:.3f}", _span(b)) for b in bins
    )
    body = [_grid(), _diagonal(), _line(bins), *map(_dot, bins), _counts(bins)]
    key = hashlib.sha256(repr((title, rows)).encode()).hexdigest()[:10]
    told = "；".join("，".join(f"{h} {cell}" for h, cell in zip(headers, row, strict=True)) for row in rows)
    names = f'<title id="t-{key}">{escape(title)}</title><desc id="d-{key}">{escape(told)}</desc>'
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" {size}'
    svg = f'{head} aria-labelledby="t-{key} d-{key}" font-family="sans-serif">{names}{"".join(body)}</svg>'
    return Chart(title, svg, headers, rows)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of n texts (Wilson 1927): inside [0, 1] also for few texts."""
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def _span(b: Bin) -> str:
    low, high = wilson(b.accuracy, b.n)
    return f"{low:.3f}–{high:.3f}"


def _x(share: float) -> float:
    return _LEFT + share * _SIDE


def _y(share: float) -> float:
    return _TOP + (1 - share) * _SIDE


def _grid() -> str:
    parts = []
    for step in _STEPS:
        faint = 0.15 if step else 1
        parts.append(_stroke("grid", (_x(0), _y(step)), (_x(1), _y(step)), opacity=faint))
        parts.append(_stroke("grid", (_x(step), _y(0)), (_x(step), _y(1)), opacity=faint))
        parts.append(_text(_LEFT - 6, _y(step) + 4, f"{step:.0%}", "end"))
        parts.append(_text(_x(step), _y(0) + 16, f"{step:.0%}", "middle"))
    parts.append(_text(_x(0.5), _y(0) + 36, "模型给出的置信度", "middle"))
    parts.append(_text(_LEFT, _TOP - 7, "实际准确率", "middle"))
    return "".join(parts)


def _diagonal() -> str:
    return _stroke("mark", (_x(0), _y(0)), (_x(1), _y(1)), opacity=0.6, dash="4 3")


def _line(bins: Sequence[Bin]) -> str:
    path = " ".join(f"{_x(b.confidence):.1f},{_y(b.accuracy):.1f}" for b in bins)
    return f'<polyline class="series" points="{path}" fill="none" stroke="currentColor" stroke-width="1.8"/>'


def _dot(b: Bin) -> str:
    low, high = wilson(b.accuracy, b.n)
    x = _x(b.confidence)
    dot = f'<circle class="spot" cx="{x:.1f}" cy="{_y(b.accuracy):.1f}" r="3" fill="currentColor"/>'
    return _stroke("whisker", (x, _y(low)), (x, _y(high)), opacity=0.6) + dot


def _counts(bins: Sequence[Bin]) -> str:
    """Draw how many texts each bin holds, to the right, one row per bin, the surest on top."""
    left, width, row = _LEFT + _SIDE + 130, 170, 21
    most = max((b.n for b in bins), default=1)
    parts = [_text(left - 10, _TOP - 7, "置信度", "end"), _text(left, _TOP - 7, "条数", "start")]
    for place, b in enumerate(sorted(bins, key=lambda b: -b.low)):
        y = _TOP + 4 + place * row
        long = width * b.n / most
        parts.append(_text(left - 10, y + 12, f"{b.low:.1f}–{b.high:.1f}", "end"))
        parts.append(
            f'<rect class="bar" x="{left}" y="{y}" width="{long:.1f}" height="{row - 6}" fill="currentColor"'
            ' fill-opacity="0.35"/>'
        )
        parts.append(_text(left + long + 6, y + 12, str(b.n), "start"))
    return "".join(parts)


def _stroke(
    name: str, start: tuple[float, float], end: tuple[float, float], *, opacity: float = 1, dash: str = ""
) -> str:
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    place = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f'<line class="{name}" {place} stroke="currentColor" stroke-opacity="{opacity}"{extra}/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11"'
    return f'<text {place} fill="currentColor">{escape(words)}</text>'
