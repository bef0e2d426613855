"""Rules for telephone, identity, passport, bank card and plate numbers and for mail addresses.

A mobile number is always masked: it belongs to a person, whoever published it. A full land line is masked unless the
words right before it name a hot line (热线, 监督电话 …) or an office (住建局电话 …). Short codes stay (110, 12345,
96xxx, also behind an area code), and so do 400 and 800 numbers. A number named as an order, case, contract or
customer number stays, whatever its shape.
"""

import re

from crawlers.masking.rules import BANK_CARD, FILL, GAP, ID_CARD, MAIL, PASSPORT, PHONE, PLATE, Rule, before, rule

_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|[78][1-3])"
_BIRTH = r"(?:18|19|20)\d{2}"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NO_UNIT = r"(?![ ]?(?:元|块钱|万|亿|吨|平方|平米|立方|千瓦|公里|千米|度电|%|㎡|m2))"
_END = rf"(?!\d)(?!\.\d{{1,4}}(?!\d)){_NO_UNIT}"
# Not the decimals of a number, but the next of a list of telephone numbers.
_EDGE = r"(?<!\d)(?:(?<!\d\.)|(?<=\d{7}\.))(?<![¥$])"
_AREA = r"0(?:10|2\d|[3-9]\d{2})"
_LINE = r"[2-8]\d{2,3}[ \-]?\d{4}(?:[ ]?(?:转|-|分机|ext)[ ]?\d{1,5}(?!\d))?"

# How people write a mobile number in pieces. A decimal number is never cut; odd pieces need the word telephone before.
_USUAL_PIECES = {(3, 4, 4), (4, 3, 4), (3, 3, 5), (3, 5, 3), (3, 8), (7, 4), (5, 6)}
_DOTTED_PIECES = {(3, 4, 4), (4, 3, 4), (3, 3, 5)}
_ELEVEN = 11
_SPOKEN_DIGITS = "oli〇零○一幺二三四五六七八九壹贰叁肆伍陆柒捌玖两"
_SPOKEN = str.maketrans(_SPOKEN_DIGITS, "01100011234567891234567892")
_D = rf"[\d{_SPOKEN_DIGITS}]"
_NAMED_PHONE = re.compile(r"(?:电话|手机|tel|联系|致电|拨打|号码|短信|来电|打)[^\d]{0,8}$")
_NAMED_OTHER = re.compile(
    r"(?:单号|编号|编码|代码|户号|表号|案号|工号|流水号?|合同号?|受理号|序列号|序号|型号|批号|订单|运单"
    r"|工单|快递|票号|货号|文号|学号|考号|税号|"
    r"[回凭保收票单交业参][执证单据易务考]号?|"
    r"会员号?|车架号|机号(?<!手机号)|[产权书房]证号?|第|投资|金额|总价|读数)(?:号码?)?[是为: ]{0,3}[a-z]{0,4}$"
)
_HOT_LINE = re.compile(
    r"(?:(?:[局委署厅院]|办公室|中心|大队|支队|派出所|政府|街道办?|办事处|居委会|村委会|红十字会|窗口|部门|机关|值班[室台]|总机|前台|服务台|接待室|信访室|调度室|分行|物业|公司|医院|学校|车站|社区)"
    r"(?:的)?(?:联系|咨询|办公|值班|服务|监督)?(?:电话)?|热线|(?:监督|咨询|值班|服务)联系电话|监督电话|举报电话|投诉电话|投诉受理电话"
    r"|值班电话|抢修电话|报修电话|服务电话|咨询电话|维权电话|政务电话|监督热线电话)"
    r"(?:号码?)?[是为:( ]{0,3}$"
)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_id_card(match: re.Match[str]) -> bool:
    """Check date and check digit of a resident identity number (GB 11643-1999)."""
    plain = re.sub(r"[^0-9x]", "", match["x"])
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, plain[:17], strict=True))
    return _is_date(plain[10:14]) and "10x98765432"[total % 11] == plain[17]


def _is_date(month_and_day: str) -> bool:
    return "01" <= month_and_day[:2] <= "12" and "01" <= month_and_day[2:] <= "31"


