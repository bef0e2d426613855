"""An office in, what a person may see and do about its mails out: for the console and the command line."""

import hashlib
import html
from datetime import datetime

from alerts.channels.base import Mail
from alerts.hours import Hours
from alerts.mail import message_id
from alerts.outbox import MailState, QueuedMail
from app.bootstrap import Office
from console.mailing import Mailing
from minsheng.errors import ConfigError


def mailing_of(office: Office) -> Mailing:
    """Return the mails of a deployment."""
    return Mailing(
        mails=office.outbox.mails,
        log=office.outbox.log,
        retry=lambda id_: office.outbox.retry(id_, office.now()),
        try_out=lambda to: try_channel(office, to),
        next_try=lambda queued: _next_try(office, queued),
        way=_way(office),
    )


def try_channel(office: Office, to: str) -> str:
    """Send a mail at once that says only that the way out works; return the server's answer.

    Raises:
        ConfigError: ``to`` is not a mail address.
        DeliveryFailed: It was not taken.
    """
    return office.channel.send(_trial_mail(to, office.settings.office, office.settings.mail.sender, office.now()))


def _next_try(office: Office, queued: QueuedMail) -> datetime | None:
    """Return when a mail that waits is tried next, as far as the hours of the office let mail leave."""
    if queued.state is not MailState.WAITING:
        return None
    mail = office.settings.mail
    return Hours(mail.quiet_hours, mail.working_days_only).opens(max(queued.next_try, office.now()))


def _way(office: Office) -> str:
    mail = office.settings.mail
    return f"{mail.host}:{mail.port}" if mail.channel == "smtp" else ""


def _trial_mail(to: str, office: str, sender: str, now: datetime) -> Mail:
    """Write a mail that says only that the way out works.

    Raises:
        ConfigError: ``to`` is not a mail address.
    """
    digest = hashlib.sha256(f"{to} {now.isoformat()}".encode()).hexdigest()[:24]
    text = f"这是{office}的民声系统发出的测试邮件。收到它，说明提示和简报能够送达这个地址。"
    try:
        identity = message_id("test", digest, (to,), sender)
        return Mail(identity, (to,), "【民声测试】邮件通道", text, f"<p>{html.escape(text, quote=False)}</p>", now)
    except ValueError as error:
        raise ConfigError(f"{to!r} cannot be written to: {error}") from error
