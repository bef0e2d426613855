"""What PostIndex promises of the order of hits."""

from datetime import timedelta

import pytest

from indexer.base import Query
from indexer.conditions import All, Among, Any, Holds, Not

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def ids(page):
    return [hit.labelled.post.id for hit in page.hits]


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


@pytest.fixture
def best(index, make_labelled, now):
    """Put (text, title, days ago) into the index and ask for them in the best order, named a, b, c …"""

    def ask(posts, query):
        index.add(
            make_labelled(text, id=chr(ord("a") + n), title=title, published_at=now - days * DAY)
            for n, (text, title, days) in enumerate(posts)
        )
        return "".join(ids(index.search(query)))

    return ask


def test_best_prefers_the_whole_phrase(best):
    posts = [("灯在路上坏了", "", 0), ("路灯坏了", "", 20)]

    assert best(posts, Query("路 灯 坏", order="best")) == "ba"


def test_a_phrase_of_two_words_triples_the_relevance_of_a_text(best):
    # Two pieces once each are worth 2, together 2 + 4: thirty days times log2(3), 47 days and a half.
    posts = [("公园在路边", "", 0), ("公园路边", "", 47), ("公园路边", "", 48)]

    assert best(posts, Query("公园 路边", order="best")) == "bac"


def test_a_phrase_in_the_title_is_worth_more_than_one_in_the_text(best):
    posts = [("公园路边", "", 0), ("好", "公园路边", 40)]

    assert best(posts, Query("公园 路边", order="best")) == "ba"


def test_one_space_may_stand_within_a_phrase(best):
    posts = [("灯 路", "", 0), ("路 灯", "", 20), ("路，灯", "", 10)]

    assert best(posts, Query("路 灯", order="best")) == "bac"


def test_the_words_of_a_phrase_stand_in_the_order_of_the_query(best):
    posts = [("灯路", "", 0), ("路灯", "", 20)]

    assert best(posts, Query("路 灯", order="best")) == "ba"


def test_every_word_belongs_to_the_phrase(best):
    posts = [("路灯也坏", "", 0), ("路灯坏", "", 20)]

    assert best(posts, Query("路 灯 坏", order="best")) == "ba"


def test_words_of_letters_form_a_phrase_only_apart(best):
    posts = [("bus x stop busstop", "", 0), ("bus stop", "", 20)]

    assert best(posts, Query("bus stop", order="best")) == "ba"


def test_pieces_of_the_tree_follow_the_words_in_a_phrase(best):
    posts = [("灯路", "", 0), ("路灯", "", 20)]

    assert best(posts, Query("路", where=Holds("灯"), order="best")) == "ba"


def test_alternatives_count_towards_relevance(best):
    posts = [("路", "", 0), ("路公园公园公园", "", 20)]

    assert best(posts, Query(where=Any((Holds("路"), Holds("公园"))), order="best")) == "ba"


def test_what_is_excluded_counts_for_nothing(best):
    posts = [("路", "", 0), ("路", "", 1), ("路灯", "", 2)]

    assert best(posts, Query("路", where=Not(Holds("灯")), order="best")) == "ab"
    assert best([], Query("路", where=Not(All((Holds("灯"), Holds("坏")))), order="best")) == "abc"


def test_letters_within_longer_words_count_for_nothing(best):
    posts = [("bus", "", 0), ("bus business busy", "", 1), ("bus bus bus", "", 20)]

    assert best(posts, Query("bus", order="best")) == "cab"


def test_a_title_that_holds_the_word_within_another_counts_for_nothing(best):
    posts = [("bus", "", 0), ("bus", "business", 1)]

    assert best(posts, Query("bus", order="best")) == "ab"


def test_occurrences_beyond_the_fifth_count_for_nothing(best):
    posts = [("灯" * 5, "", 0), ("灯" * 50, "", 1)]

    assert best(posts, Query("灯", order="best")) == "ab"


def test_without_words_best_is_newest(best):
    posts = [("路", "", 1), ("灯", "", 0), ("园", "", 2)]

    assert best(posts, Query(where=Among("source", ("forum",)), order="best")) == "bac"


def test_best_with_only_exclusions_is_newest(best):
    posts = [("路", "", 1), ("灯", "", 0), ("园", "", 2)]

    assert best(posts, Query(where=Not(Holds("园")), order="best")) == "ba"


def test_equal_scores_are_ordered_by_id(best):
    assert best([("灯", "", 0), ("灯", "", 0), ("灯", "", 0)], Query("灯", order="best")) == "cba"
