"""The three roles of an office, and the person who asks."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; each role may all that the one before it may."""

    READER = "reader"
    ANALYST = "analyst"
    ADMIN = "admin"

    def covers(self, least: "Role") -> bool:
        """Whether this role may do what needs at least another."""
        order = list(Role)
        return order.index(self) >= order.index(least)


TITLES = {Role.READER: "查阅", Role.ANALYST: "研判", Role.ADMIN: "管理"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the office; with a ``department`` (its id) only the projects of that are there.

    A program has the ``scopes`` of its token, and the pages are closed to it; a person has none and needs none.
    """

    name: str
    role: Role
    department: str = ""
    scopes: frozenset[str] | None = None

    def may_use(self, scope: str) -> bool:
        """Whether an address of a scope ("" for pages) is open, as far as tokens go."""
        return self.scopes is None or scope in self.scopes

    @property
    def title(self) -> str:
        """The role as a page says it."""
        return TITLES[self.role]


LOCAL = Person("本机", Role.ANALYST)
"""Whoever opens a console that needs no login: it serves this machine alone, and leaves the settings alone."""