def _is_bank_card(match: re.Match[str]) -> bool:
    """Check the last digit by Luhn (ISO/IEC 7812)."""
    plain = _digits(match["x"])
    doubled = [2 * int(digit) for digit in plain[-2::-2]]
    total = sum(int(digit) for digit in plain[-1::-2]) + sum(value - 9 if value > 9 else value for value in doubled)  # noqa: PLR2004 - Luhn
    return total % 10 == 0 and len(set(plain)) > 1 and not _NAMED_OTHER.search(before(match, 12))


def _is_mobile(match: re.Match[str]) -> bool:
    number = match["number"].translate(_SPOKEN)
    sizes = tuple(len(piece) for piece in re.findall(r"\d+", number))
    near = before(match, 12)
    if _NAMED_OTHER.search(near):
        return False
    if len(sizes) in {1, _ELEVEN}:
        return True
    usual = _DOTTED_PIECES if "." in number else _USUAL_PIECES
    return sizes in usual or ("." not in number and _NAMED_PHONE.search(near) is not None)


def _is_spoken_mobile(match: re.Match[str]) -> bool:
    odd = not match["x"].isascii() or not set("oli").isdisjoint(match["x"])
    return odd and _is_mobile(match)


def _is_private_line(match: re.Match[str]) -> bool:
    near = before(match, 14)
    return not _HOT_LINE.search(near) and not _NAMED_OTHER.search(near)


def _is_local_number(match: re.Match[str]) -> bool:
    return re.match(r"(?:19|20)\d{2}[01]\d", match["x"]) is None and _is_private_line(match)


def _is_plate(match: re.Match[str]) -> bool:
    return len(_digits(match["x"][2:])) > 1


# UnionPay and debit cards have 16 to 19 digits, credit cards of the other brands 16.
_CARD = r"(?:6[02589]|9[0-9])\d{2}(?:[ \-]?\d{4}){3}(?:[ \-]?\d{1,3})?|(?:4\d|5[1-5]|35)\d{2}(?:[ \-]?\d{4}){3}"
_CARD_WORD = (
    r"(?:银行卡|储蓄卡|工资卡|信用卡|卡号|[工建农中交招]行卡|银行账号|银行帐号|收款账号|收款帐号)"
    r"(?:号码?)?[ ]{0,2}[:是为(]?[ ]{0,2}"
)
_ID_WORD = r"身份(?:证件?|证明)?(?:号码?)?[ ]{0,2}[:是为(]?[ ]{0,2}"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_LETTER = "a-hj-np-z0-9"
_MAIL_USER = r"(?<![a-z0-9._%+\-])[a-z0-9._%+\-]{1,64}+"
_AT = r"[ ]?(?:@|\(at\)|\[at\]|艾特)[ ]?"

