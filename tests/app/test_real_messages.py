"""The main job on real input: messages of a government board with their official replies, over HTTP."""

import pytest

from app.bootstrap import Office
from app.work import brief, crawl_source, deliver_mail, ingest_inbox, watch_projects
from benchmarks.board import served
from benchmarks.real import NOW, read_board, write_deployment
from indexer.base import Query
from minsheng.domain import Kind

PART = 60


@pytest.fixture
def office(tmp_path):
    board = read_board(PART)
    with served(board) as url:
        write_deployment(tmp_path, url)
        office = Office(tmp_path, {}, now=lambda: NOW)
        yield office
        office.close()


@pytest.mark.shared
def test_real_messages_go_all_the_way_from_web_pages_to_a_briefing(office):
    board = read_board(PART)

    reports = [crawl_source(office, name) for name in office.source_configs]
    again = [crawl_source(office, name) for name in office.source_configs]
    taken = ingest_inbox(office)
    findings, _ = watch_projects(office)
    delivered = deliver_mail(office)
    html, docx = brief(office, "weekly")

    replies = sum(bool(message.reply) for message in board.replies)
    assert [report.outcome for report in reports] == ["ok", "ok"]
    assert [report.posts for report in again] == [0, 0]
    assert taken.new == 2 * PART + replies
    assert taken.set_aside == 0
    assert office.index.count(Query(kinds=(Kind.OFFICIAL,))) == replies
    assert {finding.project for finding in findings} == set(office.register.projects)
    assert all(finding.why for finding in findings)
    assert delivered.failed == 0
    assert all(project.name in html.read_text("utf-8") for project in office.register.projects.values())
    assert docx.stat().st_size > 10_000


@pytest.mark.shared
def test_nothing_personal_of_the_real_replies_reaches_the_disk(office):
    """The replies greet their writers by their account: 网友“A00023583”."""
    for name in office.source_configs:
        crawl_source(office, name)

    written = b"".join(path.read_bytes() for path in office.folders.var.rglob("*") if path.is_file())

    assert b"A000" not in written
    assert "[昵称]".encode() in written
