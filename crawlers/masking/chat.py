"""Rules for WeChat and QQ ids in the words in which people give them, and for the names of accounts.

Public accounts (公众号) stay. The number of a group is masked like an id: it leads to its members.
"""

import re

from crawlers.masking.rules import GAP, NICKNAME, QQ, WECHAT, Rule, rule

_NUMBER_END = r"(?![\d.]|[ ]?(?:元|人|户|年|月|个|万|块))"
_WECHAT_WORD = (
    r"(?<!公众号\()(?:微信|[薇v][❤♥]|薇信|威信|维信|徽信|卫星号|绿泡泡?|绿信|微·信|wei信|(?<![a-z])(?:wechat|weixin|wx|vx)(?![a-z])|(?<![a-z])v信"
    r"|(?<![a-z])[v薇](?=[ ]?(?:[::]|是))|(?:加|➕|\+)[我]?[ ]{0,2}(?:v(?![a-z信])|[微薇卫威](?!信)))"
)
_QQ_WORD = r"(?:(?<![a-z])(?:qq|q)(?=[ ]?[群号同::.\d 是])|扣扣|(?<![\u4e00-\u9fff])扣(?=:)|企鹅号|群号)"
_WHAT = r"(?:号码?|群号?|id|账号|帐号|同号|同名)?"
_FILLER = rf"{_WHAT}[ ]{{0,3}}(?:[::.]|是|为|\(|\))?[ ]{{0,3}}"
_ID_END = r"(?![a-z0-9_\-.])"


def _is_no_hot_line(match: re.Match[str]) -> bool:
    return re.fullmatch(r"1[012]\d{1,3}|9[56]\d{3,4}|1010\d{4}", match["x"]) is None


CHAT_RULES: tuple[Rule, ...] = (
    rule(
        WECHAT,
        rf"{_WECHAT_WORD}{_FILLER}(?P<x>wxid_[a-z0-9]{{6,20}}|\d{{5,12}}){_NUMBER_END}",
        _is_no_hot_line,
        needs="微薇威维徽卫绿wv",
    ),
    rule(
        WECHAT,
        rf"{_WECHAT_WORD}(?:号码?|id|账号|帐号|同号|同名)?[ ]{{0,3}}(?:[::]|是|为)[ ]{{0,3}}"
        rf"(?P<x>[a-z][a-z0-9_\-]{{5,19}}){_ID_END}",
        needs="微薇威维徽卫绿wv",
    ),
    rule(
        WECHAT,
        rf"{_WECHAT_WORD}(?:号码?|id|账号|帐号|加)?[ )]{{0,3}}(?P<x>(?=[a-z_\-]{{0,19}}\d"
        rf"|[a-z]{{1,19}}_)[a-z][a-z0-9_\-]{{5,19}}){_ID_END}",
        needs="微薇威维徽卫绿wv",
    ),
    rule(QQ, rf"{_QQ_WORD}{_FILLER}(?P<x>[1-9]\d{{4,11}}){_NUMBER_END}", _is_no_hot_line, needs="q扣企群"),
    rule(QQ, rf"群(?:号码?)?[ ]{{0,3}}[::]?[ ]{{0,3}}(?P<x>[1-9]\d{{5,11}}){_NUMBER_END}", needs="群"),
)

# Words that stand between 回复 and a colon, or in quotes after 网友, without being a name.
_NO_NAME = re.compile(
    r"^(?:如下|内容|时间|意见|单位|部门|人员?$|日期|情况|结果|说|称|您|你|他|她|我|大家|各位|网友|网民|用户"
    r"|市民|群众|留言|问题|处理"
    r"|办理|状态|编号|标题|方式|率|是|为|了|:|\[)|(?:局|委|办|政府|中心|街道|部门|公司|大队|支队|学校|医院"
    r"|集团|单位|如下)$"
    r"|^(?:点赞|吐槽|围观|质疑|热议|叫好|炸锅|神评论|神评|支招|力挺|好评|差评|给力|建言|献策|留言板?|大v"
    r"|声音|点单|群众|们|朋友们?|1[012]\d{1,3})$"
)
_LETTER = r"[\w·\-]"
_ASKS = "你[说们讲看]|您|能不能|能否|可否|请问|请看|快来|麻烦|帮忙|怎么|什么时候|为什么|是不是|有没有|看看|管管"
_QUOTED = rf"[“\"'‘「『][ ]{{0,3}}(?P<x>[^”\"'’」』。!?,;\s{GAP}]{{1,20}})[ ]{{0,3}}[”\"'’」』]"
_SPEAKER = r"(?:网友|网民)"
_SAYS = re.compile(
    "反映|反馈|建议|提问|来信|咨询|投诉|认为|表示|评[价论]|回复|[答问说称晒热最的对在有都也还看关]|发帖|爆料|跟帖|直呼|调侃|疑问|担心"
    "|呼吁|诉求|关注|举报|希望|要求|提出|心声|互动|[们和与]|.*(?:女士|先生|同志)$"
)
_ADDRESSED = (
    r"(?=[ ]{0,3}(?:[:,]|您好|你好|反映|留言|来信|提问|咨询|投诉|[说讲]|所[说言]"
    r"|的(?:留言|来信|帖子|说法|话|评论|发言)))"
)


