import json
import multiprocessing
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from alerts.channels.folder import FolderChannel
from alerts.evidence import quotes
from alerts.mail import compose_alert
from alerts.store import AlertStore
from app.bootstrap import Office
from app.cli import cli
from app.deletions import DeletionLog
from app.lock import only_one
from app.retention import retain, withdraw
from app.scheduler import wanted_jobs
from app.withdrawn import Withdrawn, withdrawn
from app.work import crawl_source, import_posts
from benchmarks.board import write_sources
from crawlers.history import CrawlHistory
from crawlers.inbox import InboxWriter, LinesFile
from crawlers.state import Change as Found
from crawlers.state import CrawlState, Known
from indexer.base import Query
from indexer.memory import MemoryIndex
from indexer.sqlite import SqliteIndex
from minsheng.correcting import Change
from minsheng.crawls import CrawlReport
from minsheng.domain import Evidence, Finding, Verdict, Window
from minsheng.errors import ConfigError, IndexUnavailable
from models.duplicates import ClusterStore

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PROJECTS = """\
departments: [{id: housing, name: 住建局, recipients: [housing@office.example]}]
projects:
  - {id: renewal, name: 向阳小区改造, aliases: [向阳小区], region: 城东区, department: housing}
  - {id: road, name: 滨江路, region: 城西区, department: housing}
"""
OLD, NEW = "梧桐巷的井盖已经丢失了三个月没有人来补", "凤凰台的路灯昨天晚上终于修好了大家很高兴"
OLD_VECTOR, NEW_VECTOR = tuple(range(1, 100)), tuple(range(99, 0, -1))


def settings(folder, text="retention: {days: 100}\n"):
    (folder / "minsheng.yml").write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "office"
    (folder / "projects").mkdir(parents=True)
    (folder / "projects" / "p.yml").write_text(PROJECTS, encoding="utf-8")
    settings(folder)
    return folder


@pytest.fixture
def open_office(folder):
    opened = []

    def open_(index=None):
        office = Office(folder, {}, now=lambda: NOW)
        if index is not None:
            office.__dict__["index"] = index
        opened.append(office)
        return office

    yield open_
    for office in opened:
        office.close()


@pytest.fixture
def fill(folder, make_labelled):
    """Fill an office with old words and new words of two sources, everywhere where words are kept."""

    def posts(source):
        return [
            *(
                make_labelled(f"{OLD}{source}第{n}次", id=f"{source}:old{n}", source=source, url=f"http://{source}.example/{n}", thread=source,
                              published_at=NOW - timedelta(days=200 + n % 7), vector=OLD_VECTOR)
                for n in range(30)
            ),
            *(
                make_labelled(f"{NEW}{source}第{n}次", id=f"{source}:new{n}", source=source, url=f"http://{source}.example/{n}", thread=source,
                              published_at=NOW - timedelta(days=n % 7), vector=NEW_VECTOR)
                for n in range(10)
            ),
        ]  # fmt: skip

    def fill_(index=None):
        var = folder / "var"
        everything = posts("forum") + posts("votes")
        with closing(index or SqliteIndex(var / "index.sqlite")) as target:
            target.add(everything)
        store = ClusterStore(var / "clusters.sqlite")
        store.assign([each.post for each in everything])
        store.close()
        for source in ("forum", "votes"):
            state = CrawlState(var / "crawl" / f"{source}.sqlite", var / "inbox")
            state.apply(Found({f"{source}:old1": Known("x", "")}), NOW, None)
            state.close()
            writer = InboxWriter(var / "inbox", source, "20260310T030000Z-0000000a")
            for each in everything:
                if each.post.source == source and each.post.id.endswith("1"):
                    writer.write(each.post)
            writer.commit()
            rejects = LinesFile(var / "rejects", f"20250101T030000Z-0000000a-{source}")
            rejects.write(json.dumps({"reason": "no time", "row": {"text": OLD + source}}, ensure_ascii=False))
            rejects.prepare()
            rejects.publish()
        history = CrawlHistory(var / "crawls.sqlite")
        history.add(CrawlReport("forum", NOW, NOW, "ok", 40, 3, detail="forum-trace"))
        history.add(CrawlReport("votes", NOW, NOW, "ok", 40, 3))
        history.close()
        alert(everything)
        (var / "exports").mkdir()
        (var / "exports" / "a.csv").write_text(OLD, encoding="utf-8")
        return everything

    def alert(everything):
        office = Office(folder, {}, now=lambda: NOW)
        picked = [each for each in everything if each.post.id.endswith(("old1", "new1"))]
        evidence = Evidence("负面占比", 40, 30.0, Window(NOW - timedelta(days=300), NOW), quotes=quotes(picked))
        finding = Finding("divergence", "road", fired=True, verdict=Verdict.DIVERGES, why="区间外", evidence=evidence)

        def compose(opened):
            return [
                compose_alert(opened, office.register.project("road"), title="偏离", office="联络办",
                              sender="a@office.example", console_url="", now=NOW)
            ]  # fmt: skip

        office.alerts.apply([finding], NOW, compose)
        office.outbox.deliver(FolderChannel(folder / "var" / "mail", "a@office.example"), NOW)

    return fill_


