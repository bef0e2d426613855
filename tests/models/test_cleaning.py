import csv
import random

import pytest

from minsheng.text import normalise
from models.cleaning import prepare


def test_forwarded_words_are_cut_from_the_writers_own():
    assert prepare("这条路修得真好//@用户: 胡说八道") == "这条路修得真好"


def test_a_bare_forward_is_kept_because_it_is_all_there_is():
    assert "胡说八道" in prepare("//@用户: 胡说八道")


def test_addresses_are_dropped():
    assert prepare("看这里 https://example.com/a?b=1 路灯坏了") == "看这里 路灯坏了"


def test_traditional_and_full_width_texts_read_like_simplified_ones():
    assert prepare("噪聲擾民ＡＢＣ") == prepare("噪声扰民abc")


def test_white_space_alone_is_nothing():
    assert prepare(" \u3000\n\u200b") == ""


@pytest.mark.parametrize(
    "strewn",
    [
        "噪 音 扰 民 太 严 重 了",
        "噪　音　扰　民　太　严　重　了",
        "噪\u200b音\u200b扰\u200b民\u200b太\u200b严\u200b重\u200b了",
        "噪.音.扰.民.太.严.重.了",
        "噪·音·扰·民太严重了",
        "噪*音*扰*民太严重了",
        "噪-音-扰-民-太-严-重-了",
        "噪&nbsp;音&nbsp;扰&nbsp;民&nbsp;太&nbsp;严&nbsp;重&nbsp;了",
    ],
)
def test_characters_strewn_with_spaces_or_dots_are_closed_up(strewn):
    assert prepare(strewn) == "噪音扰民太严重了"


def test_strewn_sentences_keep_their_marks_and_numbers():
    assert prepare("楼 上 装 修 ， 停 水 已 经 3 天 ！") == "楼上装修,停水已经3天!"


@pytest.mark.parametrize(
    "text",
    ["杨*洪家的老房子", "早上六.七点开始施工", "请修路 谢谢 盼复", "水,电,气都停了", "a b c 三 期", "小区 东 门"],
)
def test_lists_masks_and_ordinary_spaces_stay(text):
    assert prepare(text) == text


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("太太太太太差了", "太太差了"),
        ("没人管！！！！！", "没人管!"),
        ("凭什么？？？", "凭什么?"),
        ("真的吗？！？！？！", "真的吗?!"),
        ("哈哈哈哈哈", "哈哈"),
        ("😡😡😡😡吵死了", "😡😡吵死了"),
        ("[怒][怒][怒][怒]", "[怒][怒]"),
        ("hhhhhhhh", "hhh"),
        ("。。。。。", "。"),
        ("........... ", "......"),
        ("*********路公交", "***路公交"),
    ],
)
def test_repeated_characters_and_marks_are_collapsed(raw, plain):
    assert prepare(raw) == plain


@pytest.mark.parametrize("text", ["看看这路", "欠薪10000元", "......", "★★★★★", "ppp项目", "意犹未尽......好"])
def test_pairs_numbers_and_ellipses_are_no_repeats(text):
    assert prepare(text) == text


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("zf不管", "政府不管"),
        ("ZF 不管", "政府 不管"),
        ("投su了三次", "投诉了三次"),
        ("领dao来看看", "领导来看看"),
        ("laji没人收", "垃圾没人收"),
        ("zao音rao民", "噪音扰民"),
        ("kfs跑了", "开发商跑了"),
    ],
)
def test_words_half_in_pinyin_are_spelt_out(raw, plain):
    assert prepare(raw) == plain


@pytest.mark.parametrize("text", ["zf2号文", "azf", "jubao网站", "wy太贵", "lj公司"])
def test_letters_that_may_be_something_else_stay(text):
    assert prepare(text) == text


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("他说&quot;快了&quot;", '他说"快了"'),
        ("水&amp;amp;电", "水&电"),
        ("房价&amp;lt;一万", "房价<一万"),
        ("第一行<br/>第二行", "第一行 第二行"),
        ("&#22122;&#38899;扰民&#8203;!", "噪音扰民 !"),
    ],
)
def test_leftovers_of_pages_are_read(raw, plain):
    assert prepare(raw) == plain


@pytest.mark.parametrize(
    "text", ["#地铁三号线#又延期", "【停水通知】今晚停水", "路灯坏了[怒][赞]", "太好了👍", "a<b", "at&t"]
)
def test_hashtags_titles_and_emoticons_stay(text):
    assert prepare(text) == text


def test_preparing_twice_changes_nothing_more():
    pieces = [
        *"噪音政哈!?。.·*&;<> \u200b\u3000/@zfb３Ｆ",
        "&amp;",
        "nbsp;",
        "&#22122;",
        "<br>",
        "http:/",
        "www.",
        "//@",
        "fu",
    ]
    rng = random.Random(4)
    texts = ["".join(rng.choices(pieces, k=rng.randint(1, 24))) for _ in range(8000)]

    once = [prepare(text) for text in texts]

    assert [text for text in once if prepare(text) != text] == []


@pytest.mark.parametrize("piece", ["噪 ", "噪.", "太", "&amp;", "<a ", "[怒]", "!?", "//@", "www.", "噪音很大，"])
def test_ten_thousand_characters_of_anything_are_prepared(piece):
    text = (piece * 10_000)[:10_000]

    prepared = prepare(text)

    assert prepare(prepared) == prepared
    assert len(prepared) <= len(text)


@pytest.mark.shared
def test_nine_of_ten_civic_texts_come_out_as_normalised_only(shared):
    with (shared / "data" / "civic" / "dev.tsv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file, delimiter="\t")]

    changed = [text for text in texts if prepare(text) != normalise(text)]

    assert 0 < len(changed) < 0.1 * len(texts)
