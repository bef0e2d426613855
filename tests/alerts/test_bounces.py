"""Mailboxes with reports of mail servers in, what became of our mails out; everything else in them is left alone."""

import mailbox
from datetime import UTC, datetime, timedelta
from email import message_from_string
from pathlib import Path

import pytest

from alerts.bounces import Bounce, bounces_of, read_bounces
from alerts.channels.base import Mail
from alerts.channels.folder import FolderChannel
from alerts.hours import Hours
from alerts.outbox import MailState, Outbox
from minsheng.errors import ConfigError

START = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
OURS = Mail("<a@example.cn>", ("Zhang@example.cn", "li@example.cn"), "【民声提示】a", "文", "<p>文</p>", START, "a")
HEADERS = "text/rfc822-headers\n\nFrom: 民声 <m@example.cn>\nMessage-ID: <a@example.cn>\nSubject: a\n"
WHOLE = "message/rfc822\n\nFrom: m@example.cn\nMessage-ID: <a@example.cn>\nSubject: a\n\n文\n"


def report(*blocks: str, original: str = HEADERS, kind: str = "delivery-status") -> str:
    """Write a report as Postfix does."""
    status = "\n\n".join(("Reporting-MTA: dns; mx.example.cn", *blocks))
    return (
        "From: MAILER-DAEMON@mx.example.cn\nTo: m@example.cn\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n\n"
        f"--b\nContent-Type: message/delivery-status\n\n{status}\n\n"
        f"--b\nContent-Type: {original}\n--b--\n"
    )


FAILED = (
    "Final-Recipient: rfc822; zhang@example.cn\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1\n no such mailbox"
)
LATE = "Final-Recipient: rfc822; li@example.cn\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; 451 later"
TAKEN = "Final-Recipient: rfc822; li@example.cn\nAction: relayed\nStatus: 2.0.0"


@pytest.fixture
def sent(tmp_path: Path) -> Outbox:
    """An outbox whose one mail was taken."""
    outbox = Outbox(tmp_path / "alerts.sqlite")
    outbox.add(OURS)
    outbox.deliver(FolderChannel(tmp_path / "mail", "m@example.cn"), START)
    return outbox


@pytest.mark.parametrize("original", [HEADERS, WHOLE])
def test_a_report_names_the_mail_the_recipient_and_the_answer(original):
    found = bounces_of(message_from_string(report(FAILED, LATE, TAKEN, original=original)))

    assert found == [
        Bounce("<a@example.cn>", "zhang@example.cn", True, "5.1.1 smtp; 550 5.1.1 no such mailbox"),
        Bounce("<a@example.cn>", "li@example.cn", False, "4.4.1 smtp; 451 later"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "From: a@example.cn\nSubject: 自动回复\n\n我在休假\n",
        report(FAILED, kind="disposition-notification"),
        report(FAILED, original="text/plain\n\nnothing\n"),
        report("Action: failed\nStatus: 5.0.0"),
        report(),
        "Content-Type: multipart/report; report-type=delivery-status\n\nbroken",
    ],
)
def test_what_is_no_report_about_a_mail_of_ours_says_nothing(text):
    assert bounces_of(message_from_string(text)) == []


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_both_kinds_of_mailbox_are_read_and_stay_as_they_are(kind, tmp_path):
    place = tmp_path / "box"
    box = mailbox.Maildir(place) if kind == "maildir" else mailbox.mbox(place)
    box.add(report(FAILED).encode())
    box.add("From: a@example.cn\n\nhello\n")
    box.close()

    first, second = list(read_bounces(place)), list(read_bounces(place))

    assert [bounce.recipient for bounce in first] == ["zhang@example.cn"]
    assert second == first


def test_a_mailbox_that_is_not_there_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(ConfigError, match=r"mail\.bounces: .* Maildir"):
        list(read_bounces(tmp_path / "none"))


def test_a_bounce_is_noted_once_under_its_mail_and_may_be_sent_again(sent):
    bounce = Bounce(OURS.id, "zhang@example.cn", True, "5.1.1 no such mailbox")

    news = [sent.bounced(bounce, START), sent.bounced(bounce, START)]

    (queued,) = sent.mails()
    assert news == [True, False]
    assert (queued.state, queued.refused) == (MailState.BOUNCED, ("Zhang@example.cn",))
    assert "no such mailbox" in queued.reply
    sent.retry(OURS.id, START)
    assert sent.mails()[0].mail.envelope == ("Zhang@example.cn",)


def test_a_late_mail_is_logged_and_stays_sent(sent):
    assert sent.bounced(Bounce(OURS.id, "li@example.cn", False, "4.4.1 later"), START)

    assert sent.mails()[0].state is MailState.SENT
    assert [attempt.outcome for attempt in sent.log()] == ["delayed", "sent"]


@pytest.mark.parametrize(
    "bounce",
    [
        Bounce("<other@example.cn>", "zhang@example.cn", True, "5.1.1"),
        Bounce(OURS.id, "stranger@example.cn", True, "5.1.1"),
    ],
)
def test_a_forged_report_changes_nothing(bounce, sent):
    assert not sent.bounced(bounce, START)
    assert sent.mails()[0].state is MailState.SENT


def test_mail_waits_for_the_permitted_hour_and_leaves_then(tmp_path):
    outbox = Outbox(tmp_path / "alerts.sqlite", hours=Hours("11:00-14:00"))
    channel = FolderChannel(tmp_path / "mail", "m@example.cn")
    outbox.add(OURS)

    early = outbox.deliver(channel, START)  # noon in Beijing
    later = outbox.deliver(channel, START + timedelta(hours=2))

    assert (early.sent, early.waiting) == (0, 1)
    assert "03-10 14:00 后再发" in early.note
    assert later.sent == 1