def bytes_of(folder, *left_out):
    files = [path for path in (folder / "var").rglob("*") if path.is_file() and path.name not in left_out]
    return b"".join(path.read_bytes() for path in files)


def contents(folder):
    """Return every file that is not a database, whose bytes change when it is merely read."""
    return {
        path: path.read_bytes() for path in (folder / "var").rglob("*") if path.is_file() and ".sqlite" not in path.name
    }


def ids(office):
    return {each.post.id for each in office.index.stream(Query())}


def log_of(folder):
    path = folder / "var" / "deletions.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def logged(folder, place="index"):
    counts = {}
    for row in log_of(folder):
        if row["place"] == place:
            counts[row["source"]] = counts.get(row["source"], 0) + row["number"]
    return counts


def test_what_is_past_its_time_is_gone_from_every_file(folder, open_office, fill):
    fill()
    office = open_office()

    report = retain(office)

    assert ids(office) == {f"{source}:new{n}" for source in ("forum", "votes") for n in range(10)}
    stored = bytes_of(folder)
    assert "梧桐巷".encode() not in stored
    assert "凤凰台".encode() in stored
    assert bytes(OLD_VECTOR) not in stored
    assert bytes(NEW_VECTOR) in stored
    assert report.count("forum", "age", "index") == 30
    assert report.count("forum", "age", "inbox") == 3
    assert report.count("votes", "age", "rejects") == 1
    assert report.count("forum", "age", "mails") + report.count("votes", "age", "mails") == 1
    assert not list((folder / "var" / "exports").iterdir())
    assert not (folder / "var" / "retention.pending").exists()
    assert office.index.count(Query("井盖")) == 0
    assert office.index.count(Query("路灯")) == 20


def test_words_were_in_every_place_before(folder, fill):
    """Otherwise the test above could not fail."""
    fill()

    var = folder / "var"
    holding = {path.relative_to(var).parts[0].split("-")[0] for path in var.rglob("*")
               if path.is_file() and "梧桐巷".encode() in path.read_bytes()}  # fmt: skip

    assert bytes(OLD_VECTOR) in (var / "index.sqlite").read_bytes()
    assert holding >= {"index.sqlite", "inbox", "rejects", "exports", "alerts.sqlite"}
    assert len(list((var / "mail").glob("*.eml"))) == 1
    with closing(sqlite3.connect(var / "clusters.sqlite")) as base:
        assert any("井盖" in folded for (folded,) in base.execute("SELECT folded FROM leader"))


