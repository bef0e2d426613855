import random
import unicodedata

import pytest

from minsheng.text import han_key, normalise, printable


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("Metro", "metro"),
        ("施工擾民", "施工扰民"),
        ("軌道交通", "轨道交通"),
        ("噪\u200b音\ufeff", "噪音"),
        ("a\x00b\x07c", "abc"),
        ("第一行\n\n第二行\t 三", "第一行 第二行 三"),
        ("　全角　空格　", "全角 空格"),
        ("❤️", "❤"),
        ("", ""),
        ("STRASSE straße", "strasse strasse"),
    ],
)
def test_one_text_has_one_normal_form(written, normal):
    assert normalise(written) == normal


def test_normalising_twice_changes_nothing():
    chosen = random.Random(7)
    for _ in range(400):
        text = "".join(chr(chosen.randrange(0x20, 0x30000)) for _ in range(30))
        once = normalise(text)

        assert normalise(once) == once


def test_the_normal_form_of_a_part_lies_inside_the_normal_form_of_the_whole():
    text = "乾隆年間的臺階，後來裏面髮廊发廊了，Metro２號線施工擾民太嚴重"
    for start in range(len(text)):
        for end in range(start + 1, len(text)):
            assert normalise(text[start:end]) in normalise(text)


def test_no_control_or_format_character_is_left():
    every = "".join(map(chr, range(0x20, 0x3000)))

    assert not [c for c in normalise(every) if unicodedata.category(c) in {"Cc", "Cf"}]


def test_the_key_of_a_name_has_only_letters_and_digits():
    assert han_key("「東湖」 公園（一期）！") == "东湖公园一期"


def test_what_steers_a_terminal_becomes_a_space_and_lines_stay():
    assert printable("路灯\x1b[31m不亮\x07\n修") == "路灯 [31m不亮 \n修"
