"""What is asked of each phase of a project, and how it reads where an official text shows it."""

import re
from dataclasses import dataclass

from minsheng.domain import PhaseName

_PUBLIC = "(?:广大)?(?:群众|居民|公众|市民|业主|村民|住户|社会各界|社会)"
_PLANS = "(?:方案|规划|设计|施工|工期|进度|图纸)"
_TESTS = "(?:竣工|验收|决算|检测|监测)"
_DAY = "[0-9]{1,2}月[0-9]{1,2}日"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look for in a phase; ``shows`` finds it in a sentence of an official text."""

    name: str
    phase: PhaseName
    words: str
    shows: re.Pattern[str]


def _item(name: str, phase: PhaseName, words: str, *shows: str) -> Item:
    return Item(name, phase, words, re.compile("|".join(shows)))


_BEFORE, _DURING = PhaseName.CONSULTATION, PhaseName.CONSTRUCTION
_DONE, _AFTER = PhaseName.COMPLETION, PhaseName.EVALUATION

ITEMS: tuple[Item, ...] = (
    _item(
        "notice",
        _BEFORE,
        "决定之前公开征求过意见",
        "征求[^,，。]{0,12}意见",
        "征集[^,，。]{0,10}(?:意见|建议)",
        "意见征[集求]",
    ),
    _item(
        "deadline",
        _BEFORE,
        "征求意见写明了截止日期",
        f"(?:意见|建议|反馈)[^。]{{0,40}}?{_DAY}(?:前|之前|以前|止|截止)",
        f"截止(?:日期|时间)?[^。]{{0,8}}{_DAY}",
    ),
    _item(
        "hearing",
        _BEFORE,
        "开过听证会、座谈会或居民议事会",
        "听证会|座谈会|恳谈会|议事会|议事协商|协商议事",
    ),
    _item(
        "adopted",
        _BEFORE,
        "公布了意见采纳情况",
        "采纳[^。]{0,10}(?:意见|建议|情况)",
        "(?:意见|建议)[^。]{0,16}(?:采纳|吸收|反馈情况|处理情况)",
    ),
    _item(
        "published",
        _DURING,
        "公示过方案、工期或进度",
        f"{_PLANS}[^。]{{0,16}}公示",
        f"公示[^。]{{0,16}}{_PLANS}",
    ),
    _item(
        "meeting",
        _DURING,
        "实施中有居民参加的会议或现场协调",
        f"{_PUBLIC}(?:代表)?[^。]{{0,12}}(?:座谈|恳谈|议事|协调会|现场会|监督员)",
        "圆桌会",
    ),
    _item(
        "channel",
        _DURING,
        "公布了反映问题的渠道",
        "(?:监督|投诉|反映|举报|咨询)(?:电话|热线|渠道|邮箱)",
        "扫码(?:反映|反馈|留言)|意见箱",
    ),
    _item(
        "changed",
        _DURING,
        "按公众意见改过做法",
        f"(?:根据|按照|结合|吸收|听取|针对){_PUBLIC}?[^。]{{0,16}}(?:意见|建议|诉求|反映)[^。]{{0,24}}"
        "(?:修改|调整|优化|变更|增设|改为|取消|改道)",
    ),
    _item(
        "acceptance",
        _DONE,
        "验收有居民参加",
        f"{_PUBLIC}(?:代表)?[^。]{{0,14}}验收",
        f"验收[^。]{{0,20}}(?:邀请|请){_PUBLIC}",
    ),
    _item(
        "results",
        _DONE,
        "公示过验收、检测或决算结果",
        f"{_TESTS}[^。]{{0,14}}(?:公示|公布|公开)",
        f"(?:公示|公布|公开)[^。]{{0,14}}{_TESTS}",
    ),
    _item(
        "survey",
        _AFTER,
        "请公众评价过（调查、评议）",
        "满意(?:度|率)的?(?:调查|测评|评议|回访)|问卷调查",
        f"{_PUBLIC}评议",
        "第三方[^。]{0,8}(?:调查|测评|评估)",
    ),
    _item(
        "sample",
        _AFTER,
        "公布了评价问了谁、多少人",
        "(?:发放|回收|有效|收回|完成)[^。]{0,8}(?:问卷|样本)[^。]{0,6}[0-9]+",
        "(?:抽[样取查]|走访|受访|访问)[^。]{0,10}[0-9]+(?:户|人|名|份)",
        "样本量?[^。]{0,4}[0-9]+",
    ),
    _item("repaired", _AFTER, "评价之后有整改和回访", "回访|整改[^。]{0,10}(?:完成|到位|情况)|复查"),
)
"""A voice before the decision, a part during the work, a judgement after it."""

ITEM_NAMES = tuple(item.name for item in ITEMS)