def test_the_log_counts_by_source_reason_and_day_and_holds_no_word(folder, open_office, fill):
    fill()

    retain(open_office())

    rows = [row for row in log_of(folder) if row["place"] == "index"]
    assert logged(folder) == {"forum": 30, "votes": 30}
    assert {row["day"] for row in rows} == {f"2025-08-{day}" for day in range(16, 23)}
    assert {row["reason"] for row in rows} == {"age"}
    text = (folder / "var" / "deletions.jsonl").read_text("utf-8")
    assert "梧桐巷" not in text
    assert "old1" not in text


def test_a_dry_run_counts_the_same_and_touches_nothing(folder, open_office, fill):
    fill()
    before = contents(folder)

    dry = retain(open_office(), dry_run=True)

    assert contents(folder) == before
    assert len(ids(open_office())) == 80
    real = retain(open_office())
    places = [key for key in real.deleted if key[2] in {"index", "inbox", "rejects", "quotes"}]
    assert {key: dry.deleted[key] for key in places} == {key: real.deleted[key] for key in places}


def test_a_correction_and_its_reason_go_with_their_comment(folder, open_office, fill):
    fill()
    office = open_office()
    for name in ("forum:old1", "forum:new1"):
        office.index.correct(name, [Change("sentiment", ("neutral",))], NOW, f"reason-of-{name}")

    retain(office)

    assert office.index.facet(Query(), "corrected") == {"sentiment": 1}
    content = b"".join(path.read_bytes() for path in (folder / "var").rglob("*") if path.is_file())
    assert b"reason-of-forum:old1" not in content
    assert b"reason-of-forum:new1" in content


def test_without_settings_nothing_is_deleted(folder, open_office, fill):
    fill()
    settings(folder, "office: 联络办\n")

    report = retain(open_office())

    assert not report.deleted
    assert len(ids(open_office())) == 80
    assert not (folder / "var" / "deletions.jsonl").exists()


def test_a_source_may_have_its_own_span_or_none(folder, open_office, fill):
    fill()
    settings(folder, "retention: {days: 3, sources: {forum: 0, votes: 100}}\n")

    retain(open_office())

    assert len(ids(open_office())) == 40 + 10


def test_the_day_of_the_limit_is_kept_whole(open_office, make_labelled):
    day = datetime(2025, 11, 30, tzinfo=UTC) - timedelta(hours=8)  # Beijing midnight a hundred days ago
    office = open_office(MemoryIndex())
    office.index.add([
        make_labelled(id="forum:in", published_at=day),
        make_labelled(id="forum:out", published_at=day - timedelta(seconds=1)),
    ])  # fmt: skip

    retain(office)

    assert ids(office) == {"forum:in"}


def test_comments_of_a_held_project_are_kept_however_they_are_linked(folder, open_office, make_labelled, make_post):
    settings(folder, "retention: {days: 100, legal_hold: [renewal]}\n")
    old = {"published_at": NOW - timedelta(days=200)}
    office = open_office(MemoryIndex())
    office.index.add([
        make_labelled("读出来的", id="forum:1", projects=("renewal",), **old),
        make_labelled("绑定的", id="forum:2", projects=(), project="renewal", **old),
        make_labelled("向阳小区后来才登记", id="forum:3", projects=(), **old),
        make_labelled("别的项目", id="forum:4", projects=("road",), **old),
        make_labelled("人工归入的", id="forum:7", projects=("road",), **old),
        make_labelled("人工移出的", id="forum:8", projects=("renewal",), **old),
    ])  # fmt: skip
    office.index.correct("forum:7", [Change("project", ("renewal",))], NOW)
    office.index.correct("forum:8", [Change("project", ())], NOW)
    writer = InboxWriter(folder / "var" / "inbox", "forum", "20260310T030000Z-0000000a")
    writer.write(make_post("向阳小区还没读", id="forum:5", **old))
    writer.write(make_post("没有项目", id="forum:6", **old))
    path = writer.commit()

    aged = retain(office)
    taken = withdraw(office, "forum")

    assert ids(office) == {"forum:1", "forum:2", "forum:3", "forum:7", "forum:8"}
    assert aged.held["forum"] == taken.held["forum"] == 5
    assert [json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()] == ["forum:5"]


