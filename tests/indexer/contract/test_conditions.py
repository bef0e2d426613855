"""What PostIndex promises of trees of conditions."""

from datetime import timedelta

import pytest

from indexer.base import Query
from indexer.conditions import All, Among, Any, During, Holds, Not
from minsheng.domain import Window

HOUR = timedelta(hours=1)
LAMP, ROAD, PARK = Holds("灯"), Holds("路"), Holds("公园")
NOWHERE = Among("source", ("nowhere",))


@pytest.fixture
def found(index, make_labelled, now):
    """Ask for the ids that a tree finds, in order of their letters, among six posts."""
    index.add(
        [
            make_labelled("路灯坏了", id="a", source="x", projects=("road", "park"), published_at=now),
            make_labelled("路不平", id="b", source="y", reply_to="a", published_at=now - HOUR),
            make_labelled("灯太亮", id="c", source="x", unsure=True, published_at=now - 2 * HOUR),
            make_labelled("公园很好", id="d", source="y", title="路灯", projects=(), published_at=now - 3 * HOUR),
            make_labelled("坐bus去公园", id="e", source="z", intent="praise", published_at=now - 4 * HOUR),
            make_labelled("", id="f", source="z", reply_to="b", cluster="a", published_at=now - 5 * HOUR),
        ]
    )

    def ask(where, **fields):
        return "".join(sorted(labelled.post.id for labelled in index.stream(Query(where=where, **fields))))

    return ask


def test_without_conditions_everything_is_found(found):
    assert found(All()) == "abcdef"


def test_any_of_nothing_is_nothing(found):
    assert found(Any()) == ""


def test_what_is_not_nothing_is_everything(found):
    assert found(Not(Any())) == "abcdef"
    assert found(Not(All())) == ""


def test_a_piece_is_found_in_title_or_text(found):
    assert found(LAMP) == "acd"


def test_all_pieces_must_be_found(found):
    assert found(All((LAMP, ROAD))) == "ad"


def test_any_piece_may_be_found(found):
    assert found(Any((ROAD, PARK))) == "abde"


def test_a_piece_alone_can_be_excluded(found):
    assert found(Not(LAMP)) == "bef"


def test_pieces_can_be_excluded_from_others(found):
    assert found(All((ROAD, Not(PARK)))) == "ab"
    assert found(All((ROAD, Not(PARK), Not(Holds("坏"))))) == "b"


def test_only_exclusions_are_answered(found):
    assert found(All((Not(LAMP), Not(PARK)))) == "bf"
    assert found(Not(Any((LAMP, PARK)))) == "bf"


def test_a_piece_or_the_lack_of_another(found):
    assert found(Any((PARK, Not(LAMP)))) == "bdef"


def test_what_is_excluded_may_be_all_of_several(found):
    assert found(Not(All((LAMP, ROAD)))) == "bcef"


def test_excluding_twice_is_asking(found):
    assert found(Not(Not(LAMP))) == "acd"
    assert found(Not(Not(Not(LAMP)))) == "bef"


def test_an_exclusion_may_have_an_exception(found):
    assert found(Not(All((ROAD, Not(PARK))))) == "cdef"


def test_alternatives_within_all_within_alternatives(found):
    assert found(Any((All((ROAD, Any((PARK, Holds("不平"))))), All((LAMP, Holds("太亮")))))) == "bcd"


def test_a_condition_said_twice_is_said_once(found):
    assert found(All((LAMP, LAMP, All((LAMP,))))) == "acd"
    assert found(Any((LAMP, Any((LAMP, LAMP))))) == "acd"


def test_pieces_follow_the_rule_of_whole_words(found):
    assert found(Holds("bus")) == "e"
    assert found(Holds("us")) == ""
    assert found(Not(Holds("us"))) == "abcdef"
    assert found(All((Holds("公园"), Not(Holds("坐bus"))))) == "d"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("project", "park", "a"), ("source", "y", "bd"), ("kind", "public", "abcdef"), ("sentiment", "unsure", "c"),
        ("sentiment", "negative", "abdef"), ("topic", "urban", "abcdef"), ("aspect", "quality", "abcdef"),
        ("intent", "praise", "e"), ("cluster", "a", "af"), ("thread", "none", ""), ("reply_to", "a", "b"),
    ],
)  # fmt: skip
def test_every_field_can_be_asked_for_and_excluded(found, field, value, expected):
    assert found(Among(field, (value,))) == expected
    assert found(Not(Among(field, (value,)))) == "".join(sorted(set("abcdef") - set(expected)))


def test_values_of_a_field_are_or(found):
    assert found(Among("source", ("x", "z"))) == "acef"


def test_no_value_at_all_is_nothing(found):
    assert found(Among("source", ())) == ""
    assert found(Not(Among("project", ()))) == "abcdef"


def test_a_field_asked_twice_must_have_both(found):
    assert found(All((Among("project", ("road",)), Among("project", ("park",))))) == "a"
    assert found(All((Among("source", ("x",)), Among("source", ("y",))))) == ""


def test_posts_without_project_can_be_asked_for(found):
    assert found(Not(Among("project", ("road", "park")))) == "d"


