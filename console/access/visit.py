"""One request in, who asks and which cookies go back out."""

import base64
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import quote, unquote

from markupsafe import Markup
from starlette.requests import HTTPConnection
from starlette.types import Scope

from console.access.door import Door
from console.access.roles import LOCAL, Person
from console.access.secrets import digest_of, is_key, new_key
from console.desk import Desk
from console.narrowing import narrowed

FIELD: Final = "csrf"
"""The hidden field of every form that changes something."""

HEADER: Final = "x-csrf-token"
"""The header in which a script of our own may send it instead."""

_FLASH_SECONDS = 60
_WAY_SECONDS = 900
_LONGEST_FLASH = 300


class Visit:
    """Who asks, over which connection, and what their browser keeps.

    The one cookie is the key of the session, or a random key before the login and where there is none. The CSRF token
    is derived from it: who cannot read the cookie cannot know the token.
    """

    def __init__(self, scope: Scope, door: Door, desk: Desk) -> None:
        self.door, self._desk = door, desk
        self._request = HTTPConnection(scope)
        self._set: dict[str, tuple[str, int | None]] = {}
        self.known: Person | None = None
        self._narrowed: tuple[str, Desk] | None = None
        self.route = ""

    @property
    def desk(self) -> Desk:
        """What who asks may see: all, or what their department sees. Every page and the whole API start here."""
        if self.known is None or not self.known.department:
            return self._desk
        if self._narrowed is None or self._narrowed[0] != self.known.department:
            self._narrowed = self.known.department, narrowed(self._desk, self.known.department)
        return self._narrowed[1]

    @cached_property
    def peer(self) -> str:
        """The address of whoever holds the other end of the connection."""
        return self._request.client.host if self._request.client else ""

    @cached_property
    def is_by_proxy(self) -> bool:
        """Whether a trusted proxy asks on behalf of somebody."""
        return self.peer in self.door.proxies

    @cached_property
    def address(self) -> str:
        """The address of who asks; a trusted proxy names it, the last that it saw."""
        named = self._request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return named if self.is_by_proxy and named else self.peer

    @cached_property
    def scheme(self) -> str:
        """Whether the browser came over http or https."""
        named = self._request.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        return named if self.is_by_proxy and named in {"http", "https"} else str(self._request.scope["scheme"])

    def now(self) -> datetime:
        """Return what time it is at the desk."""
        return self._desk.now()

    def here(self) -> str:
        """Return the address that was asked for, readable."""
        url = self._request.url
        return unquote(url.path + (f"?{url.query}" if url.query else ""), errors="backslashreplace")

    @property
    def host(self) -> str:
        """The name by which the console was called, with its port."""
        return self._request.headers.get("host", "").lower()

    @cached_property
    def key(self) -> str:
        """The key that the cookie holds; one is made and sent where there was none."""
        found = self._request.cookies.get(self._cookie, "")
        if is_key(found):
            return found
        made = new_key()
        self._set[self._cookie] = (made, None)
        return made

    @property
    def csrf(self) -> str:
        """The token that a change must bring."""
        return digest_of(self.key, FIELD)

    def csrf_field(self) -> Markup:
        """Return the hidden field for a form."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, self.csrf)

    def brings(self, token: str) -> bool:
        """Whether a token is the one of this visitor."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())

    def is_from_here(self) -> bool:
        """Whether a page of this console sent the request, as far as the browser says; old browsers say nothing."""
        origin, site = self._request.headers.get("origin"), self._request.headers.get("sec-fetch-site")
        return origin in {None, f"{self.scheme}://{self.host}"} and site in {None, "same-origin", "none"}

    def find_person(self) -> Person | None:
        """Find out who asks, once; reads the file of accounts."""
        if self.known is None:
            self.known = self._asked()
        return self.known

    def _asked(self) -> Person | None:
        entrance = self.door.entrance
        kind, _, key = self._request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return entrance.tokens.person(key.strip(), self.now()) if entrance else None
        if entrance is None:
            return LOCAL
        if self.door.login == "proxy":
            named = self._request.headers.get(self.door.proxy_header, "") if self.is_by_proxy else ""
            return entrance.staff.find(named) if named else None
        return entrance.sessions.person(self._request.cookies.get(self._cookie, ""), self.now())

    def enter(self, person: Person) -> None:
        """Begin a session under a fresh key, whatever key came with the request."""
        if self.door.entrance is None:
            raise ValueError("there is no login here")
        self.leave()
        self.known = person
        self.key = self.door.entrance.sessions.begin(person, self.now())
        self._set[self._cookie] = (self.key, None)

    def leave(self) -> None:
        """End the session, if there is one; the next key is another."""
        if self.door.entrance is not None:
            self.door.entrance.sessions.end(self._request.cookies.get(self._cookie, ""))
        self.known = None
        self.key = new_key()
        self._set[self._cookie] = (self.key, None)

    def note(self, what: str, about: str) -> None:
        """Write into the audit log what is about to be done; what cannot be noted is not done."""
        with self.noted(what, about):
            pass

    @contextmanager
    def noted(self, what: str, about: str) -> Iterator[None]:
        """Write into the audit log what is read inside the block, which ends when the line is on the disk.

        Nothing that was read may leave before: many readers then share one wait for the disk, or have none.
        """
        audit = self.door.audit
        noting = audit.begin(self.known.name if self.known else "", what, about, self.now()) if audit else None
        try:
            yield
        finally:
            if noting is not None:
                noting.wait()

    def keep_way(self, address: str) -> None:
        """Keep for a login elsewhere where this browser was going; it goes only to pages of ours (``is_ours``)."""
        self._set[self._way] = (quote(address, safe="/"), _WAY_SECONDS)

    def way(self) -> str:
        """Return where this browser was going, and forget it."""
        self._set.setdefault(self._way, ("", 0))
        return unquote(self._request.cookies.get(self._way, ""), errors="replace")

    def say(self, text: str) -> None:
        """Show a sentence on the next page, once."""
        body = base64.urlsafe_b64encode(text[:_LONGEST_FLASH].encode("utf-8", "replace")).decode()
        self._set[self._flash] = (f"{digest_of(self.key + body, 'flash')}.{body}", _FLASH_SECONDS)

    def heard(self) -> str:
        """Return what is to be shown, and forget it."""
        seal, _, body = self._request.cookies.get(self._flash, "").partition(".")
        if not body:
            return ""
        self._set.setdefault(self._flash, ("", 0))
        if not hmac.compare_digest(seal.encode(), digest_of(self.key + body, "flash").encode()):
            return ""
        return base64.urlsafe_b64decode(body).decode()

    def cookies(self) -> Iterator[str]:
        """Yield the Set-Cookie headers that answer this request."""
        for name, (value, seconds) in self._set.items():
            made: SimpleCookie = SimpleCookie({name: value})
            marks = {
                "path": "/",
                "httponly": True,
                "samesite": "Lax",
                "secure": self.scheme == "https",
                "max-age": "" if seconds is None else seconds,  # "" is left out: the cookie ends with the browser
            }
            for mark, worth in marks.items():
                made[name][mark] = worth
            yield made[name].OutputString()

    @property
    def _cookie(self) -> str:
        return "__Host-minsheng" if self.scheme == "https" else "minsheng"

    @property
    def _way(self) -> str:
        return f"{self._cookie}-way"

    @property
    def _flash(self) -> str:
        return f"{self._cookie}-said"


def visit_of(request: HTTPConnection) -> Visit:
    """Return the visit that the guard has opened for a request."""
    visit: Visit = request.state.visit
    return visit
