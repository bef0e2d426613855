"""What the app hands in about access: by which names the console is reached, and how persons say who they are."""

from dataclasses import dataclass
from typing import Literal

from console.access.audit import AuditLog
from console.access.openid import OpenId
from console.access.sessions import Attempts, Sessions
from console.access.staff import Staff
from console.access.tokens import Tokens

Login = Literal["none", "password", "proxy", "oidc"]


@dataclass(frozen=True, slots=True)
class Entrance:
    """The file of accounts and what is asked of it."""

    staff: Staff
    sessions: Sessions
    attempts: Attempts
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Door:
    """How one comes in. As it stands here: from this machine alone, without login, as ``roles.LOCAL``.

    ``hosts`` are names other than those of this machine that the console answers to. ``login`` "password" asks for an
    account of ``entrance``, "oidc" sends to the provider ``openid``, "proxy" takes the name of an account from the
    header ``proxy_header`` of a peer among ``proxies``; their X-Forwarded-For and X-Forwarded-Proto count as well.
    Names other than this machine's are served over TLS alone, unless ``plain_http``. ``open_method``: the method page
    needs no login. What persons do is noted in ``audit``.
    """

    hosts: frozenset[str] = frozenset()
    login: Login = "none"
    entrance: Entrance | None = None
    proxies: frozenset[str] = frozenset()
    proxy_header: str = ""
    plain_http: bool = False
    open_method: bool = False
    requests_per_minute: int = 120
    audit: AuditLog | None = None
    openid: OpenId | None = None

    def __post_init__(self) -> None:
        if (self.login == "none") != (self.entrance is None):
            raise ValueError("a door with a login needs accounts, and one without needs none")
        if (self.login == "oidc") != (self.openid is not None):
            raise ValueError("a login at a provider needs the provider, and no other login does")
        if self.login == "none" and self.hosts:
            raise ValueError("without login the console is for this machine alone")


THIS_MACHINE = Door()
