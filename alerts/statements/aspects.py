"""A claim in its sentence in, the aspect of the project that it is about out; None where the words do not say."""

import re

from alerts.statements.scope import clause_end, clause_start
from alerts.statements.stated import Stated
from minsheng.domain import ClaimKind

_WORDS = {
    "environment": r"噪|扬尘|空气|水质|黑臭|优良天数|优良断面|断面|浓度|污水|垃圾|环境卫生|市容|异味|渣土|生态",
    "traffic": r"停车|泊位|出行|交通|拥堵|通行|公交|准点|正点|路口|候车|道路平整",
    "utilities": r"供水|供热|供电|供气|燃气|管网|路灯|亮灯|照明|排水|积水|水压",
    "health": r"就医|候诊|患者|医院|诊疗|体检|筛查|医保|养老",
    "education": r"学校|学位|教育|入学|入园|家长|义务教育",
    "housing": r"安置房|入住|保障房|租赁住房|居住",
    "safety": r"安全(?!感)|隐患|事故|治安|警情|发案",
    "facilities": r"绿化|绿地|公厕|厕所|景观|充电桩|健身|覆盖率|广场",
    "service": r"服务|办事|热线|工单|回复|答复|诉求|留言|办结",
    "quality": r"质量|合格率|平整度|验收合格|渗漏",
}
_PATTERNS = {aspect: re.compile(words) for aspect, words in _WORDS.items()}


def aspect_of(sentence: str, stated: Stated) -> str | None:
    """Return the aspect that the clause of the claim names first; progress for completion, whole for satisfaction."""
    if stated.kind is ClaimKind.COMPLETION:
        return "progress"
    if stated.kind is ClaimKind.SATISFACTION:
        return None
    if stated.kind is ClaimKind.REPLY_RATE:
        return "service"
    clause = sentence[clause_start(sentence, stated.start) : clause_end(sentence, stated.end)]
    return next((aspect for aspect, pattern in _PATTERNS.items() if pattern.search(clause)), None)
