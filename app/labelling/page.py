"""A sitting in, its page out: for this machine only, behind an address that only its reader knows."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

import jinja2
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.routing import Mount, Route

from app.labelling.questions import SKIP_KEYS, SKIPS, UNDO_KEY
from app.labelling.sample import Item
from app.labelling.sitting import Sitting
from console.access.guard import LOCAL_HOSTS
from console.render import HEADERS as CONSOLE_HEADERS

HERE = Path(__file__).parent
_LARGEST_FORM = 10_000
HEADERS: Final[Mapping[str, str]] = {
    **CONSOLE_HEADERS,
    "Referrer-Policy": "no-referrer",  # the address holds the secret
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}

Handler = Callable[[Request], Awaitable[Response]]


def create_app(sitting: Sitting, token: str, end: Callable[[], None]) -> FastAPI:
    """Build the page of one sitting under ``/token/``; ``end`` is called when the reader presses 结束."""
    page = _Page(sitting, end)
    acts: dict[str, Handler] = {"answer": page.answer, "skip": page.skip, "undo": page.undo, "end": page.end}
    routes = [
        Route(f"/{token}/", page.show),
        *(Route(f"/{token}/{name}", act, methods=["POST"]) for name, act in acts.items()),
        Mount(f"/{token}/static", StaticFiles(directory=HERE / "static")),
    ]
    app = FastAPI(title="民声标注", docs_url=None, redoc_url=None, openapi_url=None, routes=routes)
    app.add_middleware(BaseHTTPMiddleware, dispatch=_guard)
    return app


async def _guard(request: Request, go_on: RequestResponseEndpoint) -> Response:
    """Refuse foreign host names (DNS rebinding); put the headers on every answer."""
    if (request.url.hostname or "") in {host.strip("[]") for host in LOCAL_HOSTS}:
        answer = await go_on(request)
    else:
        answer = PlainTextResponse("拒绝访问：本页只在本机使用。\n", 400)
    answer.headers.update(HEADERS)
    return answer


class _Page:
    """What the reader sees and does; every act ends in showing the next text."""

    def __init__(self, sitting: Sitting, end: Callable[[], None]) -> None:
        self._sitting, self._end = sitting, end

    async def show(self, request: Request) -> Response:
        del request
        item = self._sitting.current()
        return self._render(item, self._sitting.given(item) if item else {})

    async def answer(self, request: Request) -> Response:
        fields = await _form(request)
        return self._next(fields, self._sitting.answer(fields.get("item", ""), fields))

    async def skip(self, request: Request) -> Response:
        fields = await _form(request)
        return self._next(fields, self._sitting.skip(fields.get("item", ""), fields.get("reason", "")))

    async def undo(self, request: Request) -> Response:
        del request
        self._sitting.undo()
        return _back()

    async def end(self, request: Request) -> Response:
        del request
        self._end()
        return HTMLResponse(_TEMPLATES.get_template("ended.html").render(pace=self._sitting.pace()))

    def _next(self, fields: Mapping[str, str], wrong: str) -> Response:
        if not wrong:
            return _back()
        item = next((each for each in self._sitting.items if each.id == fields.get("item")), None)
        return self._render(item or self._sitting.current(), fields, wrong, 422)

    def _render(self, item: Item | None, given: Mapping[str, str], wrong: str = "", status: int = 200) -> Response:
        sitting = self._sitting
        html = _TEMPLATES.get_template("label.html").render(
            slot=sitting.slot,
            item=item,
            questions=sitting.questions,
            given=given,
            wrong=wrong,
            pair=sitting.both.get(item.id) if item else None,
            pace=sitting.pace(),
            skips=SKIPS,
            skip_keys=SKIP_KEYS,
            undo_key=UNDO_KEY,
        )
        return HTMLResponse(html, status_code=status)


def _back() -> Response:
    # Relative, so that the token stands in no header; 303 turns the form's POST into a GET that can be reloaded.
    return RedirectResponse("./", status_code=303)


async def _form(request: Request) -> dict[str, str]:
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _LARGEST_FORM:
            return {}
    return dict(parse_qsl(content.decode("utf-8", errors="replace"), max_num_fields=20))


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
