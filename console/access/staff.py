"""The accounts of the office in a file: added, listed, checked by password, removed."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from alerts.database import Database, stamp
from console.access.roles import Person, Role
from minsheng.errors import ConfigError
from minsheng.strict import nearest

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024
_NAME = re.compile(r"[\w.@-]{1,64}")
_AT_ONCE = 2
"""So many passwords are checked at once: each check takes 64 MiB, by design."""


class Staff:
    """Who may log in. A name is compared without regard to case and width; a password is kept as Argon2id only."""

    def __init__(self, store: Database, hasher: PasswordHasher | None = None) -> None:
        self._store = store
        self._hasher = hasher or PasswordHasher()
        self._turn = BoundedSemaphore(_AT_ONCE)
        self._nobody = self._hasher.hash("nobody has this password")

    def add(self, person: Person, password: str | None, now: datetime) -> Person:
        """Take in somebody; without a password only a trusted proxy can say that it is them.

        Raises:
            ConfigError: The name is taken or has other signs, the password is weak, or an admin has a department.
        """
        name = account_name(person.name)
        if person.role is Role.ADMIN and person.department:
            raise ConfigError(f"account {name}: an admin sees all departments; leave the department out")
        secret = "" if password is None else self._hashed(name, password)
        row = (name, person.role.value, person.department, secret, stamp(now))
        with self._store.write() as rows:
            done = rows.execute("INSERT OR IGNORE INTO staff VALUES (?, ?, ?, ?, ?)", row)
            if not done.rowcount:
                raise ConfigError(f"account {name}: is there already; minsheng users password {name} changes it")
        return Person(name, person.role, person.department)

    def admit(self, person: Person, now: datetime) -> Person:
        """Take in whom a provider vouches for, with the role that it gives them today, whatever they had before.

        Raises:
            ConfigError: The name has other signs than an account's.
        """
        name = account_name(person.name)
        with self._store.write() as rows:
            rows.execute(
                "INSERT INTO staff VALUES (?, ?, ?, '', ?) ON CONFLICT (name)"
                " DO UPDATE SET role = excluded.role, department = excluded.department",
                (name, person.role.value, person.department, stamp(now)),
            )
        return Person(name, person.role, person.department)

    def set_password(self, name: str, password: str) -> None:
        """Change a password and end all sessions of the account.

        Raises:
            ConfigError: There is no such account, or the password is weak.
        """
        name = account_name(name)
        secret = self._hashed(name, password)
        with self._store.write() as rows:
            done = rows.execute("UPDATE staff SET password = ? WHERE name = ?", (secret, name))
            if not done.rowcount:
                raise self._unknown(name)
            rows.execute("DELETE FROM sessions WHERE who = ?", (name,))

    def remove(self, name: str) -> None:
        """Remove an account and end its sessions; the audit log keeps the name.

        Raises:
            ConfigError: There is no such account.
        """
        name = account_name(name)
        with self._store.write() as rows:
            if not rows.execute("DELETE FROM staff WHERE name = ?", (name,)).rowcount:
                raise self._unknown(name)

    def people(self) -> Sequence[Person]:
        """Return everybody, by name."""
        with self._store.read() as rows:
            found = rows.execute("SELECT * FROM staff ORDER BY name").fetchall()
        return [Person(row["name"], Role(row["role"]), row["department"]) for row in found]

    def find(self, name: str) -> Person | None:
        """Return who has a name."""
        wanted = _folded(name)
        return next((person for person in self.people() if person.name == wanted), None)

    def check(self, name: str, password: str) -> Person | None:
        """Return who has this name and password. An unknown name takes as long as a wrong password."""
        with self._store.read() as rows:
            row = rows.execute("SELECT * FROM staff WHERE name = ?", (_folded(name),)).fetchone()
        known = row["password"] if row else ""
        if not self._matches(known or self._nobody, password) or not known:
            return None
        if self._hasher.check_needs_rehash(known):
            self._renew(row["name"], known, password)
        return Person(row["name"], Role(row["role"]), row["department"])

    def _matches(self, secret: str, password: str) -> bool:
        if len(password) > LONGEST_PASSWORD:
            return False
        with self._turn:
            try:
                return self._hasher.verify(secret, password)
            except (VerificationError, InvalidHashError):
                return False

    def _renew(self, name: str, known: str, password: str) -> None:
        """Hash a password anew where the library asks for more work by now, unless it was changed meanwhile."""
        with self._turn:
            secret = self._hasher.hash(password)
        with self._store.write() as rows:
            rows.execute("UPDATE staff SET password = ? WHERE name = ? AND password = ?", (secret, name, known))

    def _hashed(self, name: str, password: str) -> str:
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise ConfigError(f"account {name}: a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} signs")
        if name in password.casefold() or len(set(password)) < SHORTEST_PASSWORD // 2:
            raise ConfigError(f"account {name}: this password is guessed at once; take several unrelated words")
        with self._turn:
            return self._hasher.hash(password)

    def _unknown(self, name: str) -> ConfigError:
        names = [person.name for person in self.people()]
        return ConfigError(f"account {name}: not there; {nearest(name, names) if names else 'see minsheng users add'}")


def account_name(name: str) -> str:
    """Return a name as it is stored.

    Raises:
        ConfigError: It has other signs than letters, digits and ``. @ - _``.
    """
    folded = _folded(name)
    if not _NAME.fullmatch(folded):
        raise ConfigError(f"account {name!r}: a name has 1 to 64 letters, digits and . @ - _")
    return folded


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()
