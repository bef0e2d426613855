"""An outbox in, what the operator sees of it and does about it out, by the real commands."""

import mailbox
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from alerts.channels.base import Mail
from alerts.outbox import MailState
from app.bootstrap import Office
from app.cli import cli
from app.doctor import examine
from minsheng.errors import ConfigError

AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PROJECTS = """\
departments: [{id: housing, name: 住建局, recipients: [housing@office.example]}]
projects: [{id: road, name: 滨江路, region: 城西区, department: housing}]
"""
BOUNCE = """\
From: MAILER-DAEMON@mx.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; gone@office.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such mailbox

--b
Content-Type: text/rfc822-headers

Message-ID: <a@example.cn>
--b--
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment whose mails become files, with one mail that was taken for two recipients."""
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects/p.yml").write_text(PROJECTS, encoding="utf-8")
    (tmp_path / "minsheng.yml").write_text("office: 江临市联络办\nmail: {bounces: box}\n", encoding="utf-8")
    mailbox.Maildir(tmp_path / "box").add(BOUNCE)
    with closing(Office(tmp_path, {})) as office:
        to = ("housing@office.example", "gone@office.example")
        office.outbox.add(Mail("<a@example.cn>", to, "【民声提示】滨江路", "文", "<p>文</p>", AT, "a"))
        office.outbox.deliver(office.channel, AT)
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    done = CliRunner().invoke(cli, ["mail", *arguments, "-C", str(folder)], env={"COLUMNS": "200"})
    if isinstance(done.exception, Exception):
        raise done.exception
    return done.output


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """A terminal wide enough that no word is broken."""
    monkeypatch.setattr("app.mail_commands.out", Console(width=200))


def test_a_bounce_is_found_shown_and_sent_again_to_that_recipient_alone(folder):
    assert "新记下 1 件" in run(folder, "bounces")
    assert "没有新的退信" in run(folder, "bounces")

    listed, log = run(folder), run(folder, "log")
    assert "被退回" in listed
    assert "gone@office.example ✗" in listed
    assert "housing@office.example ✓" in listed
    assert "550 no such mailbox" in log

    assert "已放回待发" in run(folder, "retry", "<a@example.cn>")
    with closing(Office(folder, {})) as office:
        (queued,) = office.outbox.mails(MailState.WAITING)
    assert queued.mail.envelope == ("gone@office.example",)


def test_the_doctor_names_mail_that_waits_for_a_person(folder):
    run(folder, "bounces")

    with closing(Office(folder, {})) as office:
        (mail,) = (check for check in examine(office) if check.name == "邮件 mail")

    assert not mail.ok
    assert "1 mails were refused, given up or bounced, the last to gone@office.example" in mail.detail


def test_a_test_mail_leaves_at_once_and_shows_the_answer(folder):
    assert "已交出" in run(folder, "test", "head@office.example")

    (file,) = (folder / "var/mail").glob("test.*.eml")
    assert "To: head@office.example" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("address", ["nobody", "a@b\nBcc: c@d", "a@b, c@d"])
def test_a_test_mail_to_no_address_is_refused(folder, address):
    with pytest.raises(ConfigError, match="cannot be written to"):
        run(folder, "test", address)


def test_a_mailbox_that_is_not_set_is_said(folder):
    (folder / "minsheng.yml").write_text("office: 江临市联络办\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="mail.bounces is empty"):
        run(folder, "bounces")


def test_an_outbox_without_mails_says_so(folder):
    assert "没有已放弃的邮件" in run(folder, "--state", "gave_up")
