"""Rules for names of private persons, only in the patterns in which people are exposed.

Masked: a name after a label (联系人：, 姓名：), after 我叫 or 本人, beside a number of a contact, before 女士 or 先生,
after a word for a private person (房东, 邻居, 村民, 嫌疑人 …, ``persons``), in lists of such, and signing a letter. A
name must begin with a surname (``surnames``); behind the plainest labels it need not. A surname with a private title
(王先生, 小李) is masked only after a label or beside a contact.
Stays: a surname with an official's title (王市长, 李主任), 王某, names of public life in running text, places, offices.
"""

import re

from crawlers.masking.given import FOR_THE_PEOPLE, OFFICIAL, fits, is_usual
from crawlers.masking.persons import (
    LABELS,
    NEAR_KIN,
    NOBODY,
    OPEN_LABELS,
    PERSONS,
    PLAIN_LABELS,
    any_of,
    last_letters,
)
from crawlers.masking.rules import CONTACT, FILL, HAN, HOME, NAME, PHONE, Rule, after, before, rule
from crawlers.masking.surnames import (
    COMPOUND,
    FAR_PARTS,
    GIVEN,
    NO_NAME,
    NO_PLACE,
    ODD,
    RARE,
    SURNAMES,
)

_FULL = rf"(?:(?:{COMPOUND})[{HAN}]{{1,2}}|[{SURNAMES}{RARE}][{HAN}]{{1,2}})"
_LABELLED = rf"(?:(?:{COMPOUND})[{HAN}]{{1,2}}|[{SURNAMES}{RARE}{ODD}][{HAN}]{{1,2}})"
_TITLE = r"(?:先生|女士|小姐|师傅|阿姨|大姐|大哥|大爷|大妈|老师|经理|总|工|哥|姐|叔|姨)"
_SUR_TITLE = rf"(?:{COMPOUND}|[{SURNAMES}{RARE}])(?:{_TITLE})"
_TITLED = rf"{_SUR_TITLE}(?![{HAN}])|[小老阿][{SURNAMES}](?![{HAN}])"
_FAR_NAME = rf"[{HAN}]{{2,8}}·[{HAN}]{{2,8}}(?:·[{HAN}]{{2,8}})?"
_FAR_END = "[花勒丽娜汗江木提尔别克]?"
_LABEL, _ANY_LABEL, _PERSON = any_of(PLAIN_LABELS), rf"(?:{any_of(LABELS)})(?:姓名)?", any_of(PERSONS)
_EDGE = re.compile(
    rf"[^{HAN}a-z]$|(?:联系|找|致电|业主|我是|[给询请叫的和人与向对]|[的系人方]是|居民|村民|网友|市民|反映|姓名)$|^$"
)
_CONTACT_WORD = (
    r"(?:的|本人|[他她]的)?(?:联系)?(?:电话|手机|tel|身份证|微信|支付宝|qq|邮箱|卡号|银行卡|护照)?(?:号码|号)?"
)
_STOP = rf"(?=[^{HAN}]|$)"
_SAYS = "反映|来电|来信|来访|咨询|投诉|诉求|称|表示|希望|认为|要求|建议|反馈|说|联系|取得"
_I = "(?:[我俺咱]|本人|鄙人|在下)"
_NOT_OPEN = re.compile(rf"{NOBODY}|[要请不未无暂见详同某全热各您你].*|.*(?:某|女士|先生|性|{OFFICIAL})")


def _labelled(match: re.Match[str]) -> int:
    return _length(match, sure=True)


def _unlabelled(match: re.Match[str]) -> int:
    length = _length(match, sure=False)
    return 0 if NO_PLACE.match(match.string, match.start("x") + length) else length


def _length(match: re.Match[str], *, sure: bool) -> int:
    name = match["x"]
    if "·" in name:
        return len(name)
    if re.fullmatch(_TITLED, name):
        return 0 if NO_NAME.match(name) else len(name)
    return fits(name, after(match, match.end("x")), sure=sure)


def _whole(match: re.Match[str]) -> bool:
    return _unlabelled(match) == len(match["x"])


def _full_name(match: re.Match[str]) -> int:
    return 0 if re.match(_TITLED, match["x"]) else _unlabelled(match)


def _at_edge(match: re.Match[str]) -> bool:
    return _EDGE.search(before(match, 2)) is not None


