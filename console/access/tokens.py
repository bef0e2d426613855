"""Keys of programs that ask the HTTP API: given out once, kept as digests, ended by date or by hand."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from alerts.database import Database, moment, stamp
from console.access.roles import Person, Role
from console.access.secrets import digest_of, new_key
from minsheng.errors import ConfigError
from minsheng.strict import nearest

SCOPES: Final = ("posts", "projects", "claims", "alerts", "sources", "metrics")
"""What a token may be good for; each covers the addresses that the table of routes gives it."""

PREFIX: Final = "minsheng_"
"""Every key begins with it, so that scanners find one that was published by mistake."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a key that was given out; the key itself is not."""

    id: str
    title: str
    scopes: tuple[str, ...]
    department: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether the key opens anything."""
        return self.revoked_at is None and now < self.expires_at


class Tokens:
    """The tokens of a deployment."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def add(
        self, title: str, scopes: Sequence[str], department: str, now: datetime, lasting: timedelta
    ) -> tuple[Token, str]:
        """Make a token; return it and its key, which nobody can read again.

        Raises:
            ConfigError: It has no title or no scope, or a scope is unknown.
        """
        for scope in scopes:
            if scope not in SCOPES:
                raise ConfigError(f"token: no scope {scope!r}; {nearest(scope, list(SCOPES))}")
        if not scopes or not title.strip():
            raise ConfigError(
                f"token: needs a title (which program uses it) and some of the scopes {', '.join(SCOPES)}"
            )
        key = PREFIX + new_key()
        token = Token(secrets.token_hex(4), title.strip(), tuple(scopes), department, now, now + lasting, None)
        row = (token.id, digest_of(key), token.title, " ".join(scopes), department, stamp(now), stamp(token.expires_at))
        with self._store.write() as rows:
            rows.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", row)
        return token, key

    def all(self) -> list[Token]:
        """Return every token that was ever given out, the latest first."""
        with self._store.read() as rows:
            found = rows.execute("SELECT * FROM tokens ORDER BY made_at DESC, id").fetchall()
        return [
            Token(
                row["id"],
                row["title"],
                tuple(row["scopes"].split()),
                row["department"],
                moment(row["made_at"]),
                moment(row["expires_at"]),
                moment(row["revoked_at"]) if row["revoked_at"] else None,
            )
            for row in found
        ]

    def revoke(self, token_id: str, now: datetime) -> None:
        """End a token at once.

        Raises:
            ConfigError: There is none of this id.
        """
        with self._store.write() as rows:
            done = rows.execute(
                "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (stamp(now), token_id)
            )
            if not done.rowcount:
                raise ConfigError(f"token {token_id}: there is none; see minsheng tokens list")

    def person(self, key: str, now: datetime) -> Person | None:
        """Return whom a key stands for: a reader with the scopes of the token, None if it is good for nothing."""
        if not key.startswith(PREFIX):
            return None
        with self._store.read() as rows:
            row = rows.execute(
                "SELECT * FROM tokens WHERE digest = ? AND revoked_at IS NULL AND expires_at > ?",
                (digest_of(key), stamp(now)),
            ).fetchone()
        if row is None:
            return None
        return Person(f"token:{row['id']}", Role.READER, row["department"], frozenset(row["scopes"].split()))
