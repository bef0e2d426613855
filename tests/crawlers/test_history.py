import threading
from datetime import timedelta

import pytest

from crawlers.history import CrawlHistory
from minsheng.crawls import CrawlReport


@pytest.fixture
def history(tmp_path):
    history = CrawlHistory(tmp_path / "var" / "crawls.sqlite")
    yield history
    history.close()


@pytest.fixture
def make_report(now):
    def make(source="forum", hours=0, **changes):
        start = now + timedelta(hours=hours)
        values = {"outcome": "ok", "posts": 3, "pages": 2, "masked": 1, "set_aside": 4, "detail": "无新内容"}
        return CrawlReport(source, start, start + timedelta(seconds=5), **(values | changes))

    return make


def test_reports_come_back_as_they_were_newest_first(history, make_report):
    reports = [make_report(hours=hour) for hour in range(3)]
    for report in reports:
        history.add(report)
    history.add(make_report("board"))

    assert history.reports("forum") == reports[::-1]
    assert history.reports("forum", limit=1) == reports[-1:]
    assert history.reports("unknown") == []


def test_the_latest_report_of_each_source(history, make_report):
    for report in (make_report(), make_report("board", outcome="changed"), make_report(hours=1)):
        history.add(report)

    assert history.latest() == {"board": make_report("board", outcome="changed"), "forum": make_report(hours=1)}


def test_reports_outlive_the_process(history, make_report, tmp_path):
    history.add(make_report())

    again = CrawlHistory(tmp_path / "var" / "crawls.sqlite")

    assert again.reports("forum") == [make_report()]
    again.close()


def test_threads_may_read_while_reports_are_added(history, make_report):
    counts = []

    def read():
        counts.extend(len(history.reports("forum", 100)) for _ in range(50))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for hour in range(40):
        history.add(make_report(hours=hour))
    for reader in readers:
        reader.join()

    assert len(counts) == 150
    assert len(history.reports("forum", 100)) == 40


def test_the_oldest_reports_of_a_source_are_forgotten(history, make_report):
    history.add(make_report("board"))
    for hour in range(303):
        history.add(make_report(hours=hour))

    assert history.reports("forum", 2000)[-1] == make_report(hours=3)
    assert len(history.reports("board")) == 1
