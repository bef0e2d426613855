from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.detections import DetectorStore, Draw, Settled
from alerts.evidence import quotes
from alerts.forgetting import NOTE, EvidenceEraser, as_quoted
from alerts.mail import compose_alert
from alerts.outbox import Outbox
from alerts.sequential.null import attitude_null
from alerts.sequential.stream import Arrival, advance, begin, terms
from alerts.store import AlertStore
from minsheng.domain import Calibration, Department, Evidence, Finding, Project, Sentiment, Verdict, Window

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
TEXTS = {"forum:1": "井盖“丢了”\n三个月 ", "votes:1": "很长的话" * 60, "votes:2": "路灯好了"}


@pytest.fixture
def posts(make_labelled):
    return [make_labelled(text, id=key, source=key.partition(":")[0]) for key, text in TEXTS.items()]


@pytest.fixture
def path(tmp_path, posts):
    path = tmp_path / "alerts.sqlite"
    project = Project("road", "滨江路", (), "城西区", Department("d", "住建局", ("a@office.example",)))
    window = Window(NOW - timedelta(days=9), NOW)
    evidence = Evidence("负面占比", 3, 3.0, window, quotes=quotes(posts[:2]), counter_quotes=quotes(posts[2:]))
    finding = Finding("divergence", "road", fired=True, verdict=Verdict.DIVERGES, why="区间外", evidence=evidence)

    def compose(alert):
        return [compose_alert(alert, project, title="偏离", office="办", sender="a@b.example", console_url="", now=NOW)]

    AlertStore(path).apply([finding], NOW, compose)
    return path


def test_doomed_quotes_go_from_findings_and_alerts_and_numbers_stay(path):
    eraser = EvidenceEraser(path)

    def doomed(project, quote):
        return project == "road" and quote.source == "votes"

    counted, removed = eraser.count_quotes(doomed), eraser.forget_quotes(doomed)

    assert counted == removed == 4
    assert eraser.forget_quotes(doomed) == 0
    (finding,), (alert,) = AlertStore(path).findings(), AlertStore(path).alerts()
    assert finding == alert.finding
    assert [quote.post for quote in finding.evidence.quotes] == ["forum:1"]
    assert finding.evidence.counter_quotes == ()
    assert finding.evidence.posts == 3


def test_the_mails_that_quote_a_post_are_found_however_its_words_were_set(path, posts):
    quoting = EvidenceEraser(path).mails_quoting()

    assert set(quoting) == {as_quoted(each.post) for each in posts}
    assert len(set.union(*quoting.values())) == 1


def test_a_mail_keeps_its_head_and_loses_its_words(path):
    eraser = EvidenceEraser(path)
    (before,) = Outbox(path).mails()

    eraser.forget_mails([before.mail.id])

    (after,) = Outbox(path).mails()
    assert after.mail.text == NOTE
    assert "路灯" not in after.mail.html
    assert (after.mail.subject, after.mail.to, after.state) == (before.mail.subject, before.mail.to, before.state)


def test_a_store_that_was_never_made_is_not_made(tmp_path):
    eraser = EvidenceEraser(tmp_path / "alerts.sqlite")

    eraser.forget_mails(["x"])

    assert eraser.forget_quotes(lambda *_: True) == 0
    assert eraser.count_quotes(lambda *_: True) == 0
    assert eraser.mails_quoting() == {}
    assert not (tmp_path / "alerts.sqlite").exists()


def test_the_daily_watch_forgets_the_names_of_posts_and_keeps_its_evidence_and_labels(tmp_path):
    path, key, day = tmp_path / "alerts.sqlite", ("road", "c1"), date(2026, 3, 1)
    calibration = Calibration("m", ((0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)), ((90, 5, 5),) * 3)
    under = terms(attitude_null(0.3, calibration), calibration, streams=10, alarms=1, watches=52)
    arrivals = [Arrival(name, name, day, day, 0.9) for name in ("forum:1", "votes:1")]
    stream, bet = advance(begin(under, day), arrivals, date(2026, 3, 2))
    store = DetectorStore(path)
    store.keep([Settled(key, stream, bet)], date(2025, 1, 1))
    store.draw(key, "r", ["forum:1", "votes:1", "forum:2"])
    store.label(key, "r", {"forum:1": Sentiment.NEGATIVE}, None)

    EvidenceEraser(path).forget_bets(["forum:1", "forum:2"])

    assert store.known(key) == {"votes:1": day}
    assert store.drawn(key, "r") == [Draw("", Sentiment.NEGATIVE), Draw("votes:1", None)]
    assert store.streams()[key].bets == 2
