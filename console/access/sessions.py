"""Who is logged in: sessions that end by themselves, and the brake on guessing passwords."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.database import Database, moment, stamp
from console.access.roles import Person, Role
from console.access.secrets import digest_of, is_key, new_key

_NOTED = timedelta(minutes=1)
"""A session's last use is written down no more often."""

WITHIN = timedelta(minutes=15)
MOST_FOR_A_NAME = 10
MOST_FROM_AN_ADDRESS = 30


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions by the digest of their key. One ends ``longest`` after it began, ``idle`` after its last use."""

    store: Database
    longest: timedelta
    idle: timedelta

    def begin(self, person: Person, now: datetime) -> str:
        """Begin a session; return its key, which is new each time (so that none can be planted before the login)."""
        key = new_key()
        with self.store.write() as rows:
            ended = (stamp(now - self.longest), stamp(now - self.idle))
            rows.execute("DELETE FROM sessions WHERE began_at < ? OR seen_at < ?", ended)
            rows.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (digest_of(key), person.name, *[stamp(now)] * 2))
        return key

    def person(self, key: str, now: datetime) -> Person | None:
        """Return whose session this is, None if it has ended or never was."""
        if not is_key(key):
            return None
        with self.store.read() as rows:
            row = rows.execute(
                "SELECT * FROM sessions JOIN staff ON staff.name = sessions.who WHERE digest = ?", (digest_of(key),)
            ).fetchone()
        if row is None or self._has_ended(moment(row["began_at"]), moment(row["seen_at"]), now):
            return None
        if now - moment(row["seen_at"]) > _NOTED:
            with self.store.write() as rows:
                rows.execute("UPDATE sessions SET seen_at = ? WHERE digest = ?", (stamp(now), digest_of(key)))
        return Person(row["name"], Role(row["role"]), row["department"])

    def end(self, key: str) -> None:
        """End a session; nothing happens if there is none."""
        with self.store.write() as rows:
            rows.execute("DELETE FROM sessions WHERE digest = ?", (digest_of(key),))

    def _has_ended(self, began: datetime, seen: datetime, now: datetime) -> bool:
        return now - began > self.longest or now - seen > self.idle


@dataclass(frozen=True, slots=True)
class Attempts:
    """The brake on guessing: so many wrong passwords for one name and from one address, then a pause.

    An attempt counts before its password is looked at, so that many at once are not let through together.
    """

    store: Database

    def try_(self, name: str, address: str, now: datetime) -> timedelta | None:
        """Note an attempt; return None if it may go on, else how long to wait."""
        limits = {f"name:{digest_of(name)}": MOST_FOR_A_NAME, f"from:{address}": MOST_FROM_AN_ADDRESS}
        with self.store.write() as rows:
            rows.execute("DELETE FROM attempts WHERE at <= ?", (stamp(now - WITHIN),))
            for key, most in limits.items():
                found = rows.execute("SELECT at FROM attempts WHERE key = ? ORDER BY at", (key,)).fetchall()
                if len(found) >= most:
                    return moment(found[-most]["at"]) + WITHIN - now
            rows.executemany("INSERT INTO attempts VALUES (?, ?)", [(key, stamp(now)) for key in limits])
        return None

    def forgive(self, name: str, address: str, at: datetime) -> None:
        """Take back an attempt whose password was right, and all others for its name; the address keeps its others."""
        with self.store.write() as rows:
            rows.execute("DELETE FROM attempts WHERE key = ?", (f"name:{digest_of(name)}",))
            rows.execute("DELETE FROM attempts WHERE key = ? AND at = ?", (f"from:{address}", stamp(at)))
