"""A mail in, an RFC 5322 message out: the same bytes every time."""

import hashlib
from datetime import UTC
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path

from alerts.channels.base import Mail
from minsheng.errors import ConfigError, DeliveryFailed

_TYPES = {
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def to_message(mail: Mail, sender: str, reply_to: str = "", files: Path = Path()) -> EmailMessage:
    """Build the message: plain text first, HTML as its alternative, files of the folder, no auto-replies wanted.

    Bodies are base64 and boundaries come from the Message-ID, so that two tries do not differ in one byte.

    Raises:
        ConfigError: ``sender`` or ``reply_to`` is not a mail address.
        DeliveryFailed: An attachment is not there.
    """
    origin = mail_address(sender, "mail.sender")
    message = EmailMessage(policy=SMTP)
    message["From"] = origin
    message["To"] = ", ".join(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at.astimezone(UTC))
    message["Message-ID"] = mail.id
    if reply_to:
        message["Reply-To"] = mail_address(reply_to, "mail.reply_to")
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Id"] = f"<alerts.minsheng.{origin.domain}>"
    message.set_content(mail.text, cte="base64")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    for name in mail.attachments:
        _attach(message, files, name)
    key = hashlib.sha256(mail.id.encode()).hexdigest()[:32]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"minsheng-{key}-{number}" if number else f"minsheng-{key}")
    return message


def _attach(message: EmailMessage, files: Path, name: str) -> None:
    path = files / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DeliveryFailed(f"attachment {path}: {error}. Make the briefing again, or restore the file") from error
    kind, _, form = _TYPES[path.suffix].partition("/")
    message.add_attachment(content, maintype=kind, subtype=form, filename=path.name)


def mail_address(text: str, setting: str) -> Address:
    """Read ``a@b`` or ``Name <a@b>``.

    Raises:
        ConfigError: It is neither; names the setting.
    """
    name, address = parseaddr(text)
    try:
        read = Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise ConfigError(f"{setting}: {text!r} is not a mail address ({error})") from error
    if not (read.username and read.domain) or not (address.isascii() and text.isprintable()):
        raise ConfigError(f"{setting}: {text!r} is not a mail address; want minsheng@example.cn or 民声 <…>")
    return read