@pytest.mark.parametrize(
    ("text", "why"),
    [("legal_hold: [renewel]", "did you mean 'renewal'"), ("sources: {forrum: 3}", "did you mean 'forum'")],
)
def test_a_typing_error_in_the_settings_deletes_nothing(folder, open_office, fill, text, why):
    fill()
    settings(folder, f"retention: {{days: 100, {text}}}\n")

    with pytest.raises(ConfigError, match=why):
        retain(open_office())

    assert len(ids(open_office())) == 80


def test_a_withdrawn_source_leaves_nothing_behind(folder, open_office, fill):
    fill()
    office = open_office()

    report = withdraw(office, "forum")

    assert {post_id.partition(":")[0] for post_id in ids(office)} == {"votes"}
    stored = bytes_of(folder, "deletions.jsonl", "forum.json", "forum.lock")
    assert b"forum" not in stored
    assert "votes第1次".encode() in stored
    assert report.count("forum", "withdrawn", "index") == 40
    assert report.count("forum", "withdrawn", "quotes") == 4  # two, in the finding and in the alert
    assert "forum" not in office.history.latest()
    assert [path.stem for path in (folder / "var" / "crawl").glob("*.sqlite")] == ["votes"]
    (finding,) = office.alerts.findings()
    assert {quote.source for quote in finding.evidence.quotes} == {"votes"}
    assert finding.evidence.posts == 40


def test_withdrawing_twice_is_harmless_and_says_so(folder, open_office, fill):
    fill()
    withdraw(open_office(), "forum")
    before = log_of(folder)

    again = withdraw(open_office(), "forum")

    assert not again.deleted
    assert log_of(folder) == before
    assert withdrawn(folder / "var") == ("forum",)


def test_a_withdrawn_source_is_not_read_again(folder, open_office, fill, tmp_path):
    fill()
    write_sources(folder / "sources", "http://127.0.0.1:1")
    running = open_office()
    assert "crawl:votes" in wanted_jobs(running)

    withdraw(open_office(), "votes")

    assert "crawl:votes" not in wanted_jobs(open_office())
    table = tmp_path / "a.csv"
    table.write_text("内容,时间\n好,2026-01-01\n", encoding="utf-8")
    for read in (
        lambda: crawl_source(running, "votes"),
        lambda: import_posts(running, table, "votes", "public", None),
    ):
        with pytest.raises(Withdrawn, match=r"remove .*votes\.json"):
            read()


def test_what_comes_in_after_the_withdrawal_is_removed_by_the_next_run(open_office, fill, make_labelled):
    fill()
    office = open_office()
    withdraw(office, "forum")
    office.index.add([make_labelled("备份里恢复的", id="forum:77")])

    retain(office)

    assert "forum:77" not in ids(office)


def test_an_unknown_source_cannot_be_withdrawn(folder, open_office, fill):
    fill()

    with pytest.raises(ConfigError, match="did you mean 'forum'"):
        withdraw(open_office(), "forun")

    assert withdrawn(folder / "var") == ()


def test_a_source_that_is_being_crawled_is_marked_and_removed_by_the_second_call(folder, open_office, fill):
    fill()
    office = open_office()

    with only_one(folder / "var" / "crawl" / "forum.lock", "x"), pytest.raises(ConfigError, match="a crawl of forum"):
        withdraw(office, "forum")

    assert withdrawn(folder / "var") == ("forum",)
    withdraw(office, "forum")
    assert {post_id.partition(":")[0] for post_id in ids(office)} == {"votes"}


