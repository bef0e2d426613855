from datetime import UTC, date, datetime

from console.criteria import Criteria
from console.timeline import timeline
from indexer.conditions import EVERYTHING


def at(day):
    return datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)


def test_bars_are_days_of_a_short_span_and_empty_ones_stand_between(index, make_labelled):
    index.add([make_labelled(published_at=at(day)) for day in ("2026-03-01", "2026-03-01", "2026-03-04")])

    bars = timeline(index, Criteria.parse([("since", "2026-03-01"), ("until", "2026-03-10")]), EVERYTHING)

    assert [(bar.since.day, bar.count, bar.part) for bar in bars] == [
        (1, 2, 1.0),
        (2, 0, 0.0),
        (3, 0, 0.0),
        (4, 1, 0.5),
    ]
    assert bars[0].url == "/search?since=2026-03-01&until=2026-03-01"


def test_few_months_are_told_in_weeks_and_many_as_months(index, make_labelled):
    index.add([make_labelled(published_at=at(day)) for day in ("2026-01-05", "2026-03-04")])
    weeks = timeline(index, Criteria(), EVERYTHING)
    index.add([make_labelled(published_at=at(f"2025-{month:02}-10")) for month in range(1, 13)])

    months = timeline(index, Criteria(), EVERYTHING)

    assert {(bar.until - bar.since).days for bar in weeks} == {6}
    assert [bar.since for bar in months][-1] == date(2026, 3, 1)
    assert months[1].until == date(2025, 2, 28)


def test_a_bar_never_leaves_the_days_that_are_searched(index, make_labelled):
    index.add([make_labelled(published_at=at(day)) for day in ("2026-01-10", "2026-03-20")])

    bars = timeline(index, Criteria.parse([("since", "2026-01-07"), ("until", "2026-03-27")]), EVERYTHING)

    assert (bars[0].since, bars[-1].until) == (date(2026, 1, 7), date(2026, 3, 22))


def test_nothing_found_and_a_single_bar_draw_nothing(index, make_labelled):
    assert timeline(index, Criteria(), EVERYTHING) == []
    index.add([make_labelled(published_at=at("2026-01-10"))])

    assert timeline(index, Criteria(), EVERYTHING) == []


def test_the_search_page_links_each_bar(desk, open_console, make_labelled):
    desk.index.add([make_labelled(published_at=at(day)) for day in ("2026-02-01", "2026-01-02")])

    html = open_console(desk).get("/search").text

    assert 'class="timeline"' in html
    assert 'data-since="2026-01-' in html
