"""Rules for names of private persons, only in the patterns in which people are exposed.

Masked: a name after a label (联系人：, 姓名：), after 我叫 or 本人, beside a number of a contact, before 女士 or 先生,
after a word for a private person (房东, 邻居, 村民, 嫌疑人 …), and signing a letter. A name must begin with a surname
(``surnames``). A surname with a private title (王先生, 小李) is masked only after a label or beside a contact.
Stays: a surname with an official's title (王市长, 李主任), 王某, names of public life in running text, places, offices.
"""

import re

from crawlers.masking.rules import CONTACT, FILL, HAN, HOME, NAME, PHONE, Rule, after, before, rule
from crawlers.masking.surnames import COMPOUND, FIRM, GIVEN, NO_GIVEN, NO_NAME, RARE, SURNAMES, WORDS_AFTER

_FULL = rf"(?:(?:{COMPOUND})[{HAN}]{{1,2}}|[{SURNAMES}][{HAN}]{{1,2}})"
_LABELLED = rf"(?:(?:{COMPOUND})[{HAN}]{{1,2}}|[{SURNAMES}{RARE}][{HAN}]{{1,2}})"
_TITLE = r"(?:先生|女士|小姐|师傅|阿姨|大姐|大哥|大爷|大妈|老师|经理|总|工|哥|姐|叔|姨)"
_TITLED = rf"(?:{COMPOUND}|[{SURNAMES}{RARE}])(?:{_TITLE})(?![{HAN}])|[小老阿][{SURNAMES}](?![{HAN}])"
_OFFICIAL = (
    r"(?:主任|科长|处长|局长|书记|所长|队长|站长|镇长|村长|市长|县长|区长|警官|法官|部长|院长|校长"
    r"|厅长|省长|检察官|干事|科员|委员|代表|总理|主席)"
)
_FAR_NAME = rf"[{HAN}]{{2,8}}·[{HAN}]{{2,8}}(?:·[{HAN}]{{2,8}})?"
_ASKER = (
    "联系人|投诉人|举报人|申请人|当事人|被投诉人|被举报人|反映人|来电人|信访人|申诉人|诉求人|报案人"
    "|来访人|求助人|留言人|建议人|提议人"
)
_HOLDER = (
    "姓名|户主|收件人|收货人|法定代表人|法人代表|法人|负责人|经办人|房东|车主|开户名|户名|签名|落款"
    "|署名|持卡人|产权人|承租人|受益人|监护人|患者|原告|被告人?|持证人|开户人"
)
_LABEL = rf"(?:{_ASKER}|{_HOLDER})(?:姓名)?"
_SIGNER = (
    "(?:来信|请求|报告|具报|控告|被控告|代表|问政|签名|责任|发件|寄件|承办|债务|债权|委托|代理|检举|提交"
    "|写信|残疾|参保|病|陈述|咨询|上访|买受|出卖|出租|承租|借款|"
    "担保|受害|权利|继承|发帖|控制|实控|建房|拆迁|当事|申办|缴费|收款|汇款|借用|租赁|举证|证明|见证|提议)人"
)
_ANY_LABEL = rf"(?:{_ASKER}|{_SIGNER}|{_HOLDER})(?:姓名)?"
_PRIVATE = (
    "房东|工头|老总|村霸|恶霸|老头|老太太|老太|大爷|大妈|保洁|环卫工|老板|邻居|村民|居民"
    "|业主|市民|群众|被告人?|嫌疑人|骗子|老赖|中介|司机|男子|女子|租户|租客|当事人|物业经理|项目经理"
    "|肇事者|凶手|小偷|受害人|"
    "死者|患者|学生|同学|儿子|女儿(?!童)|丈夫|妻子|老公|老婆|父亲|母亲|爷爷|奶奶|爱人|保安|店主|店长|拆迁户"
    "|贫困户|低保户|原告|户主|老人|工友|同事|"
    "(?:楼上|楼下|隔壁)(?:的)?(?:邻居|业主|租户|住户|人家)?|举报|实名举报|投诉人|举报人|申请人|联系人"
    "|被投诉人|被举报人|家长|车主|老师|医生|护士|会计|出纳|户名|姓名|收件人|收货人|反映人"
)
_PRIVATE_ENDS = "东头板居民主众告人子赖介机客户事理者手偷生学儿夫妻公婆亲爷安长友上下壁家报师士计纳名洁工总长霸头太爷妈"
_EDGE = re.compile(rf"[^{HAN}a-z]$|(?:联系|找|致电|业主|我是|[给询请叫的和人]|居民|村民|反映|姓名)$|^$")
_CONTACT_WORD = r"(?:的|本人)?(?:联系)?(?:电话|手机|tel|身份证|微信|qq|邮箱|卡号|银行卡|护照)?(?:号码|号)?"
_STOP = rf"(?=[^{HAN}]|$)"


