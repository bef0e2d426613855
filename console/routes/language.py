"""The choice of the language: kept in the browser, then back to the page where it was chosen."""

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from console.language import COOKIE, LANGUAGES
from console.render import keep


def choose(request: Request) -> Response:
    """Answer with the way back, which never leads to another site."""
    language = request.path_params["code"]
    if language not in LANGUAGES:
        raise HTTPException(404, f"没有这种语言。可用：{'、'.join(LANGUAGES)}。")
    answer = RedirectResponse(local(request.query_params.get("back", "/")), 303)
    keep(answer, request, COOKIE, language)
    return answer


def local(address: str) -> str:
    r"""Return an address of this site, or the first page for any other; browsers read ``\`` as ``/``."""
    is_here = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_here else "/"