def _whole_at_edge(match: re.Match[str]) -> bool:
    return _at_edge(match) and _whole(match)


def _addressed(match: re.Match[str]) -> bool:
    return _at_edge(match) and not NO_NAME.match(match["x"]) and _labelled(match) == len(match["x"])


def _two_given(match: re.Match[str]) -> bool:
    return is_usual(match["x"]) and not NO_PLACE.match(match.string, match.end("x"))


def _one_given(match: re.Match[str]) -> bool:
    name = match["x"]
    return name[1] in GIVEN and not NO_NAME.match(name) and not NO_PLACE.match(match.string, match.end("x"))


def _has_usual_letters(match: re.Match[str]) -> bool:
    """As ``_two_given``, but two letters may begin like a word: a label stands before the name, and nothing behind."""
    given = match["x"][1:]
    return (GIVEN.issuperset(given) and (len(given) > 1 or not NO_NAME.match(match["x"]))) or given == FOR_THE_PEOPLE


def _is_private_list(match: re.Match[str]) -> bool:
    names = match["x"].split("、")
    officials = re.search(rf"领导|出席|同志|常委|代表|先进|模范|专家|{OFFICIAL}", before(match, 30))
    certain = sum(is_usual(name) or name[0] in SURNAMES for name in names)
    whole = all(fits(name, "", sure=True) == len(name) for name in names)
    return officials is None and whole and 2 * certain > len(names)


def _is_whole_person(match: re.Match[str]) -> bool:
    name = match["x"]
    return not NO_NAME.match(name) and (re.fullmatch(_SUR_TITLE, name) is not None or is_usual(name))


def _is_filled_in(match: re.Match[str]) -> bool:
    return _NOT_OPEN.fullmatch(match["x"]) is None


