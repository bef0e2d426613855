"""Units: what engines store of a text, and how they ask for a piece of it."""

import pytest

from indexer.tokens import MOST_LETTERS, normal_of, pairs, phrase, tokens, units

END, GOES_ON = "\ue080", "\ue081"


def away(text):
    return "".join(chr(0xE000 + ord(char)) for char in text)


def test_a_run_of_letters_and_digits_is_one_unit_and_other_characters_are_units():
    assert units("坐3bus去。é!") == ["坐", away("3bus") + END, "去", "。", "é", away("!")]


def test_a_long_run_is_cut_and_its_parts_know_that_they_go_on():
    found = units("x" * (2 * MOST_LETTERS + 1))

    assert found == [away("x" * MOST_LETTERS), GOES_ON + away("x" * MOST_LETTERS), GOES_ON + away("x") + END]


def test_pairs_are_neighbouring_units_and_the_last_alone():
    assert pairs("路3a灯") == f"路{away('3a')}{END} {away('3a')}{END}灯 灯"
    assert pairs("") == ""


def test_a_phrase_is_made_of_pairs_and_a_single_unit_is_the_beginning_of_one():
    assert phrase("路灯坏") == '"路灯 灯坏"'
    assert phrase("灯") == '"灯"*'
    assert phrase("a") == f'"{away("a")}{END}"*'


def test_nothing_of_ascii_is_left_but_the_spaces_between_tokens():
    text = "".join(map(chr, range(128)))

    assert all(not char.isascii() or char == " " for char in tokens(text) + pairs(text))


@pytest.mark.parametrize("normal", ["", "路灯", "a b  c", "坐3bus去 é!", "x" * 250, "“好”😡\n"])
def test_tokens_give_the_normal_form_back(normal):
    assert normal_of(tokens(normal)) == normal