NUMBER_RULES: tuple[Rule, ...] = (
    rule(MAIL, rf"(?P<x>{_MAIL_USER}{_AT}[a-z0-9\-]{{1,63}}(?:[ ]?[.。][ ]?[a-z]{{2,18}}){{1,3}})", needs="@特t"),
    rule(
        MAIL,
        rf"(?P<x>{_MAIL_USER}#(?:qq|163|126|139|189|sina|gmail|foxmail|hotmail|outlook)\.com)(?![a-z])",
        needs="#",
    ),
    rule(
        ID_CARD,
        rf"(?<!\d)(?P<x>{_PROVINCE}\d{{4}}[ \-]?{_BIRTH}[ \-]?\d{{4}}[ \-]?\d{{3}}[0-9x])(?![0-9a-z])",
        _is_id_card,
    ),
    rule(ID_CARD, rf"{_ID_WORD}(?P<x>[1-9]\d{{5}}[ \-]?{_BIRTH}[ \-]?[01]\d[0-3]\d[ \-]?\d{{3}}[0-9x])(?![0-9a-z])"),
    rule(ID_CARD, rf"{_ID_WORD}(?P<x>{_PROVINCE}\d{{6}}[01]\d[0-3]\d{{4}})(?!\d)"),
    rule(ID_CARD, rf"{_ID_WORD}(?P<x>\d{{3,10}}[*x]{{4,14}}\d{{0,11}}[0-9x]?)(?![0-9a-z*])"),
    rule(ID_CARD, rf"(?<![\d*])(?P<x>{_PROVINCE}\d{{1,4}}[*]{{8,14}}\d{{2,3}}[0-9x])(?![0-9a-z*])", needs="*"),
    rule(BANK_CARD, rf"{_EDGE}(?P<x>{_CARD})(?!\d)", _is_bank_card),
    rule(BANK_CARD, rf"{_CARD_WORD}(?P<x>[1-9]\d{{3}}(?:[ \-]?\d{{4}}){{2,3}}(?:[ \-]?\d{{1,3}})?)(?!\d)"),
    rule(
        BANK_CARD,
        r"(?:账号|帐号)[ ]{0,2}[:是为]?[ ]{0,2}(?P<x>[1-9]\d{3}(?:[ \-]?\d{4}){3}(?:[ \-]?\d{1,3})?)(?!\d)",
        needs="账帐",
    ),
    rule(
        PHONE,
        rf"{_EDGE}(?P<x>(?:\(?\+?0{{0,2}}86\)?[ \-]{{0,2}}|0(?=1[3-9]\d{{9}}))?"
        rf"(?P<number>1[ \-._·*]{{0,2}}[3-9](?:[ \-._·*~/]{{0,3}}\d){{9}})){_END}",
        _is_mobile,
    ),
    rule(PHONE, rf"(?<![\d,、])(?P<x>(?P<number>1[3-9]\d[,、。]\d{{4}}[,、。]\d{{4}}))(?![,、]\d){_END}"),
    rule(
        PHONE,
        rf"(?<!{_D})(?P<x>(?P<number>[1一幺壹][ \-·.]{{0,2}}[3-9三四五六七八九叁肆伍陆柒捌玖]"
        rf"(?:[ \-·.,、]{{0,1}}{_D}){{9}}))(?!{_D}){_NO_UNIT}",
        _is_spoken_mobile,
        needs=_SPOKEN_DIGITS,
    ),
    rule(PHONE, r"(?<![\d*])(?P<x>1[3-9]\d[\d*x]{0,4}(?:\*|x){2,8}\d{2,4})(?![\d*])", needs="*x"),
    rule(
        PHONE,
        rf"{_EDGE}(?P<x>(?:\({_AREA}\)|{_AREA}|\+?86[ \-](?:10|2\d|[3-9]\d{{2}})(?=[ \-]))[ \-_/]{{0,3}}{_LINE})(?!\d)",
        _is_private_line,
    ),
    rule(
        PHONE,
        rf"(?:电话|座机|固话|联系|致电|拨打|来电|传真|tel)[^\da-z{GAP}。\n]{{0,8}}?(?<![\d.\-])"
        rf"(?P<x>[2-8]\d{{2,3}}[ \-]?\d{{4}})"
        r"(?![\d.]|[ ]?(?:元|万|亿|户|人|件|平方|米|年))",
        _is_local_number,
    ),
    rule(
        PHONE,
        rf"(?<=[{FILL[PHONE]}])(?P<x>(?:[ ]?[/、,或和及;][ ]?[2-8]\d{{6,7}}(?!\d|[ ]?(?:元|户|人|年)))+)",
        inner=r"(?P<x>[2-8]\d{6,7})",
        needs=FILL[PHONE],
    ),
    rule(
        PLATE,
        rf"(?P<x>[{_PROVINCES}][a-z][ ]?[·.\-]?[ ]?(?:[a-hjk][{_PLATE_LETTER}]\d{{4}}|\d{{5}}[a-hjk]"
        rf"|[{_PLATE_LETTER}]{{4}}"
        rf"[{_PLATE_LETTER}学警港澳挂]))(?![a-z0-9])",
        _is_plate,
        needs=_PROVINCES,
    ),
    rule(
        PASSPORT,
        r"(?:护照|通行证|回乡证|台胞证)[^\d。\n]{0,6}?(?<![a-z])(?P<x>[a-z]{1,2}\d{7,8})(?![0-9a-z])",
        needs="照证",
    ),
    rule(PASSPORT, r"(?:回乡证|台胞证)(?:号码?)?[是为: ]{0,3}(?P<x>\d{8})(?![0-9a-z])", needs="证"),
)
