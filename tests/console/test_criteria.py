from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from console.criteria import Criteria
from indexer.conditions import All, Holds
from minsheng.domain import BEIJING, Kind
from minsheng.errors import QueryError


def parse(address: str) -> Criteria:
    return Criteria.parse(parse_qsl(address, keep_blank_values=True))


def test_every_filter_reaches_the_query():
    address = "project=road&project=park&source=forum&kind=public&sentiment=negative&topic=urban&aspect=quality"
    address += "&sentiment=unsure&intent=request&order=best&fold=0&after=x&cluster=k&thread=t"

    query = parse(address).query(Holds("打桩"), 7)

    assert (query.where, query.projects, query.sources) == (Holds("打桩"), ("road", "park"), ("forum",))
    assert (query.kinds, query.sentiments) == ((Kind.PUBLIC,), ("negative", "unsure"))
    assert query.intents == ("request",)
    assert (query.topics, query.aspects, query.clusters, query.threads) == (("urban",), ("quality",), ("k",), ("t",))
    assert (query.order, query.fold, query.after, query.limit) == ("best", False, "x", 7)


def test_what_is_typed_stays_as_it_is_for_who_parses_it():
    criteria = parse("q=+-打桩+OR+(&order=best")

    assert criteria.q == "-打桩 OR ("
    assert (criteria.query().text, criteria.query().where) == ("", All())


def test_days_are_beijing_days_and_the_last_one_is_included():
    window = parse("since=2026-03-01&until=2026-03-02").query().window

    assert window is not None
    assert window.since == datetime(2026, 3, 1, tzinfo=BEIJING)
    assert window.until == datetime(2026, 3, 3, tzinfo=BEIJING)


def test_one_open_end_is_allowed():
    window = parse("since=2026-03-01").query().window

    assert window is not None
    assert datetime(2099, 1, 1, tzinfo=BEIJING) in window


def test_the_address_of_a_search_reads_back_as_the_same_search():
    wanted = parse("q=a b&project=road&sentiment=negative&since=2026-03-01&order=oldest&fold=0&after=x%2By")

    assert Criteria.parse(parse_qsl(urlsplit(wanted.url).query)) == wanted


def test_defaults_are_not_written_into_the_address():
    assert parse("q=&fold=1&order=newest").url == "/search"


def test_toggling_twice_gives_the_same_filters_on_the_first_page():
    start = parse("project=road&after=x")

    added = start.toggle("project", "park")

    assert added.project == ("road", "park")
    assert added.after is None
    assert added.toggle("project", "park").project == ("road",)


def test_a_repeated_filter_value_counts_once():
    assert parse("project=road&project=road").project == ("road",)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("colour=red", "不认识的条件“colour”"),
        ("sentiment=angry", "negative、neutral、positive、unsure"),
        ("aspect=x", "aspect=x 不存在"),
        ("since=tomorrow", "起始日期“tomorrow”看不懂"),
        ("until=2026-02-30", "截止日期“2026-02-30”看不懂"),
        ("until=9999-12-31", "看不懂"),
        ("since=2026-03-02&until=2026-03-01", "早于起始日期"),
        ("order=random", "排序“random”不存在"),
        ("fold=yes", "fold 只能是"),
        ("q=a&q=b", "只能写一次"),
        ("intent=x", "intent=x 不存在"),
    ],
)
def test_what_is_not_understood_is_refused_with_a_reason(address, said):
    with pytest.raises(QueryError, match=said):
        parse(address)
