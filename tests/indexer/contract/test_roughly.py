"""What PostIndex promises of a search for what a text says roughly."""

from datetime import timedelta

import pytest

from indexer.base import Query
from indexer.conditions import All, Any, Holds, Not, Roughly
from indexer.roughly import softened
from minsheng.errors import QueryError

YEAR = timedelta(days=365)
ASKED = Roughly("夜里施工扰民")  # 夜里 里施 施工 工扰 扰民: two of them must stand


def ids(page):
    return [hit.labelled.post.id for hit in page.hits]


@pytest.fixture
def found(index, make_labelled, now):
    """Ask for the ids that a tree finds, in order of their letters."""
    index.add(
        [
            make_labelled("夜里施工扰民", id="a", published_at=now - 9 * YEAR),
            make_labelled("施工到半夜，太扰民", id="b", published_at=now),
            make_labelled("施工单位很好", id="c", published_at=now),
            make_labelled("扰民", title="施工", id="d", published_at=now, source="gov"),
            make_labelled("公园很好", id="e", published_at=now),
        ]
    )

    def ask(where, **fields):
        return "".join(sorted(labelled.post.id for labelled in index.stream(Query(where=where, **fields))))

    return ask


def test_what_holds_enough_parts_of_a_text_is_found(found):
    assert found(ASKED) == "abd"


def test_parts_may_stand_in_title_and_text(found):
    assert found(All((ASKED, Not(Holds("太"))))) == "ad"


def test_one_part_must_stand_where_there_is_one(found):
    assert found(Roughly("公园")) == "e"
    assert found(Roughly("园")) == "e"


def test_signs_part_what_is_asked_for_and_are_not_asked_for(found):
    assert found(Roughly("施工，扰民！")) == "abd"
    assert found(Roughly("公园；很好？")) == "e"


def test_signs_alone_are_asked_for_as_they_stand(found):
    assert found(Roughly("，")) == "b"


def test_traditional_and_full_width_forms_ask_for_the_same(found, index, make_labelled):
    index.add([make_labelled("Ａ７县路灯", id="f")])

    assert found(Roughly("夜裡施工擾民")) == "abd"
    assert found(Roughly("a7縣路燈")) == "f"


def test_letters_and_digits_are_whole_words_there_too(found, index, make_labelled):
    index.add([make_labelled("a7县路口", id="f"), make_labelled("ba7县路口", id="g")])

    assert found(Roughly("a7县路")) == "f"


def test_what_holds_enough_can_be_excluded_and_be_an_alternative(found):
    assert found(Not(ASKED)) == "ce"
    assert found(Any((ASKED, Holds("公园")))) == "abde"


def test_filters_hold_beside_it(found):
    assert found(ASKED, sources=("gov",)) == "d"


def test_counts_and_facets_follow_it(index, found):
    assert found(ASKED) == "abd"
    assert index.count(Query(where=ASKED)) == 3
    assert index.facet(Query(where=ASKED), "source") == {"forum": 2, "gov": 1}


def test_best_puts_first_what_holds_most_however_old(index, found):
    assert found(ASKED) == "abd"

    assert ids(index.search(Query(where=ASKED, order="best"))) == ["a", "d", "b"]
    assert ids(index.search(Query(where=ASKED, order="newest"))) == ["d", "b", "a"]


def test_best_weighs_parts_by_how_few_hold_them(index, make_labelled, now):
    index.add(make_labelled("施工单位夜里", published_at=now) for _ in range(40))
    index.add([make_labelled("施工鬼叫", id="rare", published_at=now - YEAR)])

    page = index.search(Query(where=Roughly("夜里施工 鬼叫"), order="best", limit=1))

    assert ids(page) == ["rare"]


def test_pages_of_the_best_are_stable_while_posts_arrive(index, make_labelled, now):
    index.add(make_labelled("施工扰民", id=f"a{n}", published_at=now - n * YEAR) for n in range(5))
    index.add(make_labelled("夜里施工", id=f"b{n}", published_at=now - n * YEAR) for n in range(7))
    query = {"where": Roughly("夜里施工扰民"), "order": "best", "limit": 4}
    whole = [labelled.post.id for labelled in index.stream(Query(**query))]

    page = index.search(Query(**query))
    seen = ids(page)
    index.add(make_labelled("扰民", id=f"new{n}") for n in range(300))
    while page.next:
        page = index.search(Query(**query, after=page.next))
        seen += ids(page)

    assert seen == whole


def test_a_cursor_of_another_text_is_refused(index, found):
    assert found(ASKED)
    after = index.search(Query(where=ASKED, order="best", limit=1)).next

    with pytest.raises(QueryError, match="after: this cursor belongs to another query"):
        index.search(Query(where=Roughly("公园很好"), order="best", after=after))


def test_two_texts_and_a_word_are_weighed_together(index, found):
    where = Any((ASKED, Roughly("公园很好"), Holds("单位")))

    assert found(where) == "abcde"
    assert ids(index.search(Query(where=where, order="best", limit=2)))[0] == "a"


def test_the_longest_text_is_answered(index, make_labelled):
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 190)))
    index.add([make_labelled(text), make_labelled(text[:60]), make_labelled(text[:9])])

    assert index.search(Query(where=Roughly(text), order="best")).total == 2


def test_words_that_nothing_holds_together_are_softened(found):
    asked = All((Holds("夜里"), Holds("施工扰民"), Not(Holds("公园"))))

    assert found(asked) == "a"
    assert softened(asked) == All((Roughly("夜里 施工扰民"), Not(Holds("公园"))))
    assert found(softened(asked)) == "abd"


@pytest.mark.parametrize("asked", [All(), Holds("园"), Not(Holds("公园")), Any((Holds("夜里"), Holds("公园")))])
def test_what_asks_for_no_two_parts_is_not_softened(asked):
    assert softened(asked) is None
