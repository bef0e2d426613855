"""A mail in, an RFC 5322 message out: the same bytes every time."""

import hashlib
from datetime import UTC
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from alerts.channels.base import Mail
from minsheng.errors import ConfigError


def to_message(mail: Mail, sender: str, reply_to: str = "") -> EmailMessage:
    """Build the message: plain text first, HTML as its alternative, headers that keep auto-replies away.

    Bodies are base64 and the boundary comes from the Message-ID, so that two tries do not differ in one byte.

    Raises:
        ConfigError: ``sender`` or ``reply_to`` is not a mail address.
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
    message.set_boundary(f"minsheng-{hashlib.sha256(mail.id.encode()).hexdigest()[:32]}")
    return message


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
