"""Numbers in, inline SVG and the table behind it out: no scripts, no style attributes, readable without colour.

A page may style the classes (``chart``, ``bar``, ``band``, ``series``, ``halo`` and so on); without any style the
drawing takes the colour of the text around it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

WIDTH = 680
_LEFT, _RIGHT = 44, 20
_ROW = 26
_FLOOR = 92
_SMALL, _NORMAL = 11, 12.5
_MOST_LABELS = 13
_RINGS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and the plain data behind it: every caller can set the table beside the picture."""

    title: str
    svg: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The share on a day; ``value`` None: too few comments, the line is broken there."""

    day: date
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a day, for example a claim."""

    day: date
    label: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A named span of days, for example a phase; ``until`` None: it lasts."""

    since: date
    until: date | None
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its interval; ``value`` None: too few comments, only n is shown."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Shares:
    """Negative, neutral and positive shares of one row; None: too few comments."""

    label: str
    shares: tuple[float, float, float] | None
    n: int


@dataclass(frozen=True, slots=True)
class Bin:
    """A count under a label."""

    label: str
    count: int


def percent(value: float) -> str:
    """Return a share as a reader wants it: whole percents, one decimal below ten."""
    return f"{value:.1%}" if 0 < value < _TENTH else f"{value:.0%}"


def interval(low: float | None, high: float | None) -> str:
    """Return both bounds, or a dash when there are none."""
    return "—" if low is None or high is None else f"{percent(low)}–{percent(high)}"


def trend(
    points: Sequence[TrendPoint],
    *,
    title: str,
    marks: Sequence[Mark] = (),
    phases: Sequence[Stretch] = (),
    always: Mapping[date, tuple[float, float]] | None = None,
    bursts: Sequence[Stretch] = (),
    measure: str = "负面占比",
) -> Chart:
    """Draw a line with its interval as a band; marks are numbered dashed lines explained below the plot.

    ``always`` holds by the day of a point bounds that hold however often one looks: two dotted lines; ``bursts`` are
    bars along the foot.
    """
    points = sorted(points, key=lambda point: point.day)
    rows: tuple[tuple[str, ...], ...] = tuple(
        (f"{p.day:%Y-%m-%d}", _share(p.value), interval(p.low, p.high), str(p.n)) for p in points
    )
    headers: tuple[str, ...] = ("日期", measure, "95%区间", "评论数")
    if always is not None:
        rows = tuple((*row, interval(*always.get(p.day, (None, None)))) for row, p in zip(rows, points, strict=True))
        headers = (*headers, "逐日可看的区间")
    if not points:
        return _chart(title, _nothing(), 60, headers, rows)
    days = [point.day for point in points] + [mark.day for mark in marks]
    plane = _Plane(min(days), max(days))
    body = [plane.grid(), *map(plane.phase, phases), plane.band(points), plane.always(points, always or {})]
    body += [plane.line(points), *map(plane.burst, bursts), plane.axis(points)]
    body += [plane.mark(mark, place) for place, mark in enumerate(marks)]
    return _chart(title, "".join(body), 172 + 18 * len(marks), headers, rows)


def bars(rows: Sequence[Bar], *, title: str, measure: str = "负面占比", heading: str = "") -> Chart:
    """Draw one horizontal bar per row on a scale from 0 to 100 %, with the interval as whiskers."""
    table = tuple((row.label, _share(row.value), interval(row.low, row.high), str(row.n)) for row in rows)
    scale = _Scale(WIDTH - 190)
    body = "".join(_bar(row, scale, 24 + place * _ROW) for place, row in enumerate(rows))
    frame = scale.grid(24, 24 + len(rows) * _ROW) if rows else _nothing()
    return _chart(title, frame + body, 34 + max(1, len(rows)) * _ROW, (heading, measure, "95%区间", "评论数"), table)


def stacked(rows: Sequence[Shares], *, title: str, heading: str = "") -> Chart:
    """Draw 负面, 中性, 正面 side by side in this order: hatched, blank, dotted, each with its number."""
    table = tuple((row.label, *map(_share, row.shares or (None,) * 3), str(row.n)) for row in rows)
    scale = _Scale(WIDTH - 90)
    key = _key(title, table)
    body = "".join(_stack(row, scale, 30 + place * _ROW, key) for place, row in enumerate(rows))
    frame = _patterns(key) + _legend(key) if rows else _nothing()
    return _chart(
        title, frame + body, 36 + max(1, len(rows)) * _ROW, (heading, "负面", "中性", "正面", "评论数"), table
    )


def histogram(bins: Sequence[Bin], *, title: str, measure: str = "评论数", heading: str = "") -> Chart:
    """Draw one upright bar per bin with its count above."""
    table = tuple((item.label, str(item.count)) for item in bins)
    if not bins:
        return _chart(title, _nothing(), 60, (heading, measure), table)
    most = max(1, *(item.count for item in bins))
    step = (WIDTH - _LEFT - _RIGHT) / len(bins)
    every = -(-len(bins) // _MOST_LABELS)
    body = [_line(_LEFT, _FLOOR, WIDTH - _RIGHT, _FLOOR, "axis")]
    for place, item in enumerate(bins):
        body.append(_column(item, _LEFT + place * step, step, most, named=place % every == 0))
    return _chart(title, "".join(body), _FLOOR + 24, (heading, measure), table)


class _Plane:
    """The plot of a trend: days across, 0 to 100 % upwards."""

    top, bottom = 30.0, 128.0

    def __init__(self, first: date, last: date) -> None:
        self._first, self._span = first, max(1, (last - first).days)

    def x(self, day: date) -> float:
        inset = 18
        across = WIDTH - _LEFT - _RIGHT - 2 * inset
        return _LEFT + inset + across * min(1.0, max(0.0, (day - self._first).days / self._span))

    def y(self, share: float) -> float:
        return self.bottom - (self.bottom - self.top) * share

    def grid(self) -> str:
        steps = (0.0, 0.25, 0.5, 0.75, 1.0)
        lines = [_line(_LEFT, self.y(s), WIDTH - _RIGHT, self.y(s), "grid" if s else "axis") for s in steps]
        return "".join(lines + [_text(_LEFT - 6, self.y(s) + 4, f"{s:.0%}", "end", _SMALL) for s in steps[::2]])

    def band(self, points: Sequence[TrendPoint]) -> str:
        return "".join(self._band_of(run) for run in _runs(points))

    def _band_of(self, run: list[TrendPoint]) -> str:
        bounds = [(self.x(p.day), self.y(p.high), self.y(p.low)) for p in run if None not in (p.low, p.high)]  # type: ignore[arg-type]  # None is filtered in the same expression
        if len(bounds) == 1:
            x, high, low = bounds[0]
            return _line(x, high, x, low, "whisker", width=5, opacity=0.2)
        path = " ".join(f"{x:.1f},{high:.1f}" for x, high, _ in bounds)
        path += " " + " ".join(f"{x:.1f},{low:.1f}" for x, _, low in reversed(bounds))
        return f'<polygon class="band" points="{path}" fill="currentColor" fill-opacity="0.14"/>' if bounds else ""

    def always(self, points: Sequence[TrendPoint], bounds: Mapping[date, tuple[float, float]]) -> str:
        parts = []
        for run in _sequences([bounds.get(point.day) for point in points]):
            for side in (0, 1):
                spots = [(self.x(points[place].day), self.y(bound[side])) for place, bound in run]
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
                parts.append(f'<polyline class="always" points="{path}" {_DOTTED}/>')
        return "".join(parts)

    def burst(self, burst: Stretch) -> str:
        start, end = self.x(burst.since), self.x(burst.until or burst.since)
        bar = _line(start, self.bottom - 3, max(end, start + 4), self.bottom - 3, "burst", width=6, opacity=0.45)
        return bar + _text(start, self.bottom - 9, burst.label, "start", _SMALL, faint=True)

    def line(self, points: Sequence[TrendPoint]) -> str:
        parts = []
        for run in _runs(points):
            spots = [(self.x(p.day), self.y(p.value or 0.0)) for p in run]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
            parts.append(f'<polyline class="series" points="{path}" fill="none" stroke="currentColor" {_STROKE}/>')
            parts += [f'<circle class="spot" cx="{x:.1f}" cy="{y:.1f}" r="3" fill="currentColor"/>' for x, y in spots]
        return "".join(parts)

    def axis(self, points: Sequence[TrendPoint]) -> str:
        every = -(-len(points) // _MOST_LABELS)
        parts = [_text(_LEFT - 6, self.bottom + 34, "n", "end", _SMALL)]
        for point in points[::every]:
            parts.append(_text(self.x(point.day), self.bottom + 18, f"{point.day.month}/{point.day.day}", "middle"))
            parts.append(_text(self.x(point.day), self.bottom + 34, str(point.n), "middle", _SMALL, faint=True))
        return "".join(parts)

    def mark(self, mark: Mark, place: int) -> str:
        x, ring = self.x(mark.day), _RINGS[place % len(_RINGS)]
        line = _line(x, self.top - 6, x, self.bottom, "mark", dash="4 3")
        words = f"{ring} {mark.day:%Y-%m-%d} {mark.label}"
        note = _text(_LEFT, self.bottom + 56 + 18 * place, _cut(words, WIDTH - _LEFT - _RIGHT), "start")
        return line + _text(x, self.top - 10, ring, "middle") + note

    def phase(self, phase: Stretch) -> str:
        start, end = self.x(phase.since), self.x(phase.until) if phase.until else WIDTH - _RIGHT
        line = _line(start, self.top - 2, end, self.top - 2, "phase", width=3, opacity=0.3)
        return line + _text(start + 2, self.top + 12, _cut(phase.label, end - start), "start", _SMALL, faint=True)


class _Scale:
    """A horizontal scale from 0 to 100 % right of the labels."""

    left = 170

    def __init__(self, right: float) -> None:
        self._right = right

    def x(self, share: float) -> float:
        return self.left + (self._right - self.left) * min(1.0, max(0.0, share))

    def grid(self, top: float, bottom: float) -> str:
        steps = (0.0, 0.5, 1.0)
        lines = [_line(self.x(s), top, self.x(s), bottom, "grid" if s else "axis") for s in steps]
        return "".join(lines + [_text(self.x(s), top - 8, f"{s:.0%}", "middle", _SMALL) for s in steps])


_DOTTED = 'fill="none" stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="1 4" stroke-linecap="round"'
_STROKE = 'stroke-width="1.8" stroke-linejoin="round"'
_PARTS = (("neg", "负面"), ("neu", "中性"), ("pos", "正面"))


def _bar(row: Bar, scale: _Scale, y: float) -> str:
    middle = y + _ROW / 2
    label = _text(scale.left - 8, middle + 4, _cut(row.label, scale.left - 12), "end", full=row.label)
    if row.value is None:
        return label + _text(scale.left + 8, middle + 4, f"样本不足（n={row.n}）", "start", _SMALL, faint=True)
    body = _box("bar", scale.x(0), y + 6, scale.x(row.value) - scale.x(0), _ROW - 12, 0.35)
    bounds = interval(row.low, row.high)
    if row.low is not None and row.high is not None:
        body += _line(scale.x(row.low), middle, scale.x(row.high), middle, "whisker", width=1.5)
        body += "".join(_line(scale.x(b), middle - 4, scale.x(b), middle + 4, "whisker") for b in (row.low, row.high))
    numbers = f"{percent(row.value)}（{bounds}）n={row.n}"
    return label + body + _text(WIDTH - _RIGHT, middle + 4, numbers, "end", _SMALL)


def _stack(row: Shares, scale: _Scale, y: float, key: str) -> str:
    middle = y + _ROW / 2 + 4
    label = _text(scale.left - 8, middle, _cut(row.label, scale.left - 12), "end", full=row.label)
    if row.shares is None:
        return label + _text(scale.left + 8, middle, f"样本不足（n={row.n}）", "start", _SMALL, faint=True)
    parts, start = [label], 0.0
    for (name, word), share in zip(_PARTS, row.shares, strict=True):
        x, width = scale.x(start), scale.x(start + share) - scale.x(start)
        parts.append(_part(name, x, y + 3, width, _ROW - 6, key))
        words = f"{word[0]} {percent(share)}"
        if width > _width(words, _SMALL) + 4:
            parts.append(_text(x + width / 2, middle, words, "middle", _SMALL, halo=True))
        start += share
    return "".join(parts) + _text(WIDTH - _RIGHT, middle, f"n={row.n}", "end", _SMALL)


def _part(name: str, x: float, y: float, width: float, height: float, key: str) -> str:
    fill = "none" if name == "neu" else f"url(#{name}-{key})"
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="part {name}" {place} fill="{fill}" stroke="currentColor" stroke-width="0.8"/>'


def _legend(key: str) -> str:
    parts = []
    for place, (name, word) in enumerate(_PARTS):
        x = _Scale.left + 70 * place
        parts += [_part(name, x, 8, 18, 12, key), _text(x + 24, 18, word, "start", _SMALL)]
    return "".join(parts)


def _patterns(key: str) -> str:
    size = 'width="6" height="6" patternUnits="userSpaceOnUse"'
    hatch = '<path d="M0 6L6 0" stroke="currentColor" stroke-opacity="0.55" stroke-width="1.4"/>'
    dot = '<circle cx="3" cy="3" r="1" fill="currentColor" fill-opacity="0.45"/>'
    neg = f'<pattern id="neg-{key}" {size}>{hatch}</pattern>'
    return f'<defs>{neg}<pattern id="pos-{key}" {size}>{dot}</pattern></defs>'


def _column(item: Bin, x: float, step: float, most: int, *, named: bool) -> str:
    height = (_FLOOR - 22) * item.count / most
    middle = x + step / 2
    parts = [_box("bar", x + step * 0.15, _FLOOR - height, step * 0.7, height, 0.35)]
    if named:
        parts.append(_text(middle, _FLOOR - height - 5, str(item.count), "middle", _SMALL))
        parts.append(_text(middle, _FLOOR + 17, item.label, "middle", _SMALL))
    return "".join(parts)


def _chart(title: str, body: str, height: int, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Chart:
    key = _key(title, rows)
    lines = "；".join("，".join(f"{h} {cell}".strip() for h, cell in zip(headers, row, strict=True)) for row in rows)
    names = f'<title id="t-{key}">{escape(title)}</title><desc id="d-{key}">{escape(lines or "没有数据")}</desc>'
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" {size}'
    svg = f'{head} aria-labelledby="t-{key} d-{key}" font-family="sans-serif">{names}{body}</svg>'
    return Chart(title, svg, headers, rows)


def _key(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Name a chart by its content: ids stay unique in a page and the same from run to run."""
    return hashlib.sha256(repr((title, rows)).encode()).hexdigest()[:10]


