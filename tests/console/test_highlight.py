import pytest

from console.highlight import Piece, excerpt, highlight
from minsheng.text import normalise


def marked(text: str, *searched: str) -> list[str]:
    return [piece.text for piece in highlight(text, [normalise(piece) for piece in searched]) if piece.marked]


@pytest.mark.parametrize(
    ("text", "searched", "expected"),
    [
        ("施工噪声扰民", "噪声", ["噪声"]),
        ("施工噪聲擾民", "噪声", ["噪聲"]),
        ("施工噪声扰民", "噪聲", ["噪声"]),
        ("ＡＢＣ路口 abc路", "abc", ["ＡＢＣ", "abc"]),
        ("Metro 二号线", "ＭＥＴＲＯ", ["Metro"]),
        ("面积㎡不符", "m2", ["㎡"]),
        ("停\u200b车难", "停车", ["停\u200b车"]),
        ("真好👍🏽谢谢", "👍", ["👍🏽"]),
        ("修好了❤️\u200d🔥", "❤", ["❤️\u200d🔥"]),
        ("cafe\u0301 关了", "café", ["cafe\u0301"]),
        ("ﾊﾞｽ停靠", "バス", ["ﾊﾞｽ"]),
        ("Straße 太窄", "strasse", ["Straße"]),
        ("夜里 打桩，夜里打桩", "夜里 打桩", ["夜里 打桩"]),
        ("夜里\u3000\n打桩", "夜里 打桩", ["夜里\u3000\n打桩"]),
        ("坐 bus 去 business 区", "bus", ["bus"]),
        ("3号线和13号线，Ｋ3号线", "3号线", ["3号线"]),
        ("３号线不修4号线", "3号", ["３号"]),
        ("人人人", "人人", ["人人人"]),
        ("13号线和３号线", "3号线", ["３号线"]),
        ("Business bus", "bus", ["bus"]),
    ],
)
def test_marks_lie_on_the_original_characters(text, searched, expected):
    assert marked(text, searched) == expected


def test_every_piece_is_marked_and_neighbours_run_together():
    assert marked("夜里打桩，夜里停电", "夜里", "打桩") == ["夜里打桩", "夜里"]


@pytest.mark.parametrize(
    "text", ["", "第 一\t行\n\n第二行　全角", "👨\u200d👩\u200d👧全家", "한글 ﬁn ①", "\u0301起头", " 空 "]
)
def test_the_pieces_together_are_the_text(text):
    pieces = highlight(text, ["一", "行", "全", "n", "1"])

    assert "".join(piece.text for piece in pieces) == text


def test_nothing_is_marked_without_a_searched_word():
    assert highlight("施工噪声", ()) == (Piece("施工噪声", marked=False),)


def test_nothing_is_marked_where_the_clusters_do_not_add_up_to_the_normal_form():
    text = "夜里\uffb3\uffc7\u11be"  # half-width and conjoining Hangul compose across three characters

    assert highlight(text, ["夜里"]) == (Piece(text, marked=False),)


def test_an_excerpt_shows_the_first_mark_and_ellipses_where_it_cuts():
    pieces = highlight("前" * 300 + "打桩" + "后" * 300, ["打桩"])

    shown = excerpt(pieces, 100)

    assert Piece("打桩", marked=True) in shown
    assert shown[0].text == shown[-1].text == "…"
    assert sum(len(piece.text) for piece in shown) == 102


def test_a_short_text_is_its_own_excerpt():
    pieces = highlight("夜里打桩", ["打桩"])

    assert excerpt(pieces, 100) == pieces
