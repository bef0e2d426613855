"""The promises of PostIndex, kept by every back end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from indexer.base import Query
from minsheng.domain import Kind, Opinion, Sentiment, Window
from minsheng.errors import QueryError

HOUR = timedelta(hours=1)


def ids(page):
    return [hit.labelled.post.id for hit in page.hits]


def joined(pages):
    return [post_id for page in pages for post_id in page]


def walk(index, query):
    """Return the ids of all pages, one list a page."""
    pages = []
    while True:
        page = index.search(query)
        pages.append(ids(page))
        if page.next is None:
            return pages
        query = replace(query, after=page.next)


def test_an_empty_index_answers_with_nothing(index):
    assert index.search(Query("路")).hits == ()
    assert index.count(Query()) == 0
    assert index.facet(Query(), "project") == {}
    assert index.histogram(Query(), "day") == {}
    assert list(index.stream(Query())) == []
    assert index.get("forum:1") is None
    assert index.delete(["forum:1"]) == 0
    assert index.add([]) == 0


def test_what_goes_in_comes_out_the_same(index, make_labelled, now):
    full = make_labelled(
        "  Ａ路灯\t坏了😡\r\n\x00“三天”，'没人修 ",
        negative=0.1 + 0.2,
        neutral=1 / 3,
        positive=1e-17,
        projects=("road", "park", "road"),
        cluster="forum:0",
        model="shipped-1",
        title="《文昌路》改造",
        published_at=datetime(2026, 3, 9, 23, 59, 59, 999999, tzinfo=UTC),
        collected_at=now + timedelta(microseconds=1),
        shown_at="3天前",
        reply_to="forum:0",
        project="road",
        place=3,
        likes=0,
        kind=Kind.OFFICIAL,
    )
    old = make_labelled("很久以前", published_at=datetime(1949, 10, 1, 7, 0, 0, 1, tzinfo=UTC), projects=())

    index.add([full, old])

    assert index.get(full.post.id) == full
    assert index.get(old.post.id) == old
    assert list(index.stream(Query(order="oldest"))) == [old, full]
    assert isinstance(index.get(full.post.id).post.kind, Kind)


def test_a_broken_emoji_survives(index, make_labelled):
    broken = make_labelled("半个表情\ud83d，路灯坏了", title="\ude00")

    index.add([broken])

    assert index.get(broken.post.id) == broken
    assert index.count(Query("表情,路灯")) == 1


@pytest.mark.parametrize("text", ["扰", "扰民", "工扰民太", "施工扰民太严重", "重", "施"])
def test_any_substring_is_found(index, make_labelled, text):
    index.add([make_labelled("施工扰民太严重"), make_labelled("路灯坏了")])

    assert index.search(Query(text)).total == 1


@pytest.mark.parametrize("text", ["民扰", "施扰", "重施", "施工扰民太严重了", "工施", "扰扰"])
def test_characters_in_another_order_are_not_found(index, make_labelled, text):
    index.add([make_labelled("施工扰民太严重")])

    assert index.search(Query(text)).total == 0


@pytest.mark.parametrize(
    "text",
    [
        "metro",
        "METRO",
        "ｍｅｔｒｏ",
        "3号",
        "３號",
        "o3",
        "線路",
        "线路",
        "！",
        "!",
        "😡",
        "a-b",
        "50%",
        "c++",
        "“好”",
        "3.5",
        "_x",
    ],
)
def test_case_width_and_traditional_forms_do_not_matter_and_signs_count(index, make_labelled, text):
    index.add([make_labelled("Metro3號線路！😡 A-B 50% C++“好”3.5_X"), make_labelled("公园很好")])

    assert index.search(Query(text)).total == 1


def test_all_words_must_occur_each_within_title_or_text(index, make_labelled):
    index.add([make_labelled("路灯坏了", title="文昌路", id="a"), make_labelled("路灯很亮", title="解放路", id="b")])

    assert ids(index.search(Query("文昌 路灯"))) == ["a"]
    assert index.count(Query("文昌\u3000 坏了  文昌")) == 1
    assert index.count(Query("文昌 很亮")) == 0
    assert index.count(Query("文昌路路灯")) == 0
    assert index.count(Query(" \u200b ")) == 2


def test_a_word_that_starts_at_the_end_of_the_title_is_not_found(index, make_labelled):
    index.add([make_labelled("灯坏了", title="路")])

    assert index.count(Query("路灯")) == 0


@pytest.mark.parametrize(
    "text",
    [
        '"', "*", "灯*", "NEAR(路 灯)", "NEAR", "路 AND 灯", "AND", "OR", "NOT", "-灯", "title:灯", "{title text}:灯", "^灯",
        "'; drop table posts; --", "%", "_", "\\", "()", "灯)", '"灯', "+", "words:", "灯 + 坏", "?", "?1", ":a", "$", "\x00",
        "--", "/*", "\ud800", "😡" * 3, "[灯]", "灯.*", "灯\\b", "𠮷",
    ],
)  # fmt: skip
def test_signs_that_mean_something_to_an_engine_are_only_text(index, make_labelled, text):
    from indexer.memory import MemoryIndex

    oracle = MemoryIndex()
    posts = [make_labelled(text + "路灯"), make_labelled("路灯坏了"), make_labelled("and or not near title")]
    index.add(posts)
    oracle.add(posts)

    page = index.search(Query(text, order="best"))

    assert page == oracle.search(Query(text, order="best"))
    assert index.facet(Query(text), "source") == oracle.facet(Query(text), "source")
    assert index.count(Query()) == 3


def test_values_of_filters_are_only_values(index, make_labelled):
    index.add([make_labelled(projects=("a' OR 1=1 --",), source='"x"')])

    assert index.count(Query(projects=("a' OR 1=1 --",))) == 1
    assert index.count(Query(projects=("' OR 1=1 --",))) == 0
    assert index.facet(Query(sources=('"x"',)), "project") == {"a' OR 1=1 --": 1}


FILTERS = {
    "projects": ("park", {"projects": ("road", "park")}),
    "sources": ("gov", {"source": "gov"}),
    "kinds": (Kind.OFFICIAL, {"kind": Kind.OFFICIAL}),
    "sentiments": (Sentiment.POSITIVE, {"negative": 0.1, "positive": 0.8}),
    "topics": ("health", {"topic": "health"}),
    "aspects": ("safety", {"aspect": "safety"}),
    "clusters": ("forum:77", {"cluster": "forum:77"}),
    "threads": ("http://t/9", {"thread": "http://t/9"}),
    "reply_to": ("forum:3", {"reply_to": "forum:3"}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_keeps_what_it_names(index, make_labelled, name):
    value, fields = FILTERS[name]
    index.add([make_labelled(id="wanted", **fields), make_labelled(id="other")])

    assert ids(index.search(Query(**{name: (value,)}))) == ["wanted"]
    assert ids(index.search(Query("路灯", **{name: (value, value)}))) == ["wanted"]
    assert index.count(Query("公园", **{name: (value,)})) == 0


def test_filters_of_one_kind_are_or_and_of_different_kinds_and(index, make_labelled):
    index.add(
        [
            make_labelled(id="a", source="x", topic="urban"),
            make_labelled(id="b", source="y", topic="urban"),
            make_labelled(id="c", source="y", topic="health"),
            make_labelled(id="d", source="z", topic="urban"),
        ]
    )

    page = index.search(Query(sources=("x", "y"), topics=("urban",)))

    assert sorted(ids(page)) == ["a", "b"]


def test_since_is_inclusive_and_until_is_exclusive(index, make_labelled, now):
    second = timedelta(microseconds=1)
    moments = {"before": now - second, "since": now, "last": now + HOUR - second, "until": now + HOUR}
    index.add([make_labelled(id=name, published_at=moment) for name, moment in moments.items()])

    page = index.search(Query(window=Window(now, now + HOUR), order="oldest"))

    assert ids(page) == ["since", "last"]


def test_adding_twice_counts_once_and_the_later_post_replaces_the_earlier(index, make_labelled, now):
    first = make_labelled("路灯坏了", id="a", collected_at=now, projects=("road",))
    later = make_labelled(
        "路灯修好了", id="a", collected_at=now + HOUR, projects=("park",), positive=0.99, negative=0.01
    )

    assert index.add([first]) == 1
    assert index.add([later, make_labelled(id="b")]) == 1

    assert index.get("a") == replace(later, post=replace(later.post, collected_at=now))
    assert index.count(Query("坏了")) == 1
    assert ids(index.search(Query("修好"))) == ["a"]
    assert index.facet(Query(), "project") == {"park": 1, "road": 1}
    assert index.count(Query(sentiments=(Sentiment.POSITIVE,))) == 1


def test_the_same_post_twice_in_one_call_is_one_post(index, make_labelled, now):
    posts = [make_labelled(text, id="a", collected_at=now + HOUR * n) for n, text in enumerate(["一", "二", "三"])]

    assert index.add(iter(posts)) == 1
    assert index.add(posts) == 0

    assert index.get("a").post.text == "三"
    assert index.get("a").post.collected_at == now
    assert index.count(Query("一")) == 0


def test_a_new_reading_of_the_same_text_is_kept(index, make_labelled):
    post = make_labelled("路灯坏了", id="a")
    index.add([post])

    index.add([replace(post, reading=replace(post.reading, opinion=Opinion(0.0, 0.0, 1.0), model="newer"))])

    assert index.get("a").reading.model == "newer"
    assert index.facet(Query("路灯"), "sentiment") == {"positive": 1}


def test_a_probability_that_is_no_number_is_refused(index, make_labelled):
    with pytest.raises(ValueError, match="finite"):
        index.add([make_labelled(negative=float("nan"))])


def test_deleted_posts_are_not_found_any_more(index, make_labelled):
    index.add([make_labelled(id=name) for name in "abc"])

    assert index.delete(["a", "c", "x", "a"]) == 2

    assert ids(index.search(Query("路"))) == ["b"]
    assert index.get("a") is None
    assert index.facet(Query(), "project") == {"road": 1}
    assert index.add([make_labelled("公园", id="a")]) == 1
    assert index.count(Query("路")) == 1


def test_newest_and_oldest_are_reverse_and_break_ties_by_id(index, make_labelled, now):
    index.add(
        [make_labelled(id=name, published_at=now + hours * HOUR) for name, hours in [("b", 0), ("a", 0), ("c", 1)]]
    )

    assert ids(index.search(Query(order="oldest"))) == ["a", "b", "c"]
    assert ids(index.search(Query(order="newest"))) == ["c", "b", "a"]
    assert ids(index.search(Query(order="best"))) == ["c", "b", "a"]


def test_best_puts_title_hits_first_then_repeats_then_recent(index, make_labelled, now):
    index.add(
        [
            make_labelled("路灯坏了", id="recent", published_at=now),
            make_labelled("路灯坏了", id="old", published_at=now - HOUR),
            make_labelled("路灯路灯路灯", id="repeats", published_at=now - HOUR * 24),
            make_labelled("坏了", id="title", title="路灯", published_at=now - HOUR * 24),
        ]
    )

    page = index.search(Query("路灯", order="best"))

    assert ids(page) == ["title", "repeats", "recent", "old"]


def test_best_lets_twice_the_relevance_outweigh_thirty_days_exactly(index, make_labelled, now):
    days = timedelta(days=1)
    index.add(
        [
            make_labelled("灯", id="now", published_at=now),
            make_labelled("灯灯", id="29", published_at=now - 29 * days),
            make_labelled("灯灯", id="31", published_at=now - 31 * days),
            make_labelled("灯" * 9, id="capped", published_at=now - 70 * days),
        ]
    )

    assert ids(index.search(Query("灯", order="best"))) == ["29", "now", "capped", "31"]


@pytest.mark.parametrize("order", ["newest", "oldest", "best"])
@pytest.mark.parametrize("fold", [False, True])
def test_pages_hold_every_match_once_and_the_last_has_no_next(index, make_labelled, now, order, fold):
    index.add(
        make_labelled("灯" * (n % 3 + 1), id=f"{n:02}", published_at=now + HOUR * (n // 4), cluster=str(n // 2))
        for n in range(20)
    )
    expected = 10 if fold else 20

    pages = walk(index, Query("灯", order=order, limit=5, fold=fold))

    assert [len(page) for page in pages] == [5] * (expected // 5)
    assert len(set(joined(pages))) == expected
    assert joined(pages) == [labelled.post.id for labelled in index.stream(Query("灯", order=order, fold=fold))]


@pytest.mark.parametrize("order", ["newest", "best"])
def test_pages_are_stable_while_posts_arrive(index, make_labelled, now, order):
    index.add(make_labelled("灯" * (n % 4 + 1), id=f"{n:02}", published_at=now + HOUR * n) for n in range(10))
    before = joined(walk(index, Query("灯", order=order, limit=10)))
    first = index.search(Query("灯", order=order, limit=4))

    index.add(make_labelled("灯灯灯灯灯", id=f"new{n}", published_at=now + HOUR * 9000) for n in range(5))
    rest = walk(index, Query("灯", order=order, limit=4, after=first.next))

    assert ids(first) + joined(rest) == before


def test_a_page_knows_the_exact_total_and_the_copies(index, make_labelled, now):
    index.add([make_labelled(id=name, cluster="a", published_at=now + HOUR * n) for n, name in enumerate("abc")])
    index.add([make_labelled("公园", id="d", cluster="a"), make_labelled(id="e")])

    page = index.search(Query("路灯", limit=1))

    assert page.total == 4
    assert index.search(Query("路灯", clusters=("a",))).hits[0].copies == 4
    assert {hit.labelled.post.id: hit.copies for hit in index.search(Query()).hits}["e"] == 1


def test_folding_shows_the_earliest_match_of_each_cluster(index, make_labelled, now):
    index.add(
        [
            make_labelled("灯", id="c", cluster="x", published_at=now),
            make_labelled("灯", id="b", cluster="x", published_at=now),
            make_labelled("公园", id="a", cluster="x", published_at=now - HOUR, topic="health"),
            make_labelled("灯", id="d", cluster="y", published_at=now + 24 * HOUR),
        ]
    )
    query = Query("灯", fold=True)

    page = index.search(query)

    assert ids(page) == ["d", "b"]
    assert page.total == index.count(query) == 2
    assert [hit.copies for hit in page.hits] == [1, 3]
    assert index.facet(query, "topic") == {"urban": 2}
    assert list(index.histogram(query, "day").values()) == [1, 1]
    assert [labelled.post.id for labelled in index.stream(query)] == ["d", "b"]


def test_facets_count_most_first_then_by_value(index, make_labelled):
    index.add([make_labelled(topic=topic) for topic in ["b", "a", "c", "c"]])

    assert list(index.facet(Query(), "topic").items()) == [("c", 2), ("a", 1), ("b", 1)]
    assert list(index.facet(Query(), "topic", limit=2)) == ["c", "a"]


def test_a_post_of_two_projects_counts_in_both(index, make_labelled):
    index.add(
        [
            make_labelled(projects=("road", "park", "road")),
            make_labelled(projects=("park",)),
            make_labelled(projects=()),
        ]
    )

    assert index.facet(Query(), "project") == {"park": 2, "road": 1}
    assert index.facet(Query(projects=("road",)), "project") == {"park": 1, "road": 1}
    assert index.count(Query(projects=("road", "park"))) == 2


@pytest.mark.parametrize(
    ("facet", "value"),
    [("source", "forum"), ("kind", "public"), ("sentiment", "negative"), ("topic", "urban"), ("aspect", "quality")],
)
def test_every_facet_counts_its_own_field(index, make_labelled, facet, value):
    index.add([make_labelled(), make_labelled()])

    counts = index.facet(Query("路灯", limit=1), facet)

    assert counts == {value: 2}
    assert [type(key) for key in counts] == [str]


def test_days_are_those_of_beijing(index, make_labelled):
    index.add(
        [
            make_labelled(published_at=datetime(2026, 2, 28, 15, 59, 59, 999999, tzinfo=UTC)),
            make_labelled(published_at=datetime(2026, 2, 28, 16, 0, tzinfo=UTC)),
            make_labelled(published_at=datetime(2026, 3, 1, 15, 59, tzinfo=UTC)),
        ]
    )

    assert list(index.histogram(Query(), "day").items()) == [(date(2026, 2, 28), 1), (date(2026, 3, 1), 2)]


def test_weeks_start_on_monday_and_months_on_the_first(index, make_labelled):
    days = [(2025, 12, 29), (2026, 1, 4), (2026, 1, 5), (2026, 1, 31), (2026, 2, 1)]
    index.add([make_labelled(published_at=datetime(*day, 4, tzinfo=UTC)) for day in days])

    assert list(index.histogram(Query(), "week").items()) == [
        (date(2025, 12, 29), 2),
        (date(2026, 1, 5), 1),
        (date(2026, 1, 26), 2),
    ]
    assert list(index.histogram(Query(), "month").items()) == [
        (date(2025, 12, 1), 1),
        (date(2026, 1, 1), 3),
        (date(2026, 2, 1), 1),
    ]


def test_counting_ignores_limit_cursor_and_order(index, make_labelled):
    index.add([make_labelled(topic=str(n)) for n in range(7)])
    later = Query("路灯", limit=2, after=index.search(Query(order="oldest", limit=2)).next, order="oldest")

    assert index.count(later) == 7
    assert len(index.facet(later, "topic")) == 7
    assert sum(index.histogram(later, "day").values()) == 7
    assert len(list(index.stream(later))) == 7


def test_a_stream_may_be_read_while_posts_are_added(index, make_labelled):
    index.add([make_labelled() for _ in range(3)])

    read = [index.add([make_labelled("新的", id=f"new:{labelled.post.id}")]) for labelled in index.stream(Query())]

    assert read == [1, 1, 1]
    assert index.count(Query()) == 6


CURSOR = "WyJuZXdlc3QiLDEsImEiXQ"  # ["newest",1,"a"]


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"order": "relevance"}, "order: 'relevance' is unknown; known: newest, oldest, best"),
        ({"limit": 0}, "limit: wants a whole number from 1 to 500, got 0"),
        ({"limit": 501}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": 2.5}, "limit"),
        ({"text": None}, "text: wants a string"),
        ({"text": "灯" * 201}, "text: a word has 201 characters; 200 are allowed"),
        ({"text": " ".join(map(str, range(21)))}, "text: has 21 words"),
        ({"text": " " * 10_001}, "text: has 10001 characters"),
        ({"projects": "road"}, "projects: wants a tuple of strings"),
        ({"sources": (1,)}, "sources: wants a tuple of strings"),
        ({"sources": ("\ud800",)}, "sources: .* is not valid Unicode"),
        ({"threads": ("t",) * 3001}, "threads: has 3001 values"),
        ({"kinds": ("office",)}, "kinds: 'office' is unknown; known: official, public"),
        ({"sentiments": ("angry",)}, "sentiments: 'angry' is unknown"),
        ({"window": "2026"}, "window: wants a Window"),
        ({"after": 7}, "after: wants the cursor"),
        ({"after": ""}, "after: '' is not a cursor"),
        ({"after": "垃圾"}, "after: .* is not a cursor"),
        ({"after": "a"}, "after: .* is not a cursor"),
        ({"after": "W10"}, "after: .* is not a cursor"),
        ({"after": "WyJuZXdlc3QiLDFlOTksImEiXQ"}, "after: .* is not a cursor"),
        ({"after": "WyJuZXdlc3QiLDk5OTk5OTk5OTk5OTk5OTk5OTk5LCJhIl0"}, "after: .* is not a cursor"),
        ({"after": "WyJuZXdlc3QiLDEsIlx1ZDgwMCJd"}, "after: .* is not a cursor"),
        ({"after": CURSOR, "order": "best"}, "after: this cursor belongs to order 'newest', the query has 'best'"),
    ],
)
def test_a_query_that_is_not_valid_is_refused_with_what_was_expected(index, fields, part):
    query = Query(**fields)

    for ask in (
        lambda: index.search(query),
        lambda: index.count(query),
        lambda: index.facet(query, "topic"),
        lambda: index.histogram(query, "day"),
        lambda: index.stream(query),
    ):
        with pytest.raises(QueryError, match=part):
            ask()


def test_a_cursor_from_an_index_of_any_kind_is_accepted(index, make_labelled):
    index.add([make_labelled()])

    assert index.search(Query(after=CURSOR)).hits == ()


def test_unknown_facets_and_intervals_are_refused(index):
    with pytest.raises(QueryError, match="facet: 'cluster' is unknown; known: project"):
        index.facet(Query(), "cluster")
    with pytest.raises(QueryError, match="facet limit"):
        index.facet(Query(), "topic", limit=0)
    with pytest.raises(QueryError, match="interval: 'year' is unknown; known: day, week, month"):
        index.histogram(Query(), "year")


def test_closing_twice_is_fine(index):
    index.close()

    index.close()
