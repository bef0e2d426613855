"""One tree of a query."""

from indexer.base import Query
from indexer.conditions import EVERYTHING, NOTHING, All, Among, Any, During, Holds, Not
from indexer.tree import condition_of, pieces_of
from minsheng.domain import Kind, Window

ROAD, LAMP, GOV = Holds("路"), Holds("灯"), Among("source", ("gov",))


def test_words_come_first_then_filters_then_the_window_then_the_tree(now):
    query = Query("路 ＬＥＤ", where=Not(LAMP), kinds=[Kind.PUBLIC], window=Window(now, now))

    assert condition_of(query) == All(
        (ROAD, Holds("led"), Among("kind", ("public",)), During(Window(now, now)), Not(LAMP))
    )


def test_a_tree_is_flat_and_says_nothing_twice():
    assert condition_of(Query("路", where=All((All((ROAD, LAMP)), All(()))))) == All((ROAD, LAMP))
    assert condition_of(Query(where=Any((Any((ROAD, Any(()))), Any((LAMP, ROAD)))))) == Any((ROAD, LAMP))
    assert condition_of(Query(where=All((Any((ROAD,)),)))) == ROAD
    assert condition_of(Query(where=Not(Not(Not(ROAD))))) == Not(ROAD)


def test_everything_and_nothing_stand_at_the_root_alone():
    assert condition_of(Query()) == EVERYTHING
    assert condition_of(Query("路", where=All((LAMP, NOTHING)))) == NOTHING
    assert condition_of(Query(where=Any((LAMP, Not(NOTHING))))) == EVERYTHING
    assert condition_of(Query("路", where=Not(NOTHING))) == ROAD


def test_pieces_are_those_under_no_exclusion_once_and_in_order():
    tree = condition_of(Query("园 路", where=Any((LAMP, Not(Any((Holds("桥"), Not(Holds("河"))))), All((ROAD, GOV))))))

    assert pieces_of(tree) == ("园", "路", "灯")
