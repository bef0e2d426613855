"""A chart in, its picture as PNG out: text becomes part of the picture, so that its reader needs no font.

resvg draws; the machine that makes the briefing needs a font with Chinese, and is asked whether it has one.
"""

from functools import cache

from minsheng.charts import Chart

_PIXELS = 1240
"""The width of a picture: 156 mm at 200 dots an inch."""

_STYLE = ".halo{paint-order:stroke;stroke:#ffffff;stroke-width:4px;stroke-linejoin:round}"
_FONTS = "Noto Sans CJK SC"
_TRIAL = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" font-size="30"><text x="5" y="32">{}</text></svg>'
)


def picture(chart: Chart) -> bytes:
    """Return the picture of a chart on white."""
    return _draw(chart.svg, _PIXELS)


@cache
def has_chinese() -> bool:
    """Return whether Chinese can be drawn here: without a font for it all characters look alike."""
    return _draw(_TRIAL.format("民"), 40) != _draw(_TRIAL.format("声"), 40)


def _draw(svg: str, width: int) -> bytes:
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, width=width, background="#ffffff", style_sheet=_STYLE, sans_serif_family=_FONTS,
            font_family=_FONTS, languages=["zh-CN"],
        )
    )  # fmt: skip
