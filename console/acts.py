"""What the console may change, as the app carries it out: claims, labels, alerts, sources, briefings and mails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alerts.entries import Entry
from alerts.ledger import ClaimLedger
from console.mailing import Mailing
from console.newcomers import Newcomers
from console.papers import Papers
from console.reviewing import Reviews
from minsheng.domain import Alert, AlertState


@dataclass(frozen=True, slots=True)
class TableTaken:
    """What came of a progress table: the new proposals, and per row that was set aside its number and the reason."""

    proposed: tuple[Entry, ...]
    rejected: tuple[tuple[int, str], ...]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Acts:
    """Everything that a form does. Each raises a ``MinshengError`` that says why, where it does nothing.

    ``mask`` hides personal data in what is typed. ``silence`` takes the id of an alert, until when, and why;
    ``history`` gives when an alert came into which state and why. ``import_table`` takes a file, the public address
    of the table, its day, and who published it (empty: the department of each project). ``pause``, ``resume`` and
    ``withdraw`` take the name of a source; ``resting`` and ``withdrawn`` give the names of such. ``papers`` are
    the briefings, ``reviews`` what persons do about claims on watch, ``mailing`` what became of mails, ``newcomers``
    sources on trial.
    """

    ledger: ClaimLedger
    mask: Callable[[str], str]
    silence: Callable[[str, datetime, str], Alert]
    history: Callable[[str], Sequence[tuple[datetime, AlertState, str]]]
    import_table: Callable[[Path, str, datetime, str], TableTaken]
    pause: Callable[[str], None]
    resume: Callable[[str], None]
    withdraw: Callable[[str], None]
    resting: Callable[[], Sequence[str]]
    withdrawn: Callable[[], Sequence[str]]
    papers: Papers
    reviews: Reviews
    mailing: Mailing
    newcomers: Newcomers
