"""Findings in, alert states, history, mails and digests out."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.channels.base import Mail
from alerts.database import ALERTS
from alerts.detections import DetectorStore
from alerts.life import Change
from alerts.outbox import Outbox
from alerts.store import AlertStore, DigestItem
from minsheng.domain import (
    Alert,
    AlertState,
    Claim,
    ClaimKind,
    ClaimStatus,
    Evidence,
    Finding,
    Prevalence,
    Quote,
    Sentiment,
    Verdict,
    Window,
)
from minsheng.errors import IndexUnavailable, QueryError

START = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def finding(fired: bool = True, *, project: str = "road", target: str = "noise", **fields: object) -> Finding:
    window = Window(START - 30 * DAY, START)
    values = {
        "rule": "surge", "project": project, "fired": fired, "verdict": Verdict.TENSION, "why": "讨论量为平时的3倍",
        "evidence": Evidence("讨论量", 85, 60.0, window), "target": target,
    }  # fmt: skip
    return Finding(**(values | fields))


def one_mail(alert: Alert) -> list[Mail]:
    return [Mail(f"<alert.{alert.id}@example.cn>", ("a@example.cn",), "题", "文", "<p>", alert.opened_at, alert.id)]


def no_mail(alert: Alert) -> list[Mail]:
    del alert
    return []


def one_digest(department: str, items: list[DigestItem]) -> Mail:
    words = "\n".join(f"{item.change} {item.alert.finding.target} {item.reason}" for item in items)
    at = items[-1].at
    return Mail(f"<digest.{department}.{at:%Y%m%d%H%M}@example.cn>", ("a@example.cn",), "摘要", words, "", at)


@pytest.fixture
def store(tmp_path: Path) -> AlertStore:
    return AlertStore(tmp_path / "var" / "alerts.sqlite")


@pytest.fixture
def outbox(store: AlertStore) -> Outbox:
    return Outbox(store.path)


def subjects(outbox: Outbox) -> int:
    return len(outbox.mails())


# What a matter does over time (hours since the start, fired or not) and what becomes of it: state, mails, alerts.
LIVES = {
    "never fired": ([(0, False), (1, False)], None, 0, 0),
    "fired once": ([(0, True)], AlertState.OPEN, 1, 1),
    "lasts": ([(0, True), (1, True), (2, True)], AlertState.ONGOING, 1, 1),
    "quiet for less than two days": ([(0, True), (1, False), (48, False)], AlertState.OPEN, 1, 1),
    "quiet for two days": ([(0, True), (1, False), (49, False)], AlertState.CLOSED, 1, 1),
    "ongoing, then quiet": ([(0, True), (1, True), (2, False), (50, False)], AlertState.CLOSED, 1, 1),
    "swings about its threshold": ([(h, h % 10 == 0) for h in range(0, 120, 5)], AlertState.ONGOING, 1, 1),
    "one quiet look after a long outage": ([(0, True), (500, False)], AlertState.OPEN, 1, 1),
    "back within two weeks": ([(0, True), (1, False), (49, False), (100, True)], AlertState.ONGOING, 1, 1),
    "back within two weeks, gone again": (
        [(0, True), (1, False), (49, False), (100, True), (101, False), (149, False)], AlertState.CLOSED, 1, 1,
    ),
    "back after two weeks": ([(0, True), (1, False), (49, False), (49 + 336, True)], AlertState.OPEN, 2, 2),
    "stays quiet after closing": ([(0, True), (1, False), (49, False), (999, False)], AlertState.CLOSED, 1, 1),
}  # fmt: skip


@pytest.mark.parametrize(("events", "state", "mails", "alerts"), LIVES.values(), ids=LIVES)
def test_an_alert_lives_as_the_table_says(store, outbox, events, state, mails, alerts):
    for hours, fired in events:
        store.apply([finding(fired)], START + hours * HOUR, one_mail)

    found = store.alerts()
    assert (found[0].state if found else None) == state
    assert (len(found), len(outbox.mails())) == (alerts, mails)


@pytest.mark.parametrize("events", [life[0] for life in LIVES.values()], ids=LIVES)
def test_applying_the_same_findings_twice_changes_nothing(store, outbox, events):
    for hours, fired in events:
        now = START + hours * HOUR
        store.apply([finding(fired)], now, one_mail)
        before = (store.alerts(), store.findings(), outbox.mails(), [store.history(a.id) for a in store.alerts()])

        changed = store.apply([finding(fired)], now, one_mail)

        after = (store.alerts(), store.findings(), outbox.mails(), [store.history(a.id) for a in store.alerts()])
        assert changed == []
        assert after == before


def test_apply_returns_the_alerts_whose_state_changed_and_nothing_else(store):
    both = [finding(target="noise"), finding(False, target="dust")]

    opened = store.apply(both, START, one_mail)
    ongoing = store.apply(both, START + HOUR, one_mail)
    still = store.apply(both, START + 2 * HOUR, one_mail)

    assert [(a.finding.target, a.state) for a in opened] == [("noise", AlertState.OPEN)]
    assert [(a.finding.target, a.state) for a in ongoing] == [("noise", AlertState.ONGOING)]
    assert still == []


def test_the_history_says_when_what_and_why(store):
    events = [(0, True, "多"), (1, True, "多"), (2, False, "少"), (50, False, "更少"), (60, True, "又多")]
    for hours, fired, why in events:
        store.apply([finding(fired, why=why)], START + hours * HOUR, one_mail)

    history = store.history(store.alerts()[0].id)

    assert history == [
        (START, AlertState.OPEN, "多"),
        (START + HOUR, AlertState.ONGOING, "多"),
        (START + 50 * HOUR, AlertState.CLOSED, "更少"),
        (START + 60 * HOUR, AlertState.ONGOING, "关闭后不久再次出现，接续原提示，不另发邮件。又多"),
    ]


def test_an_alert_of_a_withdrawn_claim_closes_at_once_and_says_so(store):
    store.apply([finding(target="c1"), finding(False, target="c2")], START, one_mail)

    (closed,) = store.apply([finding(False, target="c2")], START + HOUR, one_mail)

    assert (closed.state, closed.closed_at) == (AlertState.CLOSED, START + HOUR)
    assert "撤下" in store.history(closed.id)[-1][2]
    assert [f.target for f in store.findings()] == ["c2"]


def test_a_withdrawn_matter_that_never_fired_just_goes(store):
    store.apply([finding(False, target="c1"), finding(False, target="c2")], START, one_mail)

    assert store.apply([finding(False, target="c2")], START + HOUR, one_mail) == []
    assert [f.target for f in store.findings()] == ["c2"]


def test_a_withdrawn_claim_that_is_silenced_is_no_news(store):
    (alert,) = store.apply([finding(target="c1"), finding(False, target="c2")], START, one_mail)
    store.silence(alert.id, START + DAY, "已核实", START)

    store.apply([finding(False, target="c2")], START + HOUR, one_mail)

    assert store.digest({"zjj": ["road"]}, START + HOUR, one_digest) == 0


def test_findings_of_one_project_do_not_close_the_alerts_of_another(store):
    store.apply([finding(project="road")], START, one_mail)

    store.apply([finding(project="park")], START + HOUR, one_mail)

    assert {a.finding.project: a.state for a in store.alerts()} == {"road": AlertState.OPEN, "park": AlertState.OPEN}


def test_alerts_of_a_project_that_left_the_register_close(store):
    store.apply([finding(project="road"), finding(project="park")], START, one_mail)

    (closed,) = store.apply([finding(project="park")], START, one_mail, projects=["park"])

    assert (closed.finding.project, closed.state) == ("road", AlertState.CLOSED)
    assert "登记" in store.history(closed.id)[-1][2]
    assert store.findings("road") == []


def test_an_older_run_replayed_changes_nothing(store, outbox, caplog):
    store.apply([finding(False)], START, one_mail)

    changed = store.apply([finding(True), finding(True, target="dust")], START - HOUR, one_mail)

    assert (changed, store.alerts(), outbox.mails()) == ([], [], [])
    assert "findings left out project=road" in caplog.text


def test_of_two_findings_of_one_matter_the_one_that_fired_counts(store):
    store.apply([finding(False), finding(level=2.0), finding(level=9.0), finding(False, level=99.0)], START, one_mail)

    assert [(f.fired, f.level) for f in store.findings()] == [(True, 9.0)]


def test_a_silenced_matter_mails_neither_now_nor_in_the_digest_until_the_silence_ends(store, outbox):
    (alert,) = store.apply([finding()], START, one_mail)
    store.apply([finding(False)], START + HOUR, one_mail)

    store.silence(alert.id, START + 40 * DAY, "施工许可已公示", START + HOUR)
    store.apply([finding(False)], START + 3 * DAY, one_mail)
    (second,) = store.apply([finding()], START + 30 * DAY, one_mail)

    assert (second.id != alert.id, second.silenced_until) == (True, START + 40 * DAY)
    assert [m.mail.alert for m in outbox.mails()] == [alert.id]
    assert store.digest({"zjj": ["road"]}, START + 41 * DAY, one_digest) == 0
    assert store.history(alert.id)[1] == (START + HOUR, AlertState.OPEN, "静默至 2026-04-19 12:00：施工许可已公示")


def test_a_silence_that_has_passed_is_over(store, outbox):
    (alert,) = store.apply([finding()], START, one_mail)
    store.silence(alert.id, START + DAY, "一天", START)
    store.apply([finding(False)], START + DAY, one_mail)
    store.apply([finding(False)], START + 4 * DAY, one_mail)

    (second,) = store.apply([finding()], START + 40 * DAY, one_mail)

    assert second.silenced_until is None
    assert len(outbox.mails()) == 2


def test_a_silence_can_be_ended_early(store):
    (alert,) = store.apply([finding()], START, one_mail)
    store.silence(alert.id, START + DAY, "一天", START)

    assert store.silence(alert.id, START, "误操作", START).silenced_until is None
    assert store.history(alert.id)[-1][2] == "结束静默：误操作"


def test_silencing_an_unknown_alert_is_refused(store):
    with pytest.raises(QueryError, match="no alert 'x'"):
        store.silence("x", START, "", START)


def test_an_alert_whose_mail_cannot_be_composed_is_not_stored_half(store, outbox):
    def broken(alert: Alert) -> list[Mail]:
        raise ValueError(alert.id)

    with pytest.raises(ValueError, match=r"\w{16}"):
        store.apply([finding(target="a"), finding(target="b")], START, broken)

    assert (store.alerts(), store.findings(), outbox.mails()) == ([], [], [])


def test_the_digest_holds_what_had_no_mail_of_its_own(store, outbox):
    store.apply([finding(target="mailed")], START, one_mail)
    store.apply([finding(target="mailed"), finding(target="quiet", why="多")], START + HOUR, no_mail)
    gone = START + 2 * HOUR
    store.apply([finding(target="quiet", why="多")], gone, no_mail)

    assert store.digest({"zjj": ["road"], "jtj": ["bridge"]}, START + 3 * HOUR, one_digest) == 1

    text = outbox.mails()[-1].mail.text
    assert text == "opened quiet 多\nclosed mailed 不再判断：这一表述或规则已撤下"


def test_a_department_gets_one_digest_a_beijing_day_and_none_without_news(store, outbox):
    departments = {"zjj": ["road", "park"]}
    evening = datetime(2026, 3, 10, 15, 59, tzinfo=UTC)  # 23:59 in Beijing

    store.apply([finding(target="a")], START, no_mail)
    first = store.digest(departments, START + HOUR, one_digest)
    store.apply([finding(target="a"), finding(target="b")], START + 2 * HOUR, no_mail)
    same_day = store.digest(departments, evening, one_digest)
    next_day = store.digest(departments, evening + timedelta(minutes=1), one_digest)
    without_news = store.digest(departments, evening + DAY, one_digest)

    assert (first, same_day, next_day, without_news) == (1, 0, 1, 0)
    assert [m.mail.text.split()[:2] for m in outbox.mails()] == [["opened", "a"], ["opened", "b"]]


def test_news_wait_while_there_is_nobody_to_send_them_to(store):
    store.apply([finding()], START, no_mail)

    assert store.digest({"zjj": ["road"]}, START, lambda *_: None) == 0
    assert store.digest({"zjj": ["road"]}, START, one_digest) == 1


def test_a_returning_matter_is_news_for_the_digest(store):
    seen: list[Change] = []

    def watching(department: str, items: list[DigestItem]) -> Mail:
        seen.extend(item.change for item in items)
        return one_digest(department, items)

    for hours, fired in LIVES["back within two weeks"][0]:
        store.apply([finding(fired)], START + hours * HOUR, one_mail)
    store.digest({"zjj": ["road"]}, START + 101 * HOUR, watching)

    assert seen == [Change.CLOSED, Change.REOPENED]


def test_a_finding_comes_back_equal_to_the_last_detail(store):
    at = START - DAY
    quote = Quote("f:1", "路“又”挖开了\n😀", "http://a.example/1", "forum", at, Sentiment.NEGATIVE, 0.91, 3)
    prevalence = Prevalence(0.61, 0.21, 0.18, 0.51, 0.7, 85, 78, 60.2, 31, 3, 0.66)
    whole = finding(
        claim=Claim(
            "c", "road", "满意度96%", ClaimKind.SATISFACTION, ClaimStatus.LEVEL, "http://a", "局", at, value=0.96
        ),
        level=float("inf"),
        evidence=Evidence("负面占比", 85, 60.2, Window(at, START), 0.6, 0.5, 0.7, ("a", "b"), (quote,), (), prevalence),
    )

    store.apply([whole], START, no_mail)

    assert store.findings() == [whole]
    assert store.alert(store.alerts()[0].id).finding == whole


def test_text_of_a_broken_page_does_not_stop_the_store(store):
    store.apply([finding(why="坏字符\ud800")], START, no_mail)

    assert store.findings()[0].why == "坏字符?"


def test_alerts_are_found_by_state_and_project(store):
    store.apply([finding(project="road"), finding(project="park")], START, no_mail)
    store.apply([finding(project="road")], START + HOUR, no_mail)

    assert [a.finding.project for a in store.alerts(AlertState.ONGOING)] == ["road"]
    assert [a.state for a in store.alerts(project="park")] == [AlertState.OPEN]
    assert store.alerts(AlertState.CLOSED, "road") == []
    assert [f.project for f in store.findings("park")] == ["park"]
    assert store.alert("unknown") is None


def test_many_threads_open_each_alert_once(store, outbox):
    def work() -> None:
        mine = AlertStore(store.path)
        for number in range(5):
            mine.apply([finding(project=f"p{number}")], START, one_mail)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(store.alerts()), len(outbox.mails())) == (5, 5)


def test_what_is_stored_is_there_after_opening_again(store):
    store.apply([finding()], START, one_mail)

    assert AlertStore(store.path).alerts() == store.alerts()


def test_the_file_survives_a_power_cut_by_its_settings(store):
    with store._database.write() as rows:
        settings = [rows.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert settings == ["wal", 2]


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as rows:
        rows.execute("PRAGMA user_version = 99")


def _damaged(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


@pytest.mark.parametrize(
    ("spoil", "words"), [(_newer, "has schema 99, this program knows 2"), (_damaged, "restore it from the backup")]
)
def test_a_file_that_cannot_be_used_is_an_error_that_says_what_to_do(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
):
    path = tmp_path / "alerts.sqlite"
    spoil(path)

    with pytest.raises(IndexUnavailable, match=words):
        AlertStore(path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "var").write_text("a file")

    with pytest.raises(IndexUnavailable, match="cannot be made"):
        AlertStore(tmp_path / "var" / "alerts.sqlite")


def test_a_naive_moment_is_refused(store):
    with pytest.raises(ValueError, match="aware"):
        store.apply([finding()], START.replace(tzinfo=None), no_mail)


def test_a_finding_with_a_thing_that_json_does_not_know_is_a_bug_and_shows(store):
    odd = replace(finding(), target=object())

    with pytest.raises(TypeError):
        store.apply([odd], START, no_mail)


def test_a_file_of_the_version_before_detectors_is_brought_up_to_date(tmp_path):
    path = tmp_path / "alerts.sqlite"
    AlertStore(path).apply([finding()], START, no_mail)
    with sqlite3.connect(path) as rows:  # as version 1 left it
        for table in ("bets", "drawn", "streams"):
            rows.execute(f"DROP TABLE {table}")
        rows.execute("PRAGMA user_version = 1")

    store = DetectorStore(path)

    assert store.streams() == {}
    assert len(AlertStore(path).alerts()) == 1
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0] == ALERTS.version == 2