def _fits(name: str, following: str, *, sure: bool) -> int:
    """Return how many letters of ``name`` are a name: all, all but the last, or 0.

    Args:
        name: A surname and one or two letters.
        following: The letter behind it.
        sure: Whether a label said that a name comes here.
    """
    family = 2 if re.match(COMPOUND, name) else 1
    given = name[family:]
    usual = [letter in GIVEN for letter in given]
    if not given or given[0] in NO_GIVEN or re.match(_OFFICIAL, given):
        return 0
    if NO_NAME.match(name) and not (sure and len(given) > 1 and all(usual)):
        return 0
    ends = not re.match(f"[{HAN}]", following)
    firm = name[0] in FIRM or family > 1
    if len(given) == 1:
        return len(name) if sure or (usual[0] and (firm or ends or following in WORDS_AFTER)) else 0
    if usual[1] and given[1] != following and (sure or usual[0] or ends or firm):
        return len(name)
    if given[1] in NO_GIVEN or given[1] in WORDS_AFTER or (firm and not ends) or given[1] == following:
        return family + 1 if sure or usual[0] else 0
    return len(name) if ends and (sure or usual[0]) else 0


def _labelled(match: re.Match[str]) -> int:
    return _length(match, sure=True)


def _unlabelled(match: re.Match[str]) -> int:
    return _length(match, sure=False)


def _length(match: re.Match[str], *, sure: bool) -> int:
    name = match["x"]
    if "·" in name:
        return len(name)
    if re.fullmatch(_TITLED, name):
        return 0 if NO_NAME.match(name) else len(name)
    return _fits(name, after(match, match.end("x")), sure=sure)


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
    given = match["x"][1:]
    return len(given) > 1 and GIVEN.issuperset(given) and not NO_NAME.match(match["x"])


NAME_RULES: tuple[Rule, ...] = (
    rule(
        NAME,
        rf"(?:{_ANY_LABEL}[ ]?:|{_LABEL}[ ]?(?:是|为|叫|\())[ ]{{0,3}}(?P<x>{_FAR_NAME}|{_TITLED}"
        rf"|{_LABELLED}(?!{_OFFICIAL}))",
        trim=_labelled,
        needs="人名主东",
    ),
    rule(NAME, rf"(?:{_LABEL})[ ,](?P<x>{_FAR_NAME}|{_TITLED}|{_LABELLED}){_STOP}", trim=_labelled, needs="人名主东"),
    rule(
        NAME,
        r"(?:[我俺咱]叫|我名叫|我的名字叫?是?|名字叫|本人叫|本人姓名|我(?:爱人|爸|妈|父亲|母亲|老公|老婆"
        r"|儿子|女儿(?!童)|孩子|爷爷|奶奶)叫)[: ]?"
        rf"(?:(?P<x>{_FAR_NAME}|{_LABELLED})(?=[^{HAN}]|$|是|今|家|住|系|现|电话|手机|身份|来自|的))",
        trim=_labelled,
        needs="叫名",
    ),
    rule(NAME, rf"(?:[我俺咱]叫|我名叫|本人叫)(?P<x>{_FULL})(?=[{HAN}])", trim=_unlabelled, needs="叫"),
    rule(NAME, rf"(?:本人|我是|我系)[ :,]?(?P<x>{_LABELLED})(?=[,。(])", _two_given, needs="本我"),
    rule(NAME, rf"(?<=[{FILL[PHONE]}])[ ,]?[ (](?P<x>{_TITLED}|{_FULL})(?=[^{HAN}]|$)", _whole, needs=FILL[PHONE]),
    rule(
        NAME,
        rf"(?:本人|我是|我系)[ :,]?(?P<x>{_FULL})(?=[, (]{{0,2}}(?:住|家住|身份证|电话|手机|今年|男|女|系"
        rf"|一名|来自|\d|[{CONTACT}])|[,。]?$)",
        trim=_unlabelled,
        needs="本我",
    ),
    rule(
        NAME,
        rf"(?P<x>{_FAR_NAME}|{_TITLED}|{_FULL})(?={_TITLE}?[ ,:、()\-/]{{0,3}}{_CONTACT_WORD}[ :是为,"
        rf"(]{{0,3}}[{CONTACT}])",
        _at_edge,
        trim=_unlabelled,
        needs=CONTACT,
    ),
    rule(
        NAME,
        rf"(?:{_PRIVATE}|{_ASKER}|{_SIGNER}|{_HOLDER})(?:名?叫|是|:)?[ ]?(?P<x>{_FULL}(?!{_OFFICIAL}))",
        trim=_full_name,
        needs=_PRIVATE_ENDS,
    ),
    rule(NAME, rf"(?P<x>{_FULL})(?=先生|女士|小姐)", _addressed, needs="先女小"),
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
        rf"(?<=[{FILL[NAME]}])(?P<x>(?:[、和与及/][ ]?{_FULL}|,[ ]?{_FULL}(?=[,、。;\s]|$))+)",
        inner=rf"(?<=[、和与及/, ])(?P<x>{_FULL})",
        trim=_unlabelled,
        needs=FILL[NAME],
    ),
)
