"""Mails in, .eml files and channels out."""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from alerts.channels import open_channel
from alerts.channels.base import Mail, Unreachable
from alerts.channels.folder import FolderChannel
from alerts.channels.message import to_message
from alerts.channels.smtp import SmtpChannel
from minsheng.errors import ConfigError
from minsheng.settings import MailSettings

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
SUBJECT = "【民声提示】文昌路改造工程（一期、二期及配套管网）｜表述与评论偏离（n=85）"


def mail(**fields: object) -> Mail:
    values = {
        "id": "<alert.1.abc@example.cn>", "to": ("a@example.cn", "b@example.cn"), "subject": SUBJECT,
        "text": "路面又挖开了😀\n.\nFrom 开头的行\n", "html": "<p>路面又挖开了</p>", "created_at": NOW, "alert": "1",
    }  # fmt: skip
    return Mail(**(values | fields))


def read(content: bytes) -> EmailMessage:
    return BytesParser(policy=policy.SMTP).parsebytes(content)


@pytest.fixture
def folder(tmp_path: Path) -> FolderChannel:
    return FolderChannel(tmp_path / "mail", "民声 <minsheng@example.cn>", "operator@example.cn")


def test_the_file_is_a_mail_that_any_program_reads(folder):
    message = read(Path(folder.send(mail())).read_bytes())

    assert message["Subject"] == SUBJECT
    assert (message["From"], message["To"]) == ("民声 <minsheng@example.cn>", "a@example.cn, b@example.cn")
    assert (message["Reply-To"], message["Message-ID"]) == ("operator@example.cn", "<alert.1.abc@example.cn>")
    assert (message["Auto-Submitted"], message["List-Id"]) == ("auto-generated", "<alerts.minsheng.example.cn>")
    assert message["Date"].datetime == NOW
    assert message.get_content_type() == "multipart/alternative"
    assert message.get_body(("plain",)).get_content() == "路面又挖开了😀\r\n.\r\nFrom 开头的行\r\n"
    assert message.get_body(("html",)).get_content() == "<p>路面又挖开了</p>\r\n"


def test_every_line_of_the_file_is_short_and_ascii(folder):
    content = Path(folder.send(mail(text="长" * 5000))).read_bytes()

    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78


def test_the_same_mail_sent_twice_is_one_file_with_the_same_bytes(folder, tmp_path):
    path = Path(folder.send(mail()))
    first = path.read_bytes()
    path.write_bytes(b"an officer has looked at it")

    assert Path(folder.send(mail())).read_bytes() == b"an officer has looked at it"
    assert [p.name for p in (tmp_path / "mail").iterdir()] == ["alert.1.abc.eml"]
    assert to_message(mail(), "民声 <minsheng@example.cn>", "operator@example.cn").as_bytes() == first


def test_a_draft_left_by_a_crash_does_not_count_as_the_mail(folder, tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / ".alert.1.abc.eml.draft").write_bytes(b"half a ma")

    path = folder.send(mail())

    assert read(Path(path).read_bytes())["Subject"] == SUBJECT
    assert [p.name for p in (tmp_path / "mail").iterdir()] == ["alert.1.abc.eml"]


def test_a_folder_that_cannot_be_written_is_unreachable(tmp_path):
    (tmp_path / "mail").write_text("a file where the folder should be")

    with pytest.raises(Unreachable, match="cannot be written"):
        FolderChannel(tmp_path / "mail", "a@example.cn").send(mail())


@pytest.mark.parametrize("sender", ["", "nobody", "a@", "@b.cn", "a@b.cn\r\nBcc: c@d.cn", "张@例子.cn", "a b@c.cn"])
def test_a_sender_that_is_no_address_is_refused_before_any_mail(tmp_path, sender):
    with pytest.raises(ConfigError, match=r"mail\.sender"):
        FolderChannel(tmp_path, sender)


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "题\r\nBcc: c@d.cn"},
        {"subject": "题\nBcc: c@d.cn"},
        {"subject": "题\u2028Bcc: c@d.cn"},
        {"to": ("a@b.cn\r\nBcc: c@d.cn",)},
        {"to": ("a@b.cn, c@d.cn",)},
        {"to": ()},
        {"id": "<a@b>\r\nBcc: <c@d>"},
        {"id": "<../../etc/passwd@b>"},
        {"created_at": NOW.replace(tzinfo=None)},
    ],
)
def test_a_mail_that_could_smuggle_a_header_or_a_path_cannot_be_made(fields):
    with pytest.raises(ValueError, match="mail|Message-ID"):
        mail(**fields)


def test_the_default_channel_writes_to_the_mail_folder(tmp_path):
    channel = open_channel(MailSettings(), tmp_path)

    assert Path(channel.send(mail())).parent == tmp_path / "mail"


def test_smtp_is_chosen_by_the_settings_and_connects_to_nothing_yet(tmp_path):
    channel = open_channel(MailSettings(channel="smtp", host="smtp.invalid"), tmp_path)

    assert isinstance(channel, SmtpChannel)
