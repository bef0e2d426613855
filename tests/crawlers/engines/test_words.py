import pytest

from crawlers.engines.words import own_words


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>路灯<b>坏了</b>。</p><p>请修。</p>", "路灯坏了。\n请修。"),
        ("路灯 &amp; 井盖", "路灯 & 井盖"),
        ("3 < 5，没有标签", "3 < 5，没有标签"),
        ("<p>甲 wrote:</p><blockquote>别人的话</blockquote><p>我的话</p>", "我的话"),
        ("甲 写道：<br><blockquote>别人的话</blockquote>我的话", "我的话"),
        ("<p>先说一句。</p>\n甲 发表于 2026-3-1 10:00\n<blockquote>别人的话</blockquote>我的话", "先说一句。\n我的话"),
        ("<p>@甲：</p><blockquote>别人的话</blockquote><p>我的话</p>", "我的话"),
        ("<p>甲 said in <a href='/t/1'>绕城路</a>:</p><blockquote>别人的话</blockquote><p>我的话</p>", "我的话"),
        ("<p>听说路修好了。</p><blockquote>别人的话</blockquote><p>我的话</p>", "听说路修好了。\n我的话"),
        ("<blockquote>外<blockquote>里</blockquote></blockquote><p>我的话</p>", "我的话"),
        ("<p>我的话</p><script>alert(1)</script><style>p {}</style>", "我的话"),
        ("<blockquote>只有别人的话</blockquote>", ""),
    ],
)
def test_only_the_words_of_the_writer_stay(markup, words):
    assert own_words(markup) == words


@pytest.mark.parametrize("markup", [None, "", "  \n "])
def test_nothing_says_nothing(markup):
    assert own_words(markup) is None


def test_what_a_selector_names_is_left_out_and_the_text_behind_it_stays():
    assert own_words("<p><a class='mention'>@甲</a> 说得对<i class='x'>！</i></p>", "a.mention", ".x") == "说得对"
