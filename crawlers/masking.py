"""Text in, the same text with personal data replaced by marks out."""

import re
from collections.abc import Callable
from dataclasses import dataclass

PHONE, ID_CARD, MAIL = "〔电话〕", "〔身份证〕", "〔邮箱〕"
BANK_CARD, PLATE, CHAT, NAME = "〔银行卡〕", "〔车牌〕", "〔微信/QQ〕", "〔昵称〕"

# Full-width forms become ASCII one to one, so that places in the folded text are places in the text.
_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_WORTH_A_LOOK = re.compile(
    r"\d\D{0,2}\d\D{0,2}\d\D{0,2}\d\D{0,2}\d|@|[一二三四五六七八九零〇幺]{11}|[网用市][友民户]|回复|答复|[您你]好|群|发表于|引用|\dx"
    r"|信|\d\*|\(at\)|vx|wx|v:|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]\s?[a-z].{0,3}\d",
    re.IGNORECASE,
)
_MOST_PASSES = 8


@dataclass(frozen=True, slots=True)
class _Rule:
    """What ``pattern`` finds in group ``x`` becomes ``mark`` if ``check`` (given the folded text) holds."""

    mark: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool] | None = None


def mask(text: str) -> tuple[str, int]:
    """Return the masked text and the number of marks set. Masking a masked text changes nothing."""
    if not _WORTH_A_LOOK.search(text.translate(_FOLD)):
        return text, 0
    total = 0
    for _ in range(_MOST_PASSES):
        text, count = _pass(text)
        total += count
        if not count:
            break
    return text, total


def _pass(text: str) -> tuple[str, int]:
    folded, count = text.translate(_FOLD), 0
    for rule in _RULES:
        spans = [found.span("x") for found in rule.pattern.finditer(folded) if _holds(rule, found["x"])]
        for start, end in reversed(spans):
            text = text[:start] + rule.mark + text[end:]
            folded = folded[:start] + rule.mark + folded[end:]
        count += len(spans)
    return text, count


def _holds(rule: _Rule, found: str) -> bool:
    return bool(found) and (rule.check is None or rule.check(found))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_id_card(text: str) -> bool:
    """Check date and check digit of a resident identity number (GB 11643-1999)."""
    plain = re.sub(r"[^0-9Xx]", "", text).upper()
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, plain[:17], strict=True))
    return _has_birth_date(plain) and "10X98765432"[total % 11] == plain[17]


def _has_birth_date(text: str) -> bool:
    plain = re.sub(r"[^0-9Xx]", "", text)
    month, day = int(plain[10:12]), int(plain[12:14])
    return plain[6:8] in {"18", "19", "20"} and 0 < month < 13 and 0 < day < 32  # noqa: PLR2004 - a calendar


def _is_bank_card(text: str) -> bool:
    """Check the last digit by Luhn (ISO/IEC 7812)."""
    plain = _digits(text)
    doubled = [2 * int(digit) for digit in plain[-2::-2]]
    total = sum(int(digit) for digit in plain[-1::-2]) + sum(value - 9 if value > 9 else value for value in doubled)  # noqa: PLR2004 - Luhn
    return total % 10 == 0 and len(set(plain)) > 1


def _is_mobile(text: str) -> bool:
    return re.fullmatch(r"(?:0{0,2}86)?1[3-9]\d{9}", _digits(text)) is not None


def _is_plate(text: str) -> bool:
    return len(_digits(text[2:])) > 1


def _is_hotline(text: str) -> bool:
    return re.fullmatch(r"1[012]\d{1,3}|9[56]\d{3,4}|1010\d{4}", text) is not None


def _is_chat_id(text: str) -> bool:
    return not _is_hotline(text)


def _is_name(text: str) -> bool:
    return _NO_NAME.search(text.strip()) is None


def _is_local_number(text: str) -> bool:
    return re.match(r"(?:19|20)\d{2}[01]\d", text) is None


