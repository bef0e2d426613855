"""The sender's mailbox in, what mail servers said later of mails that they had taken out (RFC 3464).

Only reports are read: their status part and the Message-ID of the mail that they are about. Nothing is changed or
removed in the mailbox, and no other mail in it is looked into.
"""

import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import unquote
from pathlib import Path

from minsheng.errors import ConfigError

_MOST_WORDS = 300
_FINAL, _DELAYED = "failed", "delayed"


@dataclass(frozen=True, slots=True)
class Bounce:
    """What became of one recipient of a mail; ``mail`` is its Message-ID, ``is_final`` false while it is only late."""

    mail: str
    recipient: str
    is_final: bool
    reply: str


def read_bounces(place: Path) -> Iterator[Bounce]:
    """Yield what the reports in a Maildir folder or an mbox file say.

    Raises:
        ConfigError: There is no such mailbox.
    """
    for message in _messages(place):
        yield from bounces_of(message)


def bounces_of(message: Message) -> list[Bounce]:
    """Return what a message says of our mails; nothing if it is no report of a delivery."""
    if message.get_content_type() != "multipart/report" or message.get_param("report-type") != "delivery-status":
        return []
    parts = [part for part in message.walk() if part is not message]
    statuses = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    ids = [_message_id(part) for part in parts if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}]
    about = next(filter(None, ids), "")
    if not about:
        return []
    fields = [block for status in statuses for block in _blocks(status)]
    return [bounce for block in fields if (bounce := _bounce(about, block)) is not None]


def _bounce(about: str, fields: Message) -> Bounce | None:
    action = str(fields.get("Action", "")).strip().lower()
    recipient = fields.get("Original-Recipient") or fields.get("Final-Recipient")
    if recipient is None or action not in {_FINAL, _DELAYED}:
        return None
    words = f"{fields.get('Status', '')} {fields.get('Diagnostic-Code', '')}"
    reply = " ".join(words.split())[:_MOST_WORDS]
    return Bounce(about, unquote(str(recipient).partition(";")[2].strip()), action == _FINAL, reply)


def _blocks(status: Message) -> list[Message]:
    payload = status.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _message_id(part: Message) -> str:
    """Return the Message-ID of the mail that came back, whole or as its headers alone."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return str(payload[0].get("Message-ID", "")).strip() if isinstance(payload[0], Message) else ""
    headers = [line.partition(":") for line in str(payload).splitlines()]
    return next((value.strip() for name, _, value in headers if name.strip().lower() == "message-id"), "")


def _messages(place: Path) -> Iterator[Message]:
    if (place / "cur").is_dir():
        yield from mailbox.Maildir(place, create=False)
    elif place.is_file():
        yield from mailbox.mbox(place, create=False)
    else:
        raise ConfigError(
            f"mail.bounces: {place} is neither a Maildir folder (with cur/) nor an mbox file; "
            "let fetchmail, getmail or the mail server put the sender's mail there"
        )
