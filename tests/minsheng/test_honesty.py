"""The block that says how far figures reach: every point of it, whatever they rest on."""

import pytest

from minsheng.honesty import NOT_COUNTED, NOT_RESIDENTS, SHARES, Grounds, deleted_of, limits

FULL = Grounds(430, 400, (("临江论坛", 300), ("留言板", 130)), 120.0, 3)


def said(**changes):
    values = {name: getattr(FULL, name) for name in ("comments", "folded", "by_source", "effective", "deleted")}
    return "\n".join(limits(Grounds(**(values | changes))))


def test_everything_that_must_be_said_is_said():
    words = said()

    assert "评论 430 条" in words
    assert "合并后 400 条（合并 30 条" in words
    assert "临江论坛 70%、留言板 30%" in words
    assert "撤下评论 3 条" in words
    assert "有效样本 120 条" in words
    for sentence in (NOT_COUNTED, NOT_RESIDENTS, SHARES):
        assert sentence in words


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"folded": 430}, "没有重复"),
        ({"by_source": ()}, "没有来源提供评论"),
        ({"by_source": (("论坛", 0), ("留言板", 0))}, "论坛、留言板；各来源的份额没有记录"),
        ({"by_source": (("a", 430),)}, "只有一个来源"),
        ({"by_source": (("a", 390), ("b", 40))}, "主要来自一个来源"),
        ({"by_source": tuple((f"s{n}", 10) for n in range(9))}, "其余 4 个 44%"),
        ({"deleted": None}, "不知道有没有评论被撤下"),
        ({"deleted": 0}, "没有见到这些来源撤下评论"),
        ({"effective": None}, "只给条数，不给占比"),
        ({"effective": 19.4}, "（有效样本 19）"),
        ({"effective": 30.0}, "偏薄"),
    ],
)
def test_each_case_has_its_words(changes, wanted):
    assert wanted in said(**changes)


def test_deletions_count_only_where_a_source_is_crawled():
    assert deleted_of(("a", "b"), {"a": 2, "b": 3, "c": 9}) == 5
    assert deleted_of(("imported",), {"a": 2}) is None
