"""One tree of a query, and what SQLite makes of it."""

from indexer.base import Query
from indexer.conditions import EVERYTHING, NOTHING, All, Among, Any, During, Holds, Not
from indexer.sqlite_conditions import Sql, expression, looked_up, read
from indexer.tree import condition_of, pieces_of
from minsheng.domain import Kind, Window

ROAD, LAMP, PARK, GOV = Holds("路"), Holds("灯"), Holds("园"), Among("source", ("gov",))


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


def test_words_alone_become_one_fts_expression():
    assert expression(All((ROAD, Any((LAMP, PARK)), Not(Holds("桥"))))) == (
        '((("灯"* OR "园"*) AND "路"*) NOT ("桥"*))'
    )
    assert looked_up(All((ROAD, Not(LAMP)))) == Sql(
        "p.n IN (SELECT rowid FROM words WHERE words MATCH ?)", ('(("路"*) NOT ("灯"*))',)
    )


def test_exclusions_alone_are_said_in_sql():
    assert expression(Not(ROAD)) is None
    assert looked_up(Any((Not(ROAD), LAMP, PARK))).text == (
        "(p.n IN (SELECT rowid FROM words WHERE words MATCH ?)"
        " OR p.n NOT IN (SELECT rowid FROM words WHERE words MATCH ?))"
    )


def test_words_beside_filters_are_looked_up_together():
    found = looked_up(All((ROAD, GOV, LAMP, Not(PARK))))

    assert found.text == "(p.n IN (SELECT rowid FROM words WHERE words MATCH ?) AND p.source IN (?))"
    assert found.values == ('(("路"* AND "灯"*) NOT ("园"*))', "gov")


def test_texts_are_read_by_the_rule_of_whole_words():
    assert read(Any((ROAD, Not(Holds("bus"))))) == Sql(
        "((instr(b.norm_title, ?) OR instr(b.norm_text, ?))"
        " OR NOT ((contains(b.norm_title, ?) OR contains(b.norm_text, ?))))",
        ("路", "路", "bus", "bus"),
    )