def test_an_index_that_fails_half_way_is_finished_by_the_next_run_and_counted_once(
    folder, open_office, fill, monkeypatch
):
    class Failing(SqliteIndex):
        left = 3

        def delete(self, ids):
            self.left -= 1
            if self.left < 0:
                raise IndexUnavailable("killed")
            return super().delete(ids)

    fill()
    monkeypatch.setattr("app.retention._CHUNK", 8)  # days are cut in two
    with pytest.raises(IndexUnavailable, match="killed"):
        retain(open_office(Failing(folder / "var" / "index.sqlite")))
    assert DeletionLog(folder / "var").is_pending
    with (folder / "var" / "deletions.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"run": "cut o')

    retain(open_office())

    assert logged(folder) == {"forum": 30, "votes": 30}
    assert "梧桐巷".encode() not in bytes_of(folder)


def test_files_that_could_not_be_wiped_are_wiped_by_the_next_run(folder, open_office, fill, monkeypatch):
    fill()
    office = open_office()
    with closing(sqlite3.connect(folder / "var" / "index.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM posts").fetchone()
        monkeypatch.setattr("app.sqlite_files._BUSY_SECONDS", 0.1)
        with pytest.raises(IndexUnavailable, match="try again"):
            retain(office)
    assert "梧桐巷".encode() in bytes_of(folder)

    again = retain(office)

    assert not again.deleted
    assert "梧桐巷".encode() not in bytes_of(folder)


def test_a_kill_at_any_moment_leaves_a_state_from_which_the_next_run_completes(folder, open_office, fill):
    fill()

    def child():
        withdraw(Office(folder, {}, now=lambda: NOW), "forum")

    for milliseconds in (5, 40, 80, 150, 300):
        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join(milliseconds / 1000)
        process.kill()
        process.join()

    withdraw(open_office(), "forum")

    assert {post_id.partition(":")[0] for post_id in ids(open_office())} == {"votes"}
    assert b"forum" not in bytes_of(folder, "deletions.jsonl", "forum.json", "forum.lock")
    assert logged(folder)["forum"] == 40


def test_the_commands_say_what_they_do(folder, fill):
    fill()
    days = (datetime.now(tz=UTC) - NOW).days + 100  # the commands ask the real clock
    settings(folder, f"retention: {{days: {days}}}\n")

    first = command(folder, "retention", "run", "--dry-run")
    second = command(folder, "sources", "withdraw", "forum")
    third = command(folder, "retention", "run")
    fourth = command(folder, "sources")
    fifth = command(folder, "retention", "run")

    assert "将删除" in first
    assert re.search(r"forum .*过保存期 .*索引 .* 30 ", first)
    assert "来源 forum 已撤回" in second
    assert re.search(r"forum .*来源已撤回 .*索引 .* 40 ", second)
    assert re.search(r"votes .*过保存期 .*索引 .* 30 ", third)
    assert "已撤回，不再采集：forum" in fourth
    assert "votes" in fourth
    assert "没有要删除的" in fifth


def test_the_command_says_what_is_held(folder, fill):
    fill()
    settings(folder, "retention: {legal_hold: [road]}\n")

    said = command(folder, "sources", "withdraw", "forum")

    assert "40 条属于封存的项目，保留" in said
    assert "解除封存" in said


def command(folder, *arguments):
    done = CliRunner().invoke(cli, [*arguments, "-C", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_alerts_without_a_file_have_nothing_to_forget(open_office, make_labelled):
    office = open_office(MemoryIndex())
    office.index.add([make_labelled(published_at=NOW - timedelta(days=200))])

    report = retain(office)

    assert report.deleted.total() == 1


def test_the_store_still_works_after_its_words_were_taken(folder, open_office, fill):
    everything = fill()
    withdraw(open_office(), "forum")
    store = ClusterStore(folder / "var" / "clusters.sqlite")

    again = store.assign([each.post for each in everything if each.post.id in {"votes:new3", "forum:old1"}])

    assert len(again) == 2
    store.close()
    assert AlertStore(folder / "var" / "alerts.sqlite").alerts()
