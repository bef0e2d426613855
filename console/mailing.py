"""The mails of the office, as the app hands them in and a page shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.outbox import Attempt, MailState, QueuedMail


@dataclass(frozen=True, slots=True)
class Mailing:
    """What the page of mails asks and does. What does nothing raises a ``MinshengError`` that says why.

    ``mails`` gives those in a state, or all (None); ``log`` the last tries of one mail, or of all, newest first, at
    most so many. ``retry`` puts a mail back in line for those who have not got it; ``try_out`` sends a test mail at
    once and returns the server's answer. ``next_try`` says when a mail that waits is tried. ``way`` is the server by
    name and port, empty where mails are written into a folder.
    """

    mails: Callable[[MailState | None], Sequence[QueuedMail]]
    log: Callable[[str | None, int], Sequence[Attempt]]
    retry: Callable[[str], None]
    try_out: Callable[[str], str]
    next_try: Callable[[QueuedMail], datetime | None]
    way: str