def test_what_answers_nothing_is_not_an_answer_to_something(found):
    assert found(Not(Among("reply_to", ("a", "b")))) == "acde"


def test_a_window_can_be_asked_for_and_excluded(found, now):
    assert found(During(Window(now - 2 * HOUR, now))) == "bc"
    assert found(Not(During(Window(now - 2 * HOUR, now)))) == "adef"


def test_two_windows_may_be_alternatives(found, now):
    first, last = Window(now - 5 * HOUR, now - 4 * HOUR), Window(now, now + HOUR)

    assert found(Any((During(first), During(last)))) == "af"


def test_a_piece_or_a_value(found):
    assert found(Any((PARK, Among("source", ("x",))))) == "acde"
    assert found(Any((Not(LAMP), Among("source", ("x",))))) == "abcef"


def test_a_piece_without_a_value(found):
    assert found(All((LAMP, Not(Among("source", ("x",)))))) == "d"


def test_neither_a_piece_nor_a_value(found):
    assert found(Not(Any((LAMP, Among("source", ("z",)))))) == "b"


def test_words_filters_and_tree_must_hold_together(found):
    assert found(Not(PARK), text="路") == "ab"
    assert found(Not(PARK), text="路", sources=("x",)) == "a"
    assert found(Any((PARK, Holds("平"))), text="路") == "bd"


def test_the_tree_cannot_widen_words_and_filters(found):
    assert found(Any((PARK, LAMP)), text="平") == ""
    assert found(Not(NOWHERE), sources=("x",)) == "ac"


def test_counts_facets_and_days_follow_the_tree(index, found):
    query = Query(where=All((ROAD, Not(PARK))))

    assert found(query.where) == "ab"
    assert index.count(query) == 2
    assert index.facet(query, "source") == {"x": 1, "y": 1}
    assert sum(index.histogram(query, "month").values()) == 2


def test_folding_follows_the_tree(index, found, now):
    del found

    assert [hit.labelled.post.id for hit in index.search(Query(where=Among("cluster", ("a",)), fold=True)).hits] == [
        "f"
    ]
    before = Not(During(Window(now - 9 * HOUR, now - 4 * HOUR)))
    assert index.count(Query(where=All((before, Among("cluster", ("a",)))), fold=True)) == 1


def test_pages_follow_the_tree(index, make_labelled):
    index.add(make_labelled("灯" if n % 3 else "公园", id=f"{n:02}") for n in range(30))
    query = Query(where=Not(PARK), limit=15)

    first = index.search(query)
    second = index.search(Query(where=Not(PARK), limit=15, after=first.next))

    assert first.total == second.total == 20
    assert [hit.labelled.post.id for page in (first, second) for hit in page.hits] == [
        f"{n:02}" for n in range(30) if n % 3
    ]
    assert second.next is None


def ladder(levels, rung):
    """Return a tree of so many levels, in which ``rung`` stands on every one."""
    where = LAMP
    for level in range(levels - 1):
        where = (All, Any)[level % 2]((rung(level), where))
    return where


@pytest.mark.parametrize(
    "rung",
    [
        lambda n: Holds(f"灯{n}"),
        lambda n: Among("source", (str(n),)),
        lambda n: Not(Among("source", (str(n),))) if n else NOWHERE,
    ],
)
def test_the_deepest_tree_is_answered(index, make_labelled, rung):
    from indexer.memory import MemoryIndex

    oracle = MemoryIndex()
    posts = [make_labelled("灯", id="a"), make_labelled("灯1灯3", id="b", source="2")]
    index.add(posts)
    oracle.add(posts)
    query = Query("灯", where=ladder(29, rung), order="best")

    assert index.search(query) == oracle.search(query)


def test_exclusions_may_be_as_deep_as_a_tree_may_be(found):
    where = LAMP
    for _ in range(13):
        where = Not(All((where, Not(NOWHERE))))

    assert found(where) == "bef"


@pytest.mark.parametrize("join", [All, Any])
def test_the_widest_tree_is_answered(index, make_labelled, join):
    index.add([make_labelled("".join(map(chr, range(0x4E00, 0x4E00 + 200))))])

    assert index.search(Query(where=join(tuple(Holds(chr(0x4E00 + n)) for n in range(200))), order="best")).total == 1


def test_a_tree_that_branches_everywhere_is_answered(index, make_labelled):
    index.add([make_labelled("灯3", id="a", source="4"), make_labelled("灯", id="b")])
    numbers = iter(range(1000))

    def branch(height):
        if not height:
            number = next(numbers)
            return Holds(f"灯{number}") if number % 2 else Among("source", (str(number),))
        return (Any if height > 1 else All)((branch(height - 1), Not(branch(height - 1))))

    assert index.count(Query(where=branch(7))) == 2


@pytest.mark.parametrize(
    "piece", ['"', '灯" OR "路', "灯*", "title:灯", ") OR (", "NOT", "AND 灯", "灯\\", "{", "路~1"]
)
def test_pieces_are_never_syntax(found, piece):
    assert found(Holds(piece)) == ""
    assert found(All((ROAD, Not(Holds(piece))))) == "abd"
    assert found(Any((ROAD, Holds(piece)))) == "abd"
