"""What follows a crawl: the index follows the site, the operator hears once, the pace and the hours decide."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from app import jobs
from app.bootstrap import Office
from app.crawling import QuietHours, after_crawl, ask_back, is_due, refuse_now
from app.doctor import examine
from app.retention import follow_site, retain
from crawlers import backfill, deletions
from crawlers.inbox import InboxWriter, inbox_files
from crawlers.state import Change, CrawlState, Known
from indexer.base import Query
from indexer.memory import MemoryIndex
from minsheng.crawls import CrawlReport
from minsheng.domain import BEIJING
from minsheng.errors import ConfigError
from models.duplicates import ClusterStore

from .conftest import START

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
SOURCE = """\
name: forum
title: 云溪论坛
kind: public
engine: generic
start_urls: ["http://forum.example/board"]
crawl_every: 2h
thread: {title: h1, comments: {row: div, id: "@id", text: p, time: time}}
assertions: {posts_per_crawl: {min: 1, max: 1000}}
"""
PROJECTS = "departments: [{id: d, name: 住建局, recipients: [a@office.example]}]\nprojects: [{id: road, name: 滨江路, region: 城西区, department: d}]\n"
OPERATOR = "mail: {operator: [op@office.example], sender: 民声 <m@office.example>}\n"


@pytest.fixture
def make_office(tmp_path, make_labelled):
    opened = []

    def make(settings=OPERATOR, now=NOW):
        folder = tmp_path / "office"
        for name, text in {
            "minsheng.yml": settings,
            "sources/forum/source.yml": SOURCE,
            "projects/p.yml": PROJECTS,
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        office = Office(folder, {}, now=lambda: now)
        index = MemoryIndex()
        index.add([
            make_labelled(f"第{n}条", id=f"forum:{n}", url=f"http://forum.example/t/{n}#p", thread=f"http://forum.example/t/{n}")
            for n in range(1, 6)
        ])  # fmt: skip
        office.__dict__["index"] = index
        opened.append(office)
        return office

    yield make
    for office in opened:
        office.close()


def note_gone(office, *ids):
    state = CrawlState(office.folders.crawl_state / "forum.sqlite", office.folders.inbox)
    state.apply(Change(posts={each: Known("x", "t") for each in ids}), NOW, None)
    state.apply(Change(deleted=list(ids)), NOW, None)
    state.close()


def kept(office):
    return {each.post.id for each in office.index.stream(Query())}


def report(hours=0.0, outcome="ok", posts=3, **changes):
    start = NOW + timedelta(hours=hours)
    return CrawlReport("forum", start, start + timedelta(seconds=5), outcome, posts, 2, **changes)


def log_of(office):
    path = office.folders.var / "deletions.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_what_the_site_deleted_goes_from_index_inbox_and_clusters(make_office, make_post):
    office = make_office()
    note_gone(office, "forum:2", "forum:9")
    writer = InboxWriter(office.folders.inbox, "forum", "20260310T030000Z-0000000a")
    for number in (8, 9):
        writer.write(make_post(id=f"forum:{number}"))
    writer.commit()
    store = ClusterStore(office.folders.var / "clusters.sqlite")
    store.assign([make_post(id="forum:2")])
    store.close()

    after_crawl(office, report(deleted=2))
    after_crawl(office, report(1))

    assert kept(office) == {"forum:1", "forum:3", "forum:4", "forum:5"}
    assert "forum:9" not in "".join(file.read_text() for file in inbox_files(office.folders.inbox))
    assert deletions.pending(office.folders.crawl_state / "forum.sqlite") == frozenset()
    assert sorted((row["place"], row["reason"], row["number"]) for row in log_of(office)) == [
        ("inbox", "deleted", 1), ("index", "deleted", 1),
    ]  # fmt: skip


def test_a_held_project_keeps_what_its_site_deleted_until_the_hold_ends(make_office):
    held = make_office(OPERATOR + "retention: {legal_hold: [road]}\n")
    note_gone(held, "forum:2")

    follow_site(held, "forum")
    still = kept(held)
    free = make_office()
    retain(free)

    assert "forum:2" in still
    assert kept(free) == {"forum:1", "forum:3", "forum:4", "forum:5"}


def test_following_a_site_leaves_everything_else_to_the_daily_run(make_office):
    office = make_office(OPERATOR + "crawl: {opt_out: [forum.example/t/4]}\nretention: {days: 1}\n")
    note_gone(office, "forum:2")

    follow_site(office, "forum")

    assert kept(office) == {"forum:1", "forum:3", "forum:4", "forum:5"}


def test_what_is_opted_out_goes_from_the_index_with_the_next_daily_run(make_office):
    office = make_office(OPERATOR + "crawl: {opt_out: [forum.example/t/4, other.example]}\n")
    rejects = office.folders.rejects / "20260310T030000Z-0000000a-forum.jsonl"
    rejects.parent.mkdir(parents=True)
    rejects.write_text(json.dumps({"reason": "no time", "row": {"url": "http://forum.example/t/4#p", "text": "词"}}))

    dry = retain(office, dry_run=True)
    done = retain(office)

    assert dry.count("forum", "opted_out", "index") == done.count("forum", "opted_out", "index") == 1
    assert kept(office) == {"forum:1", "forum:2", "forum:3", "forum:5"}
    assert not rejects.exists()


def test_the_operator_gets_one_mail_of_a_broken_source_and_another_after_it_was_well(make_office):
    office = make_office()

    for hours, outcome in enumerate(["ok", "changed", "changed", "refused", "ok", "changed"]):
        after_crawl(office, report(hours, outcome, detail="no <li>" if outcome == "changed" else ""))

    mails = [queued.mail for queued in office.outbox.mails()]
    assert [mail.subject for mail in mails] == ["【民声运维】来源 云溪论坛：页面改版"] * 2
    assert mails[0].to == ("op@office.example",)
    assert "自 2026-03-10 13:00（北京时间）起：页面改版" in mails[0].text
    assert "no &lt;li&gt;" in mails[0].html


def test_without_an_operator_the_log_says_it(make_office, caplog):
    office = make_office("office: 联络办\n")

    after_crawl(office, report(0, "refused"))

    assert "source broken source=forum state=blocked" in caplog.text
    assert office.outbox.mails() == []


def test_doctor_says_since_when_and_how_much_went(make_office):
    office = make_office()
    after_crawl(office, report(0, posts=4, changed=1, known=97))
    cost = {"masked": 7, "set_aside": 1, "bytes": 20480}
    after_crawl(
        office, report(24, "failed", 0, deleted=3, known=97, errors="timeout 2", detail="too many pages", **cost)
    )

    (check,) = [check for check in examine(office) if check.name == "来源 forum"]

    assert not check.ok
    assert check.detail == (
        "自 2026-03-11 12:00 起读取失败；上次 0 新 0 改 3 删，遮盖 7 处，搁置 1 条，2 页，20,480 字节，5 秒；30 天内网站删除 3 条（3.0%）；错误 timeout 2；too many pages"
    )


def test_a_source_that_brings_fewer_than_expected_is_told_by_doctor_and_by_one_mail(make_office):
    office = make_office()
    for hours in (0, 24, 48):
        after_crawl(office, report(hours, "fewer" if hours else "ok", 1, detail="1 of 5 posts wanted"))

    (check,) = [check for check in examine(office) if check.name == "来源 forum"]
    (mail,) = [queued.mail for queued in office.outbox.mails()]

    assert (check.ok, check.detail.split("；")[0]) == (False, "自 2026-03-11 12:00 起少于预期")
    assert mail.subject == "【民声运维】来源 云溪论坛：少于预期"


def test_a_source_is_due_by_its_pace(make_office):
    quiet = make_office(now=NOW + timedelta(hours=15))
    lively = make_office(now=NOW + timedelta(minutes=31))

    assert is_due(quiet, "forum"), "never read"
    for hours in range(-10, 1, 2):
        quiet.history.add(report(hours, posts=0))
    assert not is_due(quiet, "forum"), "nothing new for ten hours: sixteen hours until the next look"
    for hours in range(-10, 1, 2):
        lively.history.add(report(hours, posts=50))
    assert is_due(lively, "forum")


def test_no_site_is_asked_in_quiet_hours(make_office):
    office = make_office(OPERATOR + 'crawl: {quiet_hours: "11:00-13:00"}\n')

    with pytest.raises(QuietHours, match="quiet hours 11:00-13:00"):
        refuse_now(office, "forum")
    assert not is_due(office, "forum")


def test_a_wish_for_the_past_is_kept_and_asked_again_it_goes_on(make_office):
    office = make_office()
    since = datetime(2025, 1, 1, tzinfo=BEIJING)

    ask_back(office, "forum", since, None)
    first = backfill.pending(office.folders.crawl_state / "forum.sqlite")
    later = make_office(now=NOW + timedelta(days=1))
    ask_back(later, "forum", since, None)

    assert first.since == since
    assert first.until == NOW
    assert backfill.pending(office.folders.crawl_state / "forum.sqlite") == first
    with pytest.raises(ConfigError, match="is not before"):
        ask_back(office, "forum", since, datetime(2024, 1, 1, tzinfo=BEIJING))


def test_a_job_crawls_what_is_due_or_was_cut_off_and_nothing_else(make_office):
    office = make_office(now=NOW + timedelta(hours=1))
    for hours in range(-10, 1, 2):
        office.history.add(report(hours, posts=0))
    jobs.use(office)
    folder = str(office.folders.root)

    jobs.crawl_job(folder, "forum")
    mark = office.folders.var / "jobs" / "crawl:forum"
    mark.touch()
    with pytest.raises(ConfigError, match="may be read only by a crawler that says how to reach its office"):
        jobs.crawl_job(folder, "forum")

    assert len(office.history.reports("forum")) == 6
    assert not mark.exists()


def test_the_command_fills_back_the_days_that_are_asked_for(minsheng, deployment, board):
    since = START + timedelta(days=10)
    until = START + timedelta(days=20)

    done = minsheng("crawl", "votes", "--since", f"{since:%Y-%m-%d}", "--until", f"{until:%Y-%m-%d}")

    days = f"{since:%Y-%m-%d}", f"{until:%Y-%m-%d}"
    wanted = {f"votes:{message.id}" for message in board.votes if days[0] <= message.time[:10] < days[1]}
    files = inbox_files(deployment / "var" / "inbox")
    assert {json.loads(line)["id"] for file in files for line in file.read_text().splitlines()} == wanted
    assert f"votes：正常，{len(wanted)} 条" in done.stdout
    assert backfill.pending(deployment / "var" / "crawl" / "votes.sqlite") is None
