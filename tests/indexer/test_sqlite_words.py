"""What FTS5 is asked for."""

from indexer.conditions import All, Among, Any, Holds, Not
from indexer.sqlite_words import expression, in_title, together

ROAD, LAMP, PARK, GOV = Holds("路"), Holds("灯"), Holds("园"), Among("source", ("gov",))


def test_words_alone_become_one_expression():
    assert expression(All((ROAD, Any((LAMP, PARK)), Not(Holds("桥"))))) == (
        '((("灯"* OR "园"*) AND "路"*) NOT ("桥"*))'
    )


def test_what_only_excludes_and_filters_have_none():
    assert expression(Not(ROAD)) is None
    assert expression(All((Not(ROAD),))) is None
    assert expression(Any((ROAD, GOV))) is None


def test_words_beside_filters_are_looked_up_together():
    assert together(All, (ROAD, GOV, LAMP, Not(PARK))) == [GOV, All((ROAD, LAMP, Not(PARK)))]
    assert together(Any, (ROAD, Not(LAMP), PARK)) == [Not(LAMP), Any((ROAD, PARK))]
    assert together(All, (GOV, Not(ROAD))) == [GOV, Not(ROAD)]


def test_a_title_is_asked_for_by_its_column():
    assert in_title("路灯坏") == 'title : "路灯 灯坏"'