# Words that stand between 回复 and a colon, or in quotes after 网友, without being a name.
_NO_NAME = re.compile(
    r"^(?:如下|内容|时间|意见|单位|部门|人员?$|日期|情况|结果|说|称|您|你|他|她|我|大家|各位|网友|网民|用户|市民|群众|留言|问题|处理"
    r"|办理|状态|编号|标题|方式|率|是|为|了|:|〔)|(?:局|委|办|政府|中心|街道|部门|公司|大队|支队|学校|医院|集团|单位|如下)$"
    r"|^(?:点赞|吐槽|围观|质疑|热议|叫好|炸锅|神评论|神评|支招|力挺|好评|差评|给力|建言|献策|留言板?|大V|声音|点单|群众)$"
)
_GAP = r"[ \-—–_.·•~]{1,2}"
_LIST_GAP = r"[,、，。]"
_PREFIX = r"(?:\+?0{0,2}86[ \-—]?)?"
_EDGE, _END = r"(?<![\d.])", r"(?!\d)(?!\.\d)(?!\s*(?:元|万|亿|吨|平方|立方|千瓦|%))"
# UnionPay and debit cards have 16 to 19 digits, credit cards of the other brands 16.
_CARD = r"(?:6[02589]|9[0-9])\d{2}(?:[ \-]?\d{4}){3}(?:[ \-]?\d{1,3})?|(?:4\d|5[1-5]|35)\d{2}(?:[ \-]?\d{4}){3}"
_NAME_CHARS = r"[\w·\-]"
_QUOTED = r"[“\"'‘「『]\s*(?P<x>[^”\"'’」』。！!?？,，;；\s〔]{1,20})\s*[”\"'’」』]"
_SPEAKER = r"(?:网友|网民)"
_ADDRESSED = r"(?=\s*(?:[::，,]|您好|你好|反映|留言|来信|提问|咨询|投诉|的(?:留言|来信|帖子)))"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_CHARS = "A-HJ-NP-Za-hj-np-z0-9"
_CHAT_WORD = (
    r"(?<!公众号\()(?:微信|薇信|威信|微·?信|(?<![a-z])(?:wechat|weixin|wx|vx|v信)(?![a-z])"
    r"|(?:加|➕|\+)\s*(?:v|微|薇|卫)(?![a-z信]))"
)
_QQ_WORD = r"(?:(?<![a-z])(?:qq|q)(?=\s*[群号:.\d 是])|扣扣|企鹅号|群号)"
_CHAT_FILL = r"(?:号码?|群号?|id|账号|同号)?\s*(?:[::.]|是|为|\()?\s*"


def _rule(mark: str, pattern: str, check: Callable[[str], bool] | None = None) -> _Rule:
    return _Rule(mark, re.compile(pattern, re.IGNORECASE | re.MULTILINE), check)


