"""Rules for the door of a home in a postal address; the road, village or estate stays, so that a post can be linked.

Masked is the run of house, building, staircase and room numbers that ends at one home: 3栋2单元501室, 12号6栋1203, the
23号 of 平安村5组23号. Behind a word that tells where somebody lives (家住, 住址 …) a house number alone is masked too.
A building or a staircase (3号楼停水, 2单元电梯) stays, and so does a room of an office, school, hospital or shop.
"""

import re

from crawlers.masking.rules import GAP, HOME, Rule, before, rule

_N = r"(?:[甲乙丙丁]?\d{1,4}[a-z]?|[a-z]\d{0,3}|[一二三四五六七八九十百零〇]{1,4}|[甲乙丙丁]|[东西南北中](?=[栋幢座]))"
_UNIT = r"(?:号楼|号院|号门|号房|号|弄|栋|幢|座|单元|#楼|#|门|梯|楼|层)"
_RUN = rf"(?:第?{_N}[ ]?{_UNIT}[ \-]?){{1,5}}"
# What follows a bare number and makes it a count, a size or a year.
_COUNT = r"(?![\da-z.%年月日户人平米元套个多余名间岁斤吨万亿㎡:]|[ ]?(?:平|户|元|块|多|余|路|万))"
_ROOM = (
    rf"(?:\d{{3,4}}[a-z]?(?:室|号(?:房|室)?|房(?!间))|[一二三四五六七八九十零〇百]{{2,5}}(?:室|房(?!间))"
    rf"|\d{{3,4}}[a-z]?{_COUNT}|(?<=单元)[一二三四五六七八九十]{{1,2}}[零〇][一二三四五六七八九])"
)
_HOUSEHOLD = r"(?<=单元)\d{3,4}户"
_STAIRS = re.compile(r"栋|幢|单元|号楼|座|#|门|梯|院|弄")
_LIVES = re.compile(
    r"(?:家住|家在|住在|住于|现住|住址|家庭地址|居住(?:在|于|地)|我家|本人住|户籍(?:地址|所在地)?"
    r"|户口所在地|收货地址|收件地址|收货地|寄到|送到|租住)"
)
_ESTATE = r"(?:小区|花园|家园|苑|园|城|府|庭|里|公寓|新村|湾|居|轩|院|宿舍|庄|村|坊|郡|邸|台|期|区|路|街|巷)"
_OFFICE = re.compile(
    r"(?:政府|政务|中心|大厅|[局委厅处]|法院|检察院|医院|卫生院|学校|学院|大学|中学|小学|幼儿园|银行|大厦"
    r"|广场|写字楼|商务|商场|酒店|宾馆|公司|"
    r"服务站|居委会?|办事处|派出所|售楼处|办公|窗口|厂|教学楼|门诊|病房|产业园|科技园|软件园)[^,。;]{0,4}$"
)
_NO_HOUSE = r"(?!线|井|水|桥|公路|路|地|坑|站|机|泵|文|大棚|塘|楼|山|池|田)"
_DECREE = r"文(?![\u4e00-\u9fff]{1,4}(?:小区|[苑园府城庭楼]|公寓))"
_STILL_ROAD = (
    rf"(?!线|井|桥|公路|口|地|出|坑|站|厅|窗|馆|门|楼|院|机|{_DECREE}|车|泵|标|工|船|台|码|开"
    "|前|后|左|右|旁|附近|对面|边)"
)


def _is_home(match: re.Match[str]) -> bool:
    near = before(match, 30).split("。")[-1]
    if _LIVES.search(near):
        return True
    return _STAIRS.search(match["x"]) is not None and not _OFFICE.search(near)


def _is_where_somebody_lives(match: re.Match[str]) -> bool:
    return _LIVES.search(re.split(r"[。;!?]", before(match, 30))[-1]) is not None


PLACE_RULES: tuple[Rule, ...] = (
    rule(
        HOME,
        rf"(?<![\d.])(?![一二三四五六七八九十]{{1,2}}号[ ]?\d)(?P<x>{_RUN}(?:{_ROOM}|{_HOUSEHOLD}))",
        _is_home,
        needs="号弄栋幢座单元#门梯楼层",
    ),
    rule(
        HOME,
        rf"{_ESTATE}[ ]?(?P<x>\d{{1,3}}(?:栋|幢|号楼|#|座)?-(?:\d{{1,2}}(?:单元)?-)?\d{{3,4}}(?:室|号|房)?)"
        r"(?![\d\-/.年月]|[ ]?(?:平|户|元|路))",
        needs="-",
    ),
    rule(
        HOME,
        r"(?<=[\u4e00-\u9fff])(?<![是为到至从约比分码])(?P<x>\d{1,2}-\d{1,2}-(?!19|20)\d{3,4}(?:室|号|房)?)(?![\d\-/.年月])",
        needs="-",
    ),
    rule(HOME, r"\((?P<x>\d{1,2}-\d{1,2}-(?!19|20)\d{3,4}(?:室|号|房)?)(?=\))", needs="-"),
    rule(
        HOME,
        rf"[村屯庄寨湾](?:第?(?:\d{{1,2}}|[一二三四五六七八九十]{{1,3}})[组队社])(?P<x>\d{{1,3}}号"
        rf"(?:之\d{{1,2}})?){_NO_HOUSE}",
        needs="组队社",
    ),
    rule(
        HOME,
        rf"[路街巷弄道村组队里]第?(?P<x>{_N}号(?:[ ]?{_N}门[ ]?{_N}号|[ ]?{_N}(?:号楼|栋|幢|单元|楼)|(?:之\d{{1,2}}"
        rf"|附\d{{1,2}}号)?{_STILL_ROAD}))",
        _is_where_somebody_lives,
        needs="号",
    ),
    rule(HOME, rf"[村里区苑园坊](?P<x>{_N}门[ ]?{_N}号){_STILL_ROAD}", _is_where_somebody_lives, needs="门"),
    rule(
        HOME,
        rf"(?<![\d.])(?P<x>{_N}(?:号楼|栋|幢|座|#)[ \-]?{_N}单元(?:{_N}[楼层])?)(?![{GAP}])",
        _is_where_somebody_lives,
        needs="单",
    ),
)
