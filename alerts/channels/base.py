"""The port of the ways out: one mail in, the server's reply or the file's path out."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from minsheng.errors import DeliveryFailed

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]+@[A-Za-z0-9._-]+>")


@dataclass(frozen=True, slots=True)
class Mail:
    """A composed mail. ``id`` is its Message-ID, fixed when composed, so that every try carries the same one.

    ``pending`` names the recipients who still wait when the server took the mail for some of them; empty: all.
    ``attachments`` names files below the deployment's ``var``; they are read when the mail is sent.
    """

    id: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    created_at: datetime
    alert: str = ""
    pending: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _MESSAGE_ID.fullmatch(self.id):
            raise ValueError(f"not a Message-ID: {self.id!r}")
        wrong = [address for address in self.to if not _ADDRESS.fullmatch(address)]
        if wrong or not self.to:
            raise ValueError(f"mail {self.id}: not recipients: {self.to!r}")
        if not self.subject.isprintable():
            raise ValueError(f"mail {self.id}: the subject has control characters: {self.subject!r}")
        if self.created_at.tzinfo is None:
            raise ValueError(f"mail {self.id}: created_at must be aware")

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return whom the next try is for."""
        return self.pending or self.to


class Unreachable(DeliveryFailed):
    """No mail at all can leave now (server down, login refused, disk full). Ends this delivery; tried again later."""


class RefusedForGood(DeliveryFailed):
    """This mail will never be taken (5xx). The outbox does not try again by itself."""


class PartlyDelivered(DeliveryFailed):
    """The mail was taken for some recipients. ``later`` may be tried again, ``never`` were refused for good."""

    def __init__(self, message: str, later: tuple[str, ...], never: tuple[str, ...]) -> None:
        super().__init__(message)
        self.later = later
        self.never = never


class Channel(Protocol):
    """A way out for mails.

    - ``send`` returns only when the mail is handed over for every address of ``mail.envelope``.
    - it raises ``DeliveryFailed`` for a failure that may pass, or one of its subclasses above; nothing else.
    - sending the same mail again carries the same Message-ID; a channel that can know it does nothing then.
    """

    def send(self, mail: Mail) -> str: ...