_RULES = (
    _rule(MAIL, r"(?P<x>[a-z0-9._%+\-]+\s?(?:@|\(at\)|\[at\])\s?[a-z0-9\-]+(?:\s?[.。]\s?[a-z]{2,}){1,3})"),
    _rule(
        ID_CARD,
        r"(?<!\d)(?P<x>[1-9]\d{5}[ \-—]?(?:18|19|20)\d{2}[ \-—]?\d{4}[ \-—]?\d{3}[0-9x])(?![0-9a-z])",
        _is_id_card,
    ),
    _rule(ID_CARD, r"身份证(?:号码?)?\s*[::是为]?\s*(?P<x>[1-9]\d{16}[0-9x])(?![0-9a-z])", _has_birth_date),
    _rule(ID_CARD, r"身份证(?:号码?)?\s*[::是为]?\s*(?P<x>[1-9]\d{7}[01]\d[0-3]\d{4})(?!\d)"),
    _rule(ID_CARD, r"身份证(?:号码?)?\s*[::是为]?\s*(?P<x>\d{3,10}[*x]{4,14}\d{0,4}[0-9x]?)(?![0-9a-z*])"),
    _rule(BANK_CARD, rf"(?<![\d.])(?P<x>{_CARD})(?!\d)", _is_bank_card),
    _rule(PHONE, rf"{_EDGE}(?P<x>{_PREFIX}1[3-9]\d{{9}}){_END}", _is_mobile),
    _rule(PHONE, rf"{_EDGE}(?P<x>{_PREFIX}1[3-9]\d{{1,3}}{_GAP}\d{{3,5}}{_GAP}\d{{3,5}}){_END}", _is_mobile),
    _rule(PHONE, rf"{_EDGE}(?P<x>{_PREFIX}1[3-9]\d{{1,6}}{_GAP}\d{{3,8}}){_END}", _is_mobile),
    _rule(PHONE, rf"{_EDGE}(?P<x>1[3-9]\d{_LIST_GAP}\d{{4}}{_LIST_GAP}\d{{4}}){_END}"),
    _rule(PHONE, rf"{_EDGE}(?P<x>1(?P<gap>[ \-.·*_])[3-9](?:(?P=gap)\d){{9}}){_END}"),
    _rule(PHONE, r"(?<![\d*])(?P<x>1[3-9]\d[\d*x]{0,4}(?:\*|x){2,8}\d{2,4})(?![\d*])"),
    _rule(
        PHONE,
        r"(?<![一二三四五六七八九零〇幺])(?P<x>[一幺][三四五六七八九][一二三四五六七八九零〇幺]{9})(?![一二三四五六七八九零〇幺])",
    ),
    _rule(
        PHONE,
        r"(?<![\d.])(?P<x>(?:\(0(?:10|2\d|[3-9]\d{2})\)|0(?:10|2\d|[3-9]\d{2}))[ \-—–_]{0,3}[1-9]\d{2,3}[ \-]?\d{4}"
        r"(?:\s?(?:转|-|分机)\s?\d{1,5}(?!\d))?)(?![\d])",
    ),
    _rule(
        PHONE,
        r"(?:电话|座机|手机|热线|联系|致电|拨打|来电|传真|话费|tel)[^\d〔〕。\n]{0,8}?(?<![\d.\-])"
        r"(?P<x>[2-8]\d{2,3}[ \-]?\d{4})(?![\d.]|\s*(?:元|万|亿|户|人|件|平方|米|年))",
        _is_local_number,
    ),
    _rule(PHONE, r"〔电话〕\s?[/、,，或]\s?(?P<x>[2-8]\d{6,7})(?!\d)", _is_local_number),
    _rule(
        PLATE,
        rf"(?P<x>[{_PROVINCES}][a-z]\s?[·•.\-]?\s?(?:[df][{_PLATE_CHARS}]\d{{4}}|\d{{5}}[df]|[{_PLATE_CHARS}]{{4}}"
        rf"[{_PLATE_CHARS}学警港澳挂]))(?![a-z0-9])",
        _is_plate,
    ),
    _rule(
        CHAT,
        rf"{_CHAT_WORD}{_CHAT_FILL}(?P<x>wxid_[a-z0-9]{{6,20}}|\d{{5,12}})(?![\d.]|\s*(?:元|人|户|年))",
        _is_chat_id,
    ),
    _rule(
        CHAT, rf"{_CHAT_WORD}(?:号码?|id|账号|同号)?\s*(?:[::]|是|为)\s*(?P<x>[a-z][a-z0-9_\-]{{5,19}})(?![a-z0-9_\-.])"
    ),
    _rule(
        CHAT,
        rf"{_CHAT_WORD}(?:号码?|id|账号)?\s*(?P<x>(?=[a-z_\-]*\d|[a-z]+_)[a-z][a-z0-9_\-]{{5,19}})(?![a-z0-9_\-.])",
    ),
    _rule(CHAT, rf"{_QQ_WORD}{_CHAT_FILL}(?P<x>[1-9]\d{{4,11}})(?![\d.]|\s*(?:元|人|户|年))", _is_chat_id),
    _rule(CHAT, r"群(?:号码?)?\s*[::]?\s*(?P<x>[1-9]\d{5,11})(?![\d.]|\s*(?:元|人|户|年|月|个|万))"),
    _rule(
        NAME, rf"(?:(?<![a-z0-9])@|@(?![a-z0-9]))(?P<x>{_NAME_CHARS}{{1,16}}(?!{_NAME_CHARS})|{_NAME_CHARS}{{1,10}})"
    ),
    _rule(NAME, rf"{_SPEAKER}\s*{_QUOTED}", _is_name),
    _rule(NAME, rf"{_QUOTED}\s*[::，,]?\s*(?=您好|你好|网友|网民)", _is_name),
    _rule(NAME, rf"(?:市民|用户|群众|楼主|来信人|留言人)\s*{_QUOTED}{_ADDRESSED}", _is_name),
    _rule(NAME, rf"(?:{_SPEAKER}|用户)\s*(?P<x>[a-z0-9_*]{{3,30}}){_ADDRESSED}", _is_name),
    _rule(NAME, r"(?:^|//|\s)(?:回复|答复)\s*\d+\s*[#楼]\s*(?P<x>[^\s:〔]{1,20})\s*的(?:帖子|发言|评论)", _is_name),
    _rule(
        NAME,
        r"(?:^|//|:)\s*(?:回复|引用)[ \t]*(?P<x>[^\s::,，。!！?？〔]{1,20})\s*(?:[::]|的(?:帖子|发言|评论|话))",
        _is_name,
    ),
    _rule(NAME, r"^(?P<x>[^\s::,，。〔]{1,20})[ \t]+发表于[ \t]*(?=\d|昨天|前天|今天|\S{0,2}前)", _is_name),
)