def _is_nickname(match: re.Match[str]) -> bool:
    return _NO_NAME.search(match["x"].strip()) is None


def _is_bare_nickname(match: re.Match[str]) -> bool:
    return _is_nickname(match) and _SAYS.match(match["x"]) is None


NICKNAME_RULES: tuple[Rule, ...] = (
    rule(
        NICKNAME,
        rf"(?:(?<![a-z0-9])@|@(?![a-z0-9]))(?!全体成员|所有人|官方)(?!\d{{1,6}}(?![\da-z_]))"
        rf"(?P<x>{_LETTER}{{2,12}}?(?={_ASKS})|{_LETTER}{{1,16}}(?!{_LETTER})|{_LETTER}{{1,10}})",
        needs="@",
    ),
    rule(
        NICKNAME,
        rf"尊敬的{_SPEAKER}(?P<x>{_LETTER}{{2,12}}?)(?=(?:先生|女士)?[:,]?(?:您好|你好))",
        _is_nickname,
        needs="尊",
    ),
    rule(
        NICKNAME,
        rf"尊敬的(?P<x>{_LETTER}{{2,16}}?)(?={_SPEAKER}[:,]?(?:您好|你好))",
        _is_nickname,
        needs="尊",
    ),
    rule(NICKNAME, rf"{_SPEAKER}[ ]{{0,3}}{_QUOTED}", _is_nickname, needs="网"),
    rule(NICKNAME, rf"(?:^|[。!?;])网友(?P<x>{_LETTER}{{2,12}})(?=:)", _is_bare_nickname, needs="网"),
    rule(NICKNAME, rf"{_QUOTED}[ ]{{0,3}}[:,]?[ ]{{0,3}}(?=您好|你好|网友|网民)", _is_nickname, needs="好网"),
    rule(
        NICKNAME,
        rf"(?:市民|用户|群众|楼主|来信人|留言人)[ ]{{0,3}}{_QUOTED}{_ADDRESSED}",
        _is_nickname,
        needs="市用群楼人",
    ),
    rule(NICKNAME, rf"(?:{_SPEAKER}|用户)[ ]{{0,3}}(?P<x>[a-z0-9_*]{{3,30}}){_ADDRESSED}", _is_nickname, needs="网用"),
    rule(
        NICKNAME,
        rf"(?:^|//|\s)(?:回复|答复)[ ]{{0,3}}\d{{1,6}}[ ]{{0,3}}[#楼][ ]{{0,3}}"
        rf"(?P<x>[^\s:{GAP}\[]{{1,20}}?)[ ]{{0,3}}的(?:帖子|发言|评论)",
        _is_nickname,
        needs="复",
    ),
    rule(NICKNAME, rf"(?:^|//|:)[ ]{{0,3}}(?:回复|引用)[ ]{{0,3}}{_QUOTED}[ ]?的(?:帖子|发言|评论|话)", needs="复引"),
    rule(
        NICKNAME,
        rf"(?:^|//|:)[ ]{{0,3}}(?:回复|引用)[ ]{{0,3}}(?P<x>[^\s:,，。!?“”\"{GAP}\[]{{1,20}}?)[ ]{{0,3}}(?:[:]"
        r"|的(?:帖子|发言|评论|话))",
        _is_nickname,
        needs="复引",
    ),
    # Who answers, before the one who is answered: a microblog forwards whole conversations in one text.
    rule(
        NICKNAME,
        rf"(?:^|//|[。!?;\s])(?P<x>[^\s:,;。!?“”\"{GAP}\[]{{1,10}})(?=:[ ]{{0,3}}回复[ ]{{0,3}}@?[{GAP}])",
        _is_nickname,
        needs="复",
    ),
    rule(
        NICKNAME,
        rf"^(?P<x>[^\s:,。{GAP}\[]{{1,20}})[ ]{{1,3}}发表于[ ]{{0,3}}(?=\d|昨天|前天|今天|\S{{0,2}}前)",
        _is_nickname,
        needs="表",
    ),
)
