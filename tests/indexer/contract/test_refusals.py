"""What PostIndex refuses before it does anything, and with which words."""

import pytest

from indexer.base import Query
from indexer.conditions import All, Among, Any, During, Holds, Not
from minsheng.errors import QueryError

CURSOR = "WyJuZXdlc3QiLDEsImEiXQ"  # ["newest",1,"a"]


def nested(levels):
    where = Holds("路")
    for _ in range(levels - 1):
        where = Not(where)
    return where


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
        ({"sentiments": ("sure",)}, "sentiments: 'sure' is unknown; known: negative, neutral, positive, unsure"),
        ({"intents": "news"}, "intents: wants a tuple of strings"),
        ({"window": "2026"}, "window: wants a Window"),
        ({"where": None}, "where: wants Holds, Roughly, Among, During, All, Any or Not, got None"),
        ({"where": "路灯"}, "where: wants Holds"),
        ({"where": All(("路灯",))}, "where: wants Holds, .* got '路灯'"),
        ({"where": Not(None)}, "where: wants Holds, .* got None"),
        ({"where": All(Holds("路"))}, "where: All wants a tuple of conditions"),
        ({"where": Any([Holds("路")])}, "where: Any wants a tuple of conditions"),
        ({"where": Holds("")}, "where: a piece has 0 characters to look for; 1 to 200 are allowed"),
        ({"where": Not(Holds(" \u200b "))}, "where: a piece has 0 characters"),
        ({"where": Holds("灯" * 201)}, "where: a piece has 201 characters"),
        ({"where": Holds("ﷺ" * 20)}, "where: a piece has 360 characters"),
        ({"where": Holds(7)}, "where: Holds wants a string, got 7"),
        ({"where": Among("city", ("a",))}, "where: Among: 'city' is unknown; known: project, source"),
        ({"where": Among("source", "a")}, "where: source: wants a tuple of strings"),
        ({"where": Among("sentiment", ("bad",))}, "where: sentiment: 'bad' is unknown; known: negative"),
        ({"where": Among("kind", ("",))}, "where: kind: '' is unknown; known: official, public"),
        ({"where": Among("topic", ("\ud800",))}, "where: topic: .* is not valid Unicode"),
        ({"where": Among("topic", ("t",) * 3001)}, "where: topic: has 3001 values"),
        ({"where": Any((Among("topic", ("t",) * 3000),) * 11)}, "query: has 33000 values in all; 30000 are allowed"),
        ({"where": During("2026")}, "where: During: wants a Window"),
        ({"where": nested(31)}, "where: is more than 30 levels deep"),
        ({"where": nested(30), "text": "路"}, "where: is more than 30 levels deep"),
        ({"where": nested(100_000)}, "where: is more than 30 levels deep"),
        ({"where": Any((Holds("路"),) * 201)}, "query: has 201 conditions in words, filters and tree; 200 are allowed"),
        ({"where": Any((Holds("路"),) * 199), "text": "a b"}, "query: has 201 conditions"),
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


def test_the_largest_query_is_not_refused(index, make_labelled):
    index.add([make_labelled("灯" * 200)])
    words = " ".join("灯" * (200 - n) for n in range(20))

    assert index.count(Query(words, where=Any((Holds("路"), *[Holds("灯" * n) for n in range(1, 180)])))) == 1


def test_a_tree_of_thirty_levels_with_the_one_that_joins_it_is_not_refused(index):
    assert index.count(Query(where=nested(29))) == 0


def test_values_in_all_filters_may_be_thirty_thousand(index, make_labelled):
    index.add([make_labelled(topic="t7")])
    many = [Among("topic", tuple(f"t{n}" for n in range(start, start + 3000))) for start in range(0, 30_000, 3000)]

    assert index.count(Query(where=Any(tuple(many)))) == 1
