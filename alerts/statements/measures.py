"""What the numbers of official texts measure, each with the kind of claim that it makes."""

import re

from minsheng.domain import ClaimKind

_RATES = {
    ClaimKind.SATISFACTION: (
        r"基本满意率|满意[率度](?!测评得分|指数)|好评[率度]|支持率|认可[率度]|认同[率度]|赞成率|同意率|美誉度|"
        r"(?:满意|赞成|支持|同意|认可)[”\"]?的?(?:人|居民|业主|群众|受访者)?(?:占比?|比[例率])"
    ),
    ClaimKind.REPLY_RATE: r"(?:回复|答复|响应)率",
    ClaimKind.RESOLUTION: (
        r"(?:办结|办理|办复|结案|签收|解决|整改|化解|销号|处置|处理及时|整治|修复|治理|消除)(?:完成)?率|结办率"
    ),
    ClaimKind.COMPLETION: (
        r"(?:完成|完工|竣工|开工|复工|交付|签约|分配|拆除|腾退|建成|投产)率|形象进度|(?:工程|施工|建设|项目|完成|总体|总)进度|"
        r"(?<![同超])进度(?!款)|完成度|(?:占|完成)(?:年度|全年|总|目标)(?:度|年)?(?:计划|目标|任务|工程量){1,2}(?:总?[量额])?的?"
    ),
    ClaimKind.QUALITY: (
        r"合格率|达标率|优良率|优良(?:天数|水[质体]?断面|断面)?(?:比例|比率|天数比)|覆盖率|入住率|普及率|使用率|上线率|到位率|"
        r"准[点时]率|正点率|及时率|接通率|保证率|绿[化地]率|(?:集中)?处理率|利用率|通达率|硬化率|保障率|入[园学]率|巩固率|参保率|"
        r"就诊率|完好率|亮灯率|清运率|收集率|通车率|通水率|畅通率|安置率|就业率"
    ),
}
RATE = re.compile("|".join(f"(?P<{kind.value}>{words})" for kind, words in _RATES.items()))
"""A measure that has a level, as in 满意率达98.5%."""

NOT_A_RATE = re.compile(r"不满意[率度]|差评率|漏损率|回收率|空置率|闲置率")
"""Measures of the opposite: what they say of satisfaction is not theirs to say."""

_COUNTS = {
    ClaimKind.RESOLUTION: r"(?:投诉|信访|上访|诉求|举报)(?:总?[量数率件]|数量|件数|工单)",
    ClaimKind.QUALITY: r"事故总?(?:起数|数|量)|(?:平均)?浓度|发案[率数量]|警情[数量]?|事故率",
}
COUNT = re.compile("|".join(f"(?P<{kind.value}>{words})" for kind, words in _COUNTS.items()))
"""A count of what people suffer or complain of: it has no level, only a change."""

PEOPLE = re.compile(
    r"居民|群众|市民|村民|业主|住户|游客|商户|企业|家长|学生|患者|老人|乘客|司机|受访者|公众|网民|职工|市场主体"
)
_ASKED = r"(?:的|受访|被访|参与|接受|常住|办事|来电|当地|周边|附近|沿线|调查|对象|户|名|人){0,6}"
PEOPLE_SAY = re.compile(
    rf"(?:以上|左右|以下|多)?{_ASKED}(?P<who>{PEOPLE.pattern})[^，。；]{{0,24}}?"
    r"(?<!不)(?P<verb>满意|支持|同意|赞成|认可|好评|点赞|(?:认为|觉得|感到)[^，。；]{0,20}(?:改善|提升|提高|更|好|便|缓解))"
    r"(?![率度与不])"
)
"""Behind a number: who of them says that it is good."""
SAY = re.compile(
    r"(?:以上|左右|多)?(?:的人|的受访者)?(?:对[^，。；]{1,24}?)?表示(?:非常|比较|很)?(?P<verb>满意|支持|同意|赞成|认可)|"
    r"(?:以上|左右|多)?对[^，。；]{1,24}?(?<!不)(?:满意|支持|认可)(?![率度])"
)
"""Behind a number whose people were named before it: 受访家长中，超过九成对午餐质量表示满意."""
_ASIDE = r"(?:以上|左右|以下|多)?的?"
THINGS_DONE = (
    (ClaimKind.REPLY_RATE, re.compile(rf"{_ASIDE}(?:工单|诉求|留言|来信|问题)[^，。；]{{0,16}}(?:答复|回复)")),
    (
        ClaimKind.RESOLUTION,
        re.compile(rf"{_ASIDE}(?:工单|诉求|留言|来信|问题|投诉|隐患)[^，。；]{{0,16}}(?:办结|解决|整改|处理|化解)"),
    ),
    (
        ClaimKind.COMPLETION,
        re.compile(rf"{_ASIDE}(?:项目|工程|小区|标段|任务|路段)[^，。；]{{0,12}}(?:完工|完成|建成|竣工|收尾|开工)"),
    ),
)
"""Behind a number: what has been done with them."""
DONE_BEFORE = re.compile(
    r"(?<!率)完成(?:了|约|近|超|逾|总|主体|全部|桩基|工程|建设|投资|土建|任务|目标|量|的|计划|全年|年度){0,8}$"
)
"""Before a number: 完成总工程量的 (九成)."""
SPENT = re.compile(r"完成投资[^。；]{0,16}占(?:计划)?(?:总投资|年度投资)(?:额)?的?$")
"""Before a number: 完成投资2300万元，占总投资的 (57.5%)."""
