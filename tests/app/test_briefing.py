"""Briefings as the office makes them: which project, which number, which files."""

import json
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser

import pytest

from app.bootstrap import Office
from app.brief_command import brief as command
from app.briefing import brief_project
from app.work import brief, brief_due, deliver_mail
from minsheng.domain import BEIJING
from minsheng.errors import ConfigError
from minsheng.settings import load_settings

MONDAY = datetime(2026, 3, 9, 8, 30, tzinfo=BEIJING)
TO = """
briefing: {recipients: {weekly: [head@office.example]}, attach: [docx, html]}
"""


@pytest.fixture
def office(deployment):
    office = Office(deployment, {})
    (deployment / "var").mkdir()
    yield office
    office.close()


def test_each_special_has_the_next_number_of_its_own_series_and_keeps_it(office):
    first = brief_project(office, "renewal")
    brief_project(office, "road")
    again = brief_project(office, "renewal")
    longer = brief_project(office, "renewal", days=90)

    numbers = [
        json.loads(path.read_text())["number"] for path in sorted(office.folders.briefings.glob("special-*.json"))
    ]
    assert sorted(numbers) == [1, 2, 3]
    assert first == again
    assert {briefing.project for briefing in office.archive.list()} == {"renewal", "road"}
    assert "关于“向阳小区改造”公众反应情况的专报" in first[0].read_text(encoding="utf-8")
    assert "第3期" in longer[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(("project", "days", "why"), [("moon", 30, "no project 'moon'"), ("road", 0, "1 to 366 days")])
def test_a_special_that_cannot_be_made_says_why(office, project, days, why):
    with pytest.raises(ConfigError, match=why):
        brief_project(office, project, days=days)


def test_a_missed_week_is_made_up_and_mailed_once_with_its_files(deployment):
    (deployment / "var").mkdir()
    (deployment / "minsheng.yml").write_text((deployment / "minsheng.yml").read_text() + TO)
    for moment in (MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)):
        office = Office(deployment, {}, now=lambda moment=moment: moment)
        brief_due(office)
        deliver_mail(office)
        office.close()

    mails = [BytesParser(policy=policy.default).parsebytes(path.read_bytes()) for path in deployment.glob("var/mail/*")]
    [mail] = [mail for mail in mails if "周报" in mail["Subject"]]
    assert mail["Subject"] == "【民声周报】2026年3月2日至2026年3月8日公众反应情况｜2026年第1期（总第1期）"
    assert mail["To"] == "head@office.example"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["weekly-2026-W10.html", "weekly-2026-W10.docx"]
    kept = (deployment / "var/briefings/weekly-2026-W10.docx").read_bytes()
    assert next(part for part in mail.iter_attachments() if part.get_filename().endswith("docx")).get_content() == kept
    for form in ("plain", "html"):
        body = mail.get_body((form,)).get_content()
        assert "一、要点" in body
        assert "本期未收到公开评论（n=0）" in body
        assert "不要求任何处置" in body
        assert len(body.encode()) < 100_000


def test_a_briefing_made_without_its_mail_is_mailed_by_the_schedule_once(deployment):
    (deployment / "var").mkdir()
    (deployment / "minsheng.yml").write_text((deployment / "minsheng.yml").read_text() + TO)
    office = Office(deployment, {}, now=lambda: MONDAY)
    brief(office, "weekly")

    before = office.outbox.mails()
    brief_due(office)
    after = brief_due(office)

    assert before == after == []
    assert [queued.mail.subject[:6] for queued in office.outbox.mails()] == ["【民声周报】"]
    assert len(list(deployment.glob("var/briefings/weekly-*.json"))) == 1
    office.close()


def test_a_mail_whose_file_is_gone_waits_and_says_what_to_do(deployment):
    (deployment / "var").mkdir()
    (deployment / "minsheng.yml").write_text((deployment / "minsheng.yml").read_text() + TO)
    office = Office(deployment, {}, now=lambda: MONDAY)
    for path in brief(office, "weekly", mailed=True):
        path.unlink()

    deliver_mail(office)

    [queued] = office.outbox.waiting()
    assert "weekly-2026-W10" in queued.reply
    assert "Make the briefing again, or restore the file" in queued.reply
    office.close()


def test_what_a_mail_carries_must_be_made(deployment):
    (deployment / "minsheng.yml").write_text("briefing: {formats: [html], attach: [pdf]}")

    with pytest.raises(ConfigError, match="attach names pdf, which formats does not"):
        load_settings(deployment, {})


@pytest.mark.parametrize(
    ("kind", "project", "days"), [("special", "", None), ("weekly", "road", None), ("daily", "", 9)]
)
def test_the_command_wants_a_project_for_a_special_and_for_nothing_else(kind, project, days):
    with pytest.raises(ConfigError, match="special needs --project"):
        command(kind, project=project, days=days)
