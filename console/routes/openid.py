"""Logging in at the office's own provider: there, and back again."""

import logging
from typing import Final

from fastapi import HTTPException, Request, Response
from starlette.responses import RedirectResponse

from console.access.door import Entrance
from console.access.openid import LoginRefused, OpenId, ProviderUnavailable
from console.access.visit import Visit, visit_of
from console.language import say
from console.render import chinese
from console.routes.login import is_ours, show_again

logger = logging.getLogger(__name__)

BACK: Final = "/login/oidc/back"
"""Where the provider sends browsers; the operator tells it this address."""

AWAY = "单位的统一认证现在用不了，已记入日志。请稍后再试；若仍如此，请告诉运维。"
_TOO_OFTEN = "错误次数过多，请过一刻钟再试。"


def begin(request: Request) -> Response:
    """Send the browser to the provider."""
    visit = visit_of(request)
    openid, _ = _provider(visit)
    wanted = request.query_params.get("next", "")
    try:
        address = openid.begin(visit.key, visit.now())
    except ProviderUnavailable as error:
        return _away(request, error)
    visit.keep_way(wanted if is_ours(wanted) else "/")
    return RedirectResponse(address, 303)


def finish(request: Request) -> Response:
    """Begin a session for whom the provider names, or say why not."""
    visit = visit_of(request)
    openid, entrance = _provider(visit)
    now, wanted = visit.now(), visit.way()
    if entrance.attempts.try_(f"oidc {visit.address}", visit.address, now) is not None:
        return show_again(request, say(_TOO_OFTEN), 429)
    try:
        named = openid.finish(visit.key, dict(request.query_params), now)
    except ProviderUnavailable as error:
        return _away(request, error)
    except LoginRefused as error:
        visit.note("login refused", f"{error} from {visit.address}")
        return show_again(request, chinese(str(error)), 403)
    entrance.attempts.forgive(f"oidc {visit.address}", visit.address, now)
    person = entrance.staff.admit(named, now)
    visit.known = person
    visit.note(
        "login", f"by provider as {person.role.value} {person.department} from {visit.address}".replace("  ", " ")
    )
    visit.enter(person)
    return RedirectResponse(wanted if is_ours(wanted) else "/", 303)


def _provider(visit: Visit) -> tuple[OpenId, Entrance]:
    if visit.door.openid is None or visit.door.entrance is None:
        raise HTTPException(404, say("本站不用统一认证登录。"))
    return visit.door.openid, visit.door.entrance


def _away(request: Request, error: ProviderUnavailable) -> Response:
    logger.error("login provider failed error=%s", error)
    return show_again(request, say(AWAY), 503)