def _runs(points: Sequence[TrendPoint]) -> list[list[TrendPoint]]:
    runs: list[list[TrendPoint]] = [[]]
    for point in points:
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _sequences(bounds: Sequence[tuple[float, float] | None]) -> list[list[tuple[int, tuple[float, float]]]]:
    """Return the places of bounds that only narrow, together: where they are missing or widen, others begin."""
    runs: list[list[tuple[int, tuple[float, float]]]] = [[]]
    for place, bound in enumerate(bounds):
        last = runs[-1][-1][1] if runs[-1] else None
        if bound is None or (last is not None and (bound[0] < last[0] or bound[1] > last[1])):
            runs.append([])
        if bound is not None:
            runs[-1].append((place, bound))
    return [run for run in runs if run]


def _share(value: float | None) -> str:
    return "样本不足" if value is None else percent(value)


def _text(
    x: float, y: float, words: str, anchor: str, size: float = _NORMAL, *, faint: bool = False, halo: bool = False,
    full: str = "",
) -> str:  # fmt: skip
    extra = ' fill-opacity="0.7"' if faint else ""
    extra += ' class="halo"' if halo else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    hint = f"<title>{escape(full)}</title>" if full and full != words else ""
    return f'<text {place} fill="currentColor"{extra}>{hint}{escape(words)}</text>'


def _line(
    x1: float, y1: float, x2: float, y2: float, name: str, *, width: float = 1, opacity: float = 1, dash: str = ""
) -> str:
    faint = 0.15 if name == "grid" else opacity
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return (
        f'<line class="{name}" {place} stroke="currentColor" stroke-width="{width}" stroke-opacity="{faint}"{extra}/>'
    )


def _box(name: str, x: float, y: float, width: float, height: float, opacity: float) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{name}" {place} fill="currentColor" fill-opacity="{opacity}"/>'


def _nothing() -> str:
    return _text(WIDTH / 2, 36, "本期没有数据", "middle", faint=True)


def _width(words: str, size: float = _NORMAL) -> float:
    return sum(0.56 if char.isascii() else 1.0 for char in words) * size


def _cut(words: str, room: float) -> str:
    """Shorten words to the room, in pixels, that they have."""
    if _width(words) <= room:
        return words
    while words and _width(words + "…") > room:
        words = words[:-1]
    return words + "…"
