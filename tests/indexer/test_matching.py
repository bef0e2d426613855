"""The one rule of what matches, and that the units of engines follow it."""

import random

import pytest

from indexer.matching import contains, count, occurrences, stand_together
from indexer.tokens import units


@pytest.mark.parametrize(
    ("normal", "piece", "places"),
    [
        ("路灯坏,路灯", "路灯", [(0, 2), (4, 6)]),
        ("灯灯灯", "灯灯", [(0, 2), (1, 3)]),
        ("bus business bus", "bus", [(0, 3), (13, 16)]),
        ("13号线3号线", "3号线", [(4, 7)]),
        ("13号线,3号线", "3号线", [(5, 8)]),
        ("a.b.a", "a", [(0, 1), (4, 5)]),
        ("[.*]", ".*", [(1, 3)]),
        ("", "灯", []),
    ],
)
def test_places_are_where_no_letter_or_digit_goes_on(normal, piece, places):
    assert list(occurrences(normal, piece)) == places
    assert contains(normal, piece) is bool(places)


def test_a_count_takes_no_character_twice():
    assert count("灯灯灯", "灯灯") == 1
    assert count("a a a", "a a") == 1
    assert count("bus bus business", "bus") == 2
    assert count("路", "bus") == 0


@pytest.mark.parametrize(
    ("normal", "pieces", "together"),
    [
        ("路灯坏了", ("路", "灯坏"), True),
        ("路 灯", ("路", "灯"), True),
        ("路  灯", ("路", "灯"), False),
        ("灯路", ("路", "灯"), False),
        ("busstop", ("bus", "stop"), False),
        ("坐bus stop.", ("bus", "stop"), True),
        ("路灯", ("路", "桥"), False),
    ],
)
def test_pieces_stand_together_in_order_with_at_most_a_space_between(normal, pieces, together):
    assert stand_together(normal, *pieces) is together


def test_a_piece_stands_in_a_text_where_its_units_follow_one_another_there():
    rng = random.Random(5)
    alphabet = ["a", "b", "1", "路", " ", ".", "é", "a" * 100]
    seen = set()
    for _ in range(3000):
        normal = "".join(rng.choices(alphabet, k=rng.randint(0, 8)))
        piece = "".join(rng.choices(alphabet, k=rng.randint(1, 3)))
        whole, part = units(normal), units(piece)

        found = any(whole[start : start + len(part)] == part for start in range(len(whole)))

        assert contains(normal, piece) is found, (normal, piece)
        seen.add(found)
    assert seen == {True, False}
