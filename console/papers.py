"""Briefings as the app makes and sends them and a page shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerts.outbox import QueuedMail


@dataclass(frozen=True, slots=True)
class Papers:
    """What the pages of briefings do. Each raises a ``MinshengError`` that says why, where it does nothing.

    ``make`` takes a kind and for a 专报 the id of its project, makes it up to now and returns its files.
    ``recipients`` gives who is meant to get a kind, ``mailed`` the mails of a briefing by its id. ``send`` makes an
    archived one again for the same days, with the same number, and queues its mail; False if it was sent before.
    """

    make: Callable[[str, str], Sequence[Path]]
    recipients: Callable[[str], Sequence[str]]
    mailed: Callable[[str], Sequence[QueuedMail]]
    send: Callable[[str], bool]
