"""Values in, Chinese pages out: the templates, their filters and the headers that every answer carries."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from console.desk import Desk
from indexer.alike import ALIKE
from minsheng import words
from minsheng.charts import interval, percent
from minsheng.domain import BEIJING
from minsheng.web import web_address

HERE = Path(__file__).parent
_MANY, _FEW = 100.0, 10.0
_NEARNESS = ((0.9, "几乎一样"), (ALIKE, "意思相近"), (-1.0, "有些相近"))

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
FILE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""For archived briefings: single files that carry their own style; the sandbox keeps them apart from the console."""

HEADERS: Final[Mapping[str, str]] = _COMMON | {"Content-Security-Policy": PAGE_POLICY}


def desk_of(request: Request) -> Desk:
    """Return what the app handed in."""
    desk: Desk = request.app.state.desk
    return desk


def page(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a template with what every page shows."""
    desk = desk_of(request)
    html = _ENVIRONMENT.get_template(template).render(desk=desk, now=desk.now(), path=request.url.path, **values)
    return HTMLResponse(html, status_code=status, headers={**HEADERS, "Cache-Control": "private, no-cache"})


def beijing(moment: datetime, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a moment on the clock of the office."""
    return moment.astimezone(BEIJING).strftime(form)


def day(value: datetime | date) -> str:
    """Return the Beijing day."""
    return beijing(value, "%Y-%m-%d") if isinstance(value, datetime) else value.isoformat()


def odds(level: float) -> str:
    """Say a tipping point in words: how much likelier the dissatisfied must speak for the claim to hold."""
    if level < 1:
        return "不满者比满意者更少发言，也能成立"
    if level >= _MANY:
        return f"不满者发言的可能须在满意者的 {_MANY:.0f} 倍以上"
    return f"不满者发言的可能须为满意者的 {level:.{0 if level >= _FEW else 1}f} 倍"


def strip(value: float, low: float | None, high: float | None) -> Markup:
    """Draw a share on a line from 0 to 100 %: a band for the interval and a stroke for the estimate."""
    width = 120
    band = Markup()
    if low is not None and high is not None:
        size = max(2.0, (high - low) * width)
        band = Markup('<rect class="band" x="{:.1f}" y="3" width="{:.1f}" height="8"/>').format(low * width, size)
    stroke = Markup('<line class="value" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="14"/>').format(value * width)
    axis = Markup('<path class="axis" d="M0.5 2v10M60 4v6M119.5 2v10M0 7h120"/>')
    head = Markup('<svg class="strip" viewBox="0 0 120 14" width="120" height="14" aria-hidden="true">')
    return head + axis + band + stroke + Markup("</svg>")


def search_link(**pairs: object) -> str:
    """Return the address of a search."""
    return "/search?" + urlencode([(name, str(value)) for name, value in pairs.items()])


def similar_link(**pairs: object) -> str:
    """Return the address of the posts that are similar to one."""
    return "/similar?" + urlencode([(name, str(value)) for name, value in pairs.items()])


def nearness(similarity: float) -> str:
    """Say a similarity in words."""
    return next(word for least, word in _NEARNESS if similarity >= least)


def outside(url: str, text: str) -> Markup:
    """Return a link to another site that tells it nothing, or the text alone if the address is not a web page's."""
    link = web_address(url)
    if link is None:
        return Markup("{}").format(text)
    return Markup('<a href="{}" rel="noreferrer noopener" target="_blank">{}</a>').format(link, text)


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        beijing=beijing,
        day=day,
        percent=percent,
        odds=odds,
        number="{:,}".format,
        claimed=words.claimed,
        beside=words.beside,
        nearness=nearness,
    )
    made.globals.update(
        words=words,
        interval=interval,
        strip=strip,
        outside=outside,
        search_link=search_link,
        similar_link=similar_link,
    )
    return made


_ENVIRONMENT = _environment()
