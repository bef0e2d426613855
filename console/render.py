"""Values in, pages out: the templates, their filters and the headers that every answer carries."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import jinja2
from fastapi import HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from console.access.roles import Role
from console.access.visit import visit_of
from console.acts import Acts
from console.desk import Desk
from console.language import CHINESE, LANGUAGES, language_of, say, say_number, speaking, spoken
from indexer.alike import ALIKE
from minsheng import words
from minsheng.charts import interval, percent
from minsheng.domain import BEIJING
from minsheng.web import web_address

HERE = Path(__file__).parent
_YEAR = 365 * 86400
_MANY, _FEW = 100.0, 10.0
_NEARNESS = ((0.9, "几乎一样"), (ALIKE, "意思相近"), (-1.0, "有些相近"))

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # "no-referrer" would hide from us that a form was sent from our own page
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""For archived briefings: single files that carry their own style; the sandbox keeps them apart from the console."""

HEADERS: Final[Mapping[str, str]] = _COMMON | {"Content-Security-Policy": PAGE_POLICY}


def desk_of(request: Request) -> Desk:
    """Return what who asks may see of what the app handed in."""
    return visit_of(request).desk


def page(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a template with what every page shows, in the language that the reader chose.

    Beside ``values`` a template has ``desk``, ``now``, ``path``, ``here`` (the address to come back to), ``person``
    (who asks, None before a login; ``name``, ``role``, ``title``, ``department``), whether that person ``may_change``
    and ``may_manage``, ``csrf_field()`` for every form that is posted, and ``flash``.
    """
    desk, visit = desk_of(request), visit_of(request)
    may = {role: bool(desk.acts and visit.known and visit.known.role.covers(role)) for role in Role}
    with speaking(language_of(request)):
        html = _ENVIRONMENT.get_template(template).render(
            desk=desk,
            now=desk.now(),
            path=request.url.path,
            here=_address(request),
            person=visit.known,
            may_change=may[Role.ANALYST],
            may_manage=may[Role.ADMIN],
            has_login=visit.door.login in {"password", "oidc"},
            csrf_field=visit.csrf_field,
            flash=visit.heard(),
            **values,
        )
        headers = {**HEADERS, "Cache-Control": "private, no-cache", "Content-Language": spoken(), "Vary": "Cookie"}
    return HTMLResponse(html, status_code=status, headers=headers)


def acts_of(request: Request) -> Acts:
    """Return what may be changed.

    Raises:
        HTTPException: This console lets everybody read alone.
    """
    acts = desk_of(request).acts
    if acts is None:
        raise HTTPException(403, say("这个控制台只供查阅。"))
    return acts


def keep(answer: Response, request: Request, name: str, value: str) -> None:
    """Let the browser keep a small thing for a year: what the reader chose, or when the reader last looked."""
    secure = visit_of(request).scheme == "https"
    answer.set_cookie(name, value, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def beijing(moment: datetime, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a moment on the clock of the office."""
    return moment.astimezone(BEIJING).strftime(form)


def day(value: datetime | date) -> str:
    """Return the Beijing day."""
    return beijing(value, "%Y-%m-%d") if isinstance(value, datetime) else value.isoformat()


def odds(level: float) -> str:
    """Say a tipping point in words: how much likelier the dissatisfied must speak for the claim to hold."""
    if level < 1:
        return say("不满者比满意者更少发言，也能成立")
    if level >= _MANY:
        return say("不满者发言的可能须在满意者的 %(times)s 倍以上") % {"times": f"{_MANY:.0f}"}
    return say("不满者发言的可能须为满意者的 %(times)s 倍") % {"times": f"{level:.{0 if level >= _FEW else 1}f}"}


def upright(part: float) -> Markup:
    """Draw a part of the most as a bar that stands; its width follows the room that it has."""
    height = max(1.0, 40 * part) if part else 0.0
    return Markup(  # noqa: S704 - numbers alone
        '<svg viewBox="0 0 10 40" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect x="1" y="{40 - height:.1f}" width="8" height="{height:.1f}"/></svg>'
    )


def chinese(text: str) -> Markup:
    """Mark words that are Chinese in any language: names, quotes, reasons; a Chinese page needs no mark."""
    if spoken() == CHINESE:
        return escape(text)
    return Markup('<span lang="zh-CN">{}</span>').format(text)


def zh() -> Markup:
    """Return the attribute that says so of a whole element."""
    return Markup() if spoken() == CHINESE else Markup(' lang="zh-CN"')


def columns(counts: Sequence[int]) -> Markup:
    """Draw counts as upright bars, the last one (which is not over yet) as an outline."""
    most, step, height = max(1, *counts), 7, 30
    bars = Markup().join(
        Markup('<rect class="{}" x="{}" y="{:.1f}" width="5" height="{:.1f}"/>').format(
            "running" if place == len(counts) - 1 else "bar",
            place * step,
            height - max(1.0, height * count / most),
            max(1.0, height * count / most),
        )
        for place, count in enumerate(counts)
    )
    head = Markup('<svg class="columns" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">')
    return head.format(len(counts) * step, height) + bars + Markup("</svg>")


def strip(value: float, low: float | None, high: float | None) -> Markup:
    """Draw a share on a line from 0 to 100 %: a band for the interval and a stroke for the estimate."""
    width = 120
    band = ""
    if low is not None and high is not None:
        size = max(2.0, (high - low) * width)
        band = f'<rect class="band" x="{low * width:.1f}" y="3" width="{size:.1f}" height="8"/>'
    place = f"{value * width:.1f}"
    return Markup(  # noqa: S704 - numbers alone
        '<svg class="strip" viewBox="0 0 120 14" width="120" height="14" aria-hidden="true">'
        f'<path class="axis" d="M0.5 2v10M60 4v6M119.5 2v10M0 7h120"/>{band}'
        f'<line class="value" x1="{place}" x2="{place}" y1="0" y2="14"/></svg>'
    )


def search_link(**pairs: object) -> str:
    """Return the address of a search."""
    return "/search?" + urlencode([(name, str(value)) for name, value in pairs.items()])


def similar_link(**pairs: object) -> str:
    """Return the address of the posts that are similar to one."""
    return "/similar?" + urlencode([(name, str(value)) for name, value in pairs.items()])


def nearness(similarity: float) -> str:
    """Say a similarity in words."""
    return say(next(word for least, word in _NEARNESS if similarity >= least))


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
        extensions=["jinja2.ext.i18n"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(say, say_number, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.filters.update(
        tr=say,
        chinese=chinese,
        beijing=beijing,
        day=day,
        percent=percent,
        odds=odds,
        points="{:+.0%}".format,
        number="{:,}".format,
        claimed=words.claimed,
        beside=words.beside,
        nearness=nearness,
    )
    made.globals.update(
        words=words,
        interval=interval,
        upright=upright,
        strip=strip,
        columns=columns,
        spoken=spoken,
        zh=zh,
        CHINESE=CHINESE,
        LANGUAGES=LANGUAGES,
        outside=outside,
        search_link=search_link,
        similar_link=similar_link,
    )
    return made


_ENVIRONMENT = _environment()