NAME_RULES: tuple[Rule, ...] = (
    rule(
        NAME,
        rf"(?:{_ANY_LABEL}[ ]?:|(?:{_LABEL})(?:是|为|叫|\())[ ]{{0,3}}(?P<x>{_FAR_NAME}|{_TITLED}"
        rf"|{_LABELLED}(?!{OFFICIAL}))",
        trim=_labelled,
        needs="人名主东告者",
    ),
    rule(
        NAME,
        rf"(?:{_LABEL})(?:姓名)?[ ,](?P<x>{_FAR_NAME}|{_TITLED}|{_LABELLED}){_STOP}",
        trim=_labelled,
        needs="人名主东告者",
    ),
    rule(
        NAME,
        rf"(?:{any_of(OPEN_LABELS)})(?:姓名)?[ ]?:[ ]{{0,3}}(?P<x>[{HAN}]{{2,4}}){_STOP}",
        _is_filled_in,
        needs=last_letters(OPEN_LABELS),
    ),
    rule(NAME, rf"(?:{_LABEL})(?:姓名)?(?P<x>{_LABELLED}){_STOP}", _has_usual_letters, needs="人名主东告者"),
    rule(NAME, rf"(?:{_PERSON}):(?P<x>{_FULL}){_STOP}", trim=_labelled, needs=last_letters(PERSONS)),
    rule(
        NAME,
        rf"(?:(?:{_PERSON})(?:名?叫|姓名|是|:)?|{_I}叫|名叫)[ ]?(?P<x>(?:{FAR_PARTS}){{1,3}}{_FAR_END})"
        r"(?![盟旗县市区州镇])",
        needs=last_letters(PERSONS) + "叫",
    ),
    rule(
        NAME,
        rf"(?:{_I}叫|我名叫|我的名字叫?是?|名字[叫是]|{_I}姓名叫?|(?:{_PERSON}|[我他她](?:{NEAR_KIN}))名?叫)[: ]?"
        rf"(?:(?P<x>{_FAR_NAME}|{_LABELLED})(?=[^{HAN}]|$|是|今|家|住|系|现|电话|手机|身份|来自|的))",
        trim=_labelled,
        needs="叫名",
    ),
    rule(NAME, rf"(?:{_I}叫|我名叫)(?P<x>{_FULL})(?=[{HAN}])", trim=_unlabelled, needs="叫"),
    rule(NAME, rf"(?:{_I}|我是|我系)[ :,]?(?P<x>{_LABELLED})(?=[,。(]|实名)", _two_given, needs="本我俺咱鄙在"),
    rule(
        NAME,
        rf"(?:{_I}们?[是系]|家?住)[^,。;:!?\n]{{1,14}}(?:的|业主|居民|村民|市民|学生|家长|住户|职工|员工)"
        rf"(?P<x>{_FULL})(?=[,。(]|$|[和与、]|[说称]|反映)",
        _two_given,
        needs="我俺咱本鄙住",
    ),
    rule(NAME, rf"(?<=[{FILL[PHONE]}])[ ,]?[ (](?P<x>{_TITLED}|{_FULL})(?=[^{HAN}]|$)", _whole, needs=FILL[PHONE]),
    rule(NAME, rf"(?<=[{CONTACT}])\((?P<x>{_TITLED}|{_FULL})(?=\))", _whole, needs=CONTACT),
    rule(NAME, rf"(?<=[{CONTACT}]),(?P<x>{_FULL})(?=[,。]|$)", _two_given, needs=CONTACT),
    rule(NAME, rf"(?:[打转汇]到)(?P<x>{_FULL})(?=名下|的?账户|的卡)", _is_filled_in, needs="到"),
    rule(
        NAME,
        rf"(?:转给|汇给|打给|借给|转账给)(?P<x>{_FULL})(?=名下|的|[^{HAN}]|$)",
        _two_given,
        needs="给",
    ),
    rule(
        NAME,
        rf"[{HAN}](?:(?<![官委党议动演人成队专学公通究评])员|(?<![记作读前后或学])者|婆|嫂|匠|贩)(?P<x>{_FULL})"
        rf"(?=[{HAN},。]|$)",
        _two_given,
        trim=_unlabelled,
        needs="员者婆嫂匠贩",
    ),
    rule(
        NAME,
        rf"[{HAN}]的(?P<x>{_FULL})(?<!家)(?=从来|从不|天天|每天|总是|经常|私自|擅自|长期)",
        _two_given,
        needs="的",
    ),
    rule(
        NAME,
        rf"(?<=[{CONTACT}])[,;。 ]{{0,2}}(?:请?找|请?联系|联系人)(?P<x>{_SUR_TITLE})(?=[^{HAN}]|$|就|即|本人)",
        needs=CONTACT,
    ),
    rule(NAME, rf"(?:{_LABEL})(?P<x>{_SUR_TITLE})(?={_SAYS})", _is_whole_person, needs="人主东告者"),
    rule(
        NAME,
        rf"[与和向]了?(?P<x>{_SUR_TITLE}|{_FULL})(?=(?:取得|电话|进行|本人){{0,2}}了?(?:联系|沟通|核实|告知|反馈|了解)"
        rf"[,(]?{_CONTACT_WORD}[ :是为]{{0,3}}[{CONTACT}])",
        _is_whole_person,
        needs=CONTACT,
    ),
    rule(NAME, rf"(?:转交|转给|转告|交给|寄给|发给)(?P<x>{_FULL})(?=收|本人|[^{HAN}]|$)", _two_given, needs="交给告"),
    rule(
        NAME,
        rf"(?:{any_of(OPEN_LABELS)})(?P<x>[{HAN}]{{2,4}})(?=[ ,(]{{1,2}}{_CONTACT_WORD}[ :是为]{{0,3}}[{CONTACT}])",
        _is_filled_in,
        needs=CONTACT,
    ),
    rule(NAME, rf"[她他](?:名字)?叫(?P<x>{_FULL}){_STOP}", _two_given, needs="叫"),
    rule(
        NAME,
        rf"(?:本人|我是|我系)[ :,]?(?P<x>{_FULL})(?=[, (]{{0,2}}(?:住|家住|身份证|电话|手机|今年|男|女|系"
        rf"|一名|来自|\d|[{CONTACT}])|的(?:{_PERSON})|[,。]?$)",
        trim=_unlabelled,
        needs="本我",
    ),
    rule(
        NAME,
        rf"(?P<x>{_FAR_NAME}|{_TITLED}|{_LABELLED})(?={_TITLE}?[ ,:、()\-/]{{0,3}}{_CONTACT_WORD}[ :是为,"
        rf"(]{{0,3}}[{CONTACT}])",
        _at_edge,
        trim=_unlabelled,
        needs=CONTACT,
    ),
    rule(
        NAME,
        rf"(?:{_PERSON}|{any_of(LABELS)}|[我他她其](?:{NEAR_KIN}))(?:名?叫|是|:)?[ ]?(?P<x>{_FULL}(?!{OFFICIAL}))",
        trim=_full_name,
        needs=last_letters(PERSONS + LABELS) + NEAR_KIN.replace("|", ""),
    ),
    rule(
        NAME,
        rf"(?:\d|[一二三四五六七八九十])(?:楼|单元|组|栋|幢|门|队|室|号楼)(?:的|业主|村民|住户|居民)?(?P<x>{_FULL})"
        rf"(?=[家把往在私占扔]|[^{HAN}]|$)",
        _two_given,
        needs="楼元组栋幢门队室",
    ),
    rule(NAME, rf"(?:村|院|楼|小区|单位|单元)里?的(?P<x>{_FULL})(?=[把将私占])", _two_given, needs="村院楼区位元"),
    rule(
        NAME,
        rf"(?:\d|[一二三四五六七八九十])(?:楼|单元|组|栋|幢|室|号楼)的?(?P<x>[{SURNAMES}{RARE}][{HAN}])(?=家|把|往)",
        _one_given,
        needs="楼元组栋幢室",
    ),
    rule(
        NAME,
        rf"(?:反映|举报|投诉|检举)的(?P<x>{_FULL})(?=[未系在因,。]|等|一事|违|非法|私)",
        _two_given,
        needs="映报诉举",
    ),
    rule(NAME, rf"(?P<x>{_LABELLED})(?=先生|女士|小姐)", _addressed, needs="先女小"),
    rule(
        NAME,
        rf"(?:(?<![{HAN}])|(?<=尊敬的))(?P<x>{_FULL})(?=(?:女士|先生|同志)?[,:!]?(?:您好|你好))",
        _two_given,
        needs="好",
    ),
    rule(NAME, rf"(?P<x>(?:{FAR_PARTS}){{1,3}}{_FAR_END})(?=[ ,:(]{{0,2}}[{CONTACT}])", _at_edge, needs=CONTACT),
    rule(NAME, rf"(?<![{HAN}])(?P<x>{_FULL})(?=同志[,:]?(?:您好|你好|反映)|同志[,:])", _two_given, needs="同"),
    rule(NAME, rf"(?P<x>{_FULL})(?=[ ,、(]{{1,2}}(?:男|女)[ ,、);。])", _whole_at_edge, needs="男女"),
    rule(
        NAME,
        rf"(?<=[{FILL[HOME]}{FILL[PHONE]}])[ ,]{{0,2}}(?P<x>{_FULL})(?=(?:先生|女士)?\(?收)",
        _whole,
        needs=FILL[HOME] + FILL[PHONE],
    ),
    rule(NAME, rf"敬礼[!。 \n]{{0,4}}(?P<x>{_LABELLED})(?=\s|$|\d|[,。])", trim=_unlabelled, needs="敬"),
    rule(
        NAME,
        rf"(?:盼复|望[回批]复|望解决|谢谢|感谢|特此(?:反映|投诉|举报|申请|报告)|拜托)[!。, \n]{{1,4}}(?P<x>{_FULL})"
        r"(?=[ \n]{0,2}(?:\d|$))",
        lambda match: _labelled(match) == len(match["x"]),
        needs="复决谢此托",
    ),
    rule(
        NAME,
        rf"(?:名单|签名|有|的是)?[: ]{{0,2}}(?:(?<![{HAN}、])|(?<=[有是]))(?P<x>{_FULL}(?:、{_FULL}){{1,20}})"
        r"(?=等[人多几\d一二三四五六七八九十]|[两三四五六七八九十]人|。?$)",
        _is_private_list,
        inner=rf"(?P<x>{_FULL})(?=、|$|[等两三四五六七八九十。])",
        needs="、",
    ),
    rule(
        NAME,
        rf"(?<=[{FILL[NAME]}])(?P<x>(?:、{_FULL}(?=[、,。等;\s]|$))+)",
        inner=rf"(?<=、)(?P<x>{_FULL})",
        trim=_labelled,
        needs="、",
    ),
    rule(
        NAME,
        rf"(?<=[{FILL[NAME]}])(?P<x>(?:[、和与及/][ ]?{_FULL}|[, ][ ]?{_FULL}(?=[,、。;\s]|$))+)",
        inner=rf"(?<=[、和与及/, ])(?P<x>{_FULL})",
        trim=_unlabelled,
        needs=FILL[NAME],
    ),
)
