"""What PostIndex promises of the words it finds: any piece of Han text, and Latin words and numbers as words."""

import pytest

from indexer.base import Query
from indexer.conditions import Holds


def ids(page):
    return [hit.labelled.post.id for hit in page.hits]


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
        "metro\u30003號",
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
    index.add([make_labelled("Metro 3號線路！😡 A-B 50% C++“好”3.5_X"), make_labelled("公园很好")])

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


UNITS = "坐No.3bus去A3展厅 business 13号线 3.5元 K3路 t-shirt café x²"


@pytest.mark.parametrize(
    "text",
    [
        "no", "3bus", "3bus去", "坐no", "坐no.", "a3", "a3展", "去a3展厅", "13号线", "13", "3", "3.5元", "5元", ".5", "k3路", "k3",
        "t", "t-shirt", "-shirt", "-", "号线", "线", "展厅", "x2", "caf", "é", "café",
    ],
)  # fmt: skip
def test_a_piece_is_found_where_its_letters_and_digits_are_whole_words(index, make_labelled, text):
    index.add([make_labelled(UNITS)])

    assert index.count(Query(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "bus",
        "us",
        "o",
        "n",
        "a",
        "3展厅",
        "busines",
        "usiness",
        "3号",
        "3号线",
        "1",
        "35",
        "k",
        "3路",
        "shir",
        "hirt",
        "ca",
    ],
)
def test_a_piece_is_not_found_inside_a_longer_run_of_letters_and_digits(index, make_labelled, text):
    index.add([make_labelled(UNITS)])

    assert index.count(Query(text)) == 0


def test_a_phrase_with_a_space_is_found_as_it_is(index, make_labelled):
    index.add(
        [make_labelled("坐 bus stop", id="a"), make_labelled("bus 在哪 stop", id="b"), make_labelled("busstop", id="c")]
    )

    assert ids(index.search(Query(where=Holds("Bus　 stop")))) == ["a"]


def test_a_word_of_letters_may_end_where_han_begins(index, make_labelled):
    index.add([make_labelled("下app去"), make_labelled("去 APP"), make_labelled("app。"), make_labelled("apps")])

    assert index.count(Query("app")) == 3


def test_full_width_letters_are_letters(index, make_labelled):
    index.add([make_labelled("ＢＵＳ"), make_labelled("ｂｕｓｉｎｅｓｓ")])

    assert index.count(Query("bus")) == 1
    assert index.count(Query("ｂｕｓ")) == 1


def test_circled_and_raised_digits_become_digits_of_their_run(index, make_labelled):
    index.add([make_labelled("面积50m²"), make_labelled("第①条")])

    assert index.count(Query("50m2")) == 1
    assert index.count(Query("m2")) == 0
    assert index.count(Query("第1条")) == 1


@pytest.mark.parametrize(("length", "total"), [(99, 0), (100, 1), (101, 1), (150, 1), (199, 0), (200, 1)])
def test_long_runs_match_only_whole(index, make_labelled, length, total):
    index.add(make_labelled("x" * size) for size in (100, 101, 150, 200, 250, 300))

    assert index.count(Query("x" * length)) == total


def test_a_long_run_beside_han_matches_only_whole(index, make_labelled):
    index.add([make_labelled("见" + "y" * 120 + "页")])

    assert index.count(Query("见" + "y" * 120)) == 1
    assert index.count(Query("y" * 120 + "页")) == 1
    assert index.count(Query("见" + "y" * 100)) == 0
    assert index.count(Query("y" * 20 + "页")) == 0


def test_a_run_does_not_join_title_and_text(index, make_labelled):
    index.add([make_labelled("3号线", title="地铁1")])

    assert index.count(Query("3号线")) == 1
    assert index.count(Query("13号线")) == 0


def test_a_word_in_the_title_alone_is_found(index, make_labelled):
    index.add([make_labelled("坏了", title="A3路灯")])

    assert index.count(Query("a3")) == index.count(Query("路灯")) == 1


@pytest.mark.parametrize("text", ["你好,吗", "你好，吗", "好，", "，吗", "!", "(", "%)", "）"])
def test_punctuation_counts_in_either_width(index, make_labelled, text):
    index.add([make_labelled("你好，吗！（50%）")])

    assert index.count(Query(text)) == 1


@pytest.mark.parametrize("text", ["👍🏽", "👍", "😡坏", "灯😡", "❤", "🇨🇳"])
def test_emoji_are_characters_like_others(index, make_labelled, text):
    index.add([make_labelled("路灯😡坏👍🏽❤️🇨🇳")])

    assert index.count(Query(text)) == 1


def test_a_rare_han_character_is_one_character(index, make_labelled):
    index.add([make_labelled("𠮷野家旁"), make_labelled("吉野家旁")])

    assert index.count(Query("𠮷")) == 1
    assert index.count(Query("𠮷野")) == 1


def test_invisible_characters_do_not_break_a_word(index, make_labelled):
    index.add([make_labelled("路\u200b灯 b\u00adus")])

    assert index.count(Query("路灯")) == 1
    assert index.count(Query("bus")) == 1


def test_line_breaks_and_tabs_are_spaces(index, make_labelled):
    index.add([make_labelled("路灯\r\n\t坏了")])

    assert index.count(Query(where=Holds("路灯 坏了"))) == 1
    assert index.count(Query("路灯坏了")) == 0


def test_the_same_word_twice_asks_for_it_once(index, make_labelled):
    index.add([make_labelled("路灯坏了")])

    assert index.count(Query("路灯 路灯 路燈")) == 1
