"""A sentence in, the claims that it makes without a number out: what is finished, what became better, who praises."""

import re
from collections.abc import Iterator
from dataclasses import replace

from alerts.statements.measures import PEOPLE, RATE
from alerts.statements.scope import Meant, clause_end, clause_start, is_condition, is_denied, is_order, meant_at
from alerts.statements.stated import Stated
from minsheng.domain import ClaimBound, ClaimKind, ClaimStatus

_YEAR = r"(?:20\d\d|今|明|本|后)年"
_MONTH = r"(?:\d{1,2}月份?|(?:第?[一二三四]|前[一二三四])季度|[上下]半年|[春夏秋冬]季(?:学期)?)"
_TAIL = r"(?:\d{1,2}日)?(?:[底末初]|中旬|下旬|上旬)?(?:之?前)?"
_FEAST = r"(?:国庆|春节|中秋|元旦|五一)节?前后?"
_DUE = re.compile(
    rf"{_YEAR}{_MONTH}{_TAIL}|(?:{_YEAR})?{_FEAST}|{_YEAR}[底末初]?(?:之?前)?|{_MONTH}{_TAIL}|"
    r"[本下]月(?:[底初中]|[上中下]旬)?前?|[一二两三四五]年内|[年月][底末内](?:之?前)?"
)
_DONE = re.compile(
    r"(?P<fully>全部|全面|均已?)?(?P<partly>基本|主体|部分|即将|初步)?"
    r"(?:正式|顺利|如期|按期|提前|(?P<more>超额)|建设|改造|任务|实现|全线){0,4}"
    r"(?:(?:(?:完工|竣工|建成)(?:并|、)?)?(?:通车|投用|投产|投入(?:使用|运营|运行)|交付(?:使用|入住)?)|"
    r"(?:通过|完成)(?:了)?[^，。；]{0,6}验收|(?P<inspected>竣工验收)|验收合格|恢复(?:正常)?[^，。；]{0,4}(?:供水|供电|供气|通行|通车)|"
    r"贯通|合龙|交工|落成|通水|通气|通电|并网|开园|开馆|完工|竣工|建成|(?P<opened>启用)|"
    r"(?:已|均|并|免费|正式|全部|向[^，。；]{1,8})(?:对外)?(?P<open>开放)|"
    r"(?P<ready>具备(?:入住|通车|使用|投用|交付|通行|运营|开学|开园)条件)|(?P<finish>完成))"
)
_OPEN_END = re.compile(r"$|[，。；、！）)\d并且了投通交向正入开营运]|[^，。；]{0,6}使用")
_NOT_DONE = re.compile(
    r"^(?:[后时前]|之[后时前]|[^，。；]{0,3}以[来后前]|[^，。；]{1,12}后[，,]|[区环率的]|投资|年限|日期|工程款|质量|结算|服务|合格之日|规范)"
)
_EARLY = re.compile(r"前期|规划|设计|招投?标|手续|征地|审批|备案|立项|报批|节能|预算|可研|环评|财政评审")
_PIECE = re.compile(r"(?:[一-龥]{0,8}\d|[一-龥]{0,4}(?:招投标|主体|桩基|建设任务|工程建设))")
_NO_WORK = re.compile(r"[^，。；\d]{0,4}(?:调查|普查|测评|评估|统计|问卷|意见|投票|固定资产)")
_TO_FINISH = re.compile(r"$|[，。；、！]|[一-龥]{0,10}(?:施工|收尾|改造|建设|整治|铺设|安装|工作|任务|搬迁|移民)")
_ON_TIME = re.compile(r"(?:提前|按期|如期|已|均已)$")
_COUNTED = re.compile(r"^(?:了)?\d|^[一-龥]{0,10}?\d[\d,.]*(?:公里|个|部|台|套|条|座|处|亩|亿元|万元|平方米|米)")
_SOME_OF = re.compile(
    r"其中[^，。；]{0,10}$|(?:多数|大部分|部分)[^，。；]{0,6}$|\d+个[^，。；]{0,8}(?:中已?有?|已有)\d+个[^，。；]{0,4}$|(?:已有|累计)\d+[个条座处][^，。；]{0,8}$"
)
_BEGUN = re.compile(
    r"(?P<fully>全部)?(?:均)?(?:已|全面|正式|启动)*(?:开工(?:建设)?|破土动工|动工|进场施工|开建|启动(?=改造|建设|施工|$|[，。]))(?!率|时间|日期|以来|前|[个\d])"
)
_GOING = re.compile(
    r"(?:有序|稳步|扎实|顺利|加快|全面|正常|如火如荼)(?:地)?(?:推进|进行|施工|实施)(?:中)?(?=$|[，。；、！])|进展顺利|"
    r"正在进行[^，。；]{0,8}(?:施工|装修|建设|改造|铺设|安装|浇筑|吊装|调试|收尾)|主体(?:结构|工程)?[^，。；]{0,3}封顶|进入收尾(?:阶段)?|(?<=进度[：:])正常|"
    r"正在(?:加紧|抓紧|全力|紧张|进行)?(?:施工|建设|改造)(?:建设|当?中)?(?=$|[，。；、！])"
)
_WORK = re.compile(r"项目|工程|建设|改造|施工|工作|标段|整治|进度|进展|主体|路段|[管路桥校线馆园站]")

_TOPIC = re.compile(
    r"环境|噪|扬尘|交通|出行|停车|拥堵|积水|水质|空气|市容|秩序|体验|条件|居民生活|居住|治安|卫生|难|问题|现象|扰民|获得感|幸福感|"
    r"安全感|品质|面貌|通行|候[车诊]|供水|平整度|小区|路面|内涝|照明|绿化|效率|办事|风貌|设施|脏乱差|黑臭|异味|隐患|渣土|路灯|服务"
)
_SHORT_CLAUSE, _NEAR = 4, 16
"""A clause of so few letters (目前已经解决) is about what the letters before it name."""
_BETTER = re.compile(
    r"(?:(?:明显|显著|大幅|持续|不断|有效|稳步|逐步|稳中|进一步|大大|极大|较大|根本|全面|得到|有了?|很大|有所){1,3}(?:地|的)?"
    r"(?:改善|好转|提升|提高|增强|缓解|减少|下降|缩短|降低|优化|改观|减轻)|改善明显|缩短\d+(?:分钟|天|小时|个工作日))"
    r"(?:了|明显)?(?=$|[，。；、！])|"
    r"更(?:加|为)?(?:便捷|方便|整洁|宽敞|舒适|优美|有序|安全|顺畅|畅通|干净|便利)[一-龥]{0,2}(?=$|[，。；、！])"
)
_EASED = re.compile(r"(?:有效|大大|极大|进一步|切实)(?:改善|缓解|提升|方便|解决|减少|满足|便利)[^，。；]{2,}")
_SOLVED = re.compile(
    r"(?:得到|已|均|全部|基本|彻底|全面|已经|妥善){1,3}(?:有效|彻底|妥善|根本|全面|基本|圆满)?"
    r"(?:解决|消除|整治|化解|修复|排除|整改|办结|根治|根除|破解|清零)(?=$|[，。；、！])|"
    r"(?:已经?|初步|基本|成功|有效){1,3}解决了[^，。；]{1,40}(?:问题|现象|难题|矛盾)|"
    r"(?P<whole>全部)?(?:清运|清理|处理|整改|维修|修复|更换|拆除)(?:完毕|到位)"
)
_HELD = re.compile(r"得到(?:了)?(?:有效|根本|全面|明显)?(?:控制|扭转|遏制|治理)|焕然一新")
_WHOLE = re.compile(r"全部")
_PRAISED = re.compile(
    r"拍手(?:称赞|叫好)|交口称赞|连连称赞|纷纷(?:点赞|称赞|叫好)|赞不绝口|竖起大拇指|好评(?:如潮|不断|连连)|深受[^，。；]{0,8}(?:好评|欢迎|喜爱)|"
    r"(?:得到|受到|获得|赢得|广受|收获)(?:了)?(?!您|你|我|领导|上级|县委|市委|党委)[^，。；]{0,14}(?:好评|赞誉|认可|称赞|肯定|欢迎|点赞|口碑)"
)
_CONTENT = re.compile(
    rf"(?:{PEOPLE.pattern}|群众)[^，。；]{{0,4}}(?:点赞|叫好|夸赞)(?=$|[，。；、！])|(?<!\d[户人名份])(?:表示|比较|十分|非常|很|都|感到)满意(?=$|[，。；、！])|(?:确保|让|使|令)(?:{PEOPLE.pattern}|群众)(?:更加)?满意(?=$|[，。；、！])"
)
_GREW = re.compile(r"(?:稳步|持续|不断|明显|大幅|显著)(?:提升|提高|上升|增长)(?=$|[，。；、！])|再创新高")
_AIM = re.compile(
    r"^(?:为了?|旨在|以便|以期|推动|促进|让|使|着力|努力|加快|不断|持续|切实|坚持|实施|进一步|加大|加强|改善|优化|随着|由于|因)"
)


def read_states(sentence: str, *, with_rate: bool) -> Iterator[Stated]:
    """Yield the claims without a number of their own; ``with_rate``: a number already says how far the work is."""
    yield from _completion(sentence, with_rate=with_rate)
    yield from _effects(sentence)
    yield from _praise(sentence)


def _completion(sentence: str, *, with_rate: bool) -> Iterator[Stated]:
    done = [(found, stated) for found in _DONE.finditer(sentence) if (stated := _done(sentence, found))]
    told = with_rate or any(stated.value is not None for _, stated in done)
    yield from (stated for found, stated in done if not (told and _is_amount(found, stated)))
    for pattern in (_BEGUN, _GOING):
        for found in pattern.finditer(sentence):
            clause = sentence[clause_start(sentence, found.start()) : found.end()]
            if with_rate and found[0].startswith("正在进行"):
                continue
            if _WORK.search(clause) and not _AIM.match(clause) and not _is_unsaid(sentence, found):
                yield _state(sentence, found, ClaimKind.COMPLETION)


def _is_amount(found: re.Match[str], stated: Stated) -> bool:
    """Whether only an amount is said to be done (完成84公里): beside a rate that adds nothing."""
    if stated.value is not None or found["partly"]:
        return False
    return found["finish"] is not None or stated.status is not ClaimStatus.GOAL


def _done(sentence: str, found: re.Match[str]) -> Stated | None:
    """Return the claim that something is finished; what is counted is a part, not the whole."""
    behind, start = sentence[found.end() : found.end() + 20], clause_start(sentence, found.start())
    before = sentence[start : found.start()]
    if _NOT_DONE.match(behind) or _is_unsaid(sentence, found) or not _ends_well(before, found, behind):
        return None
    if found["finish"] and not found["fully"]:
        return _finished(sentence, found, behind)
    part = (
        found["partly"]
        or found["ready"]
        or _COUNTED.match(behind)
        or _SOME_OF.search(before)
        or before.endswith("主体工程已")
    )
    whole = bool(found["fully"]) and not found["partly"]
    if _EARLY.search(before[-12:]) or _EARLY.search(found[0]):
        return _state(sentence, found, ClaimKind.COMPLETION)
    stated = _state(sentence, found, ClaimKind.COMPLETION)
    if stated.status is ClaimStatus.GOAL:
        return _state(sentence, found, ClaimKind.COMPLETION, 1.0 if whole else None)
    return _state(sentence, found, ClaimKind.COMPLETION, 1.0 if whole or not part else None)


def _ends_well(before: str, found: re.Match[str], behind: str) -> bool:
    """Whether the word is said of a thing, and is not the first half of another word: 建成学校, 竣工结算."""
    if found["inspected"] or found["opened"] or found["open"]:
        return re.match(r"$|[，。；、！）)并]", behind) is not None
    return bool(found["finish"] or before.endswith("已") or _OPEN_END.match(behind))


def _finished(sentence: str, found: re.Match[str], behind: str) -> Stated | None:
    """Return what 完成 alone says: a part is done, or an aim is to be reached."""
    if found["more"] and "任务" in sentence[clause_start(sentence, found.start()) : found.end() + 6]:
        return replace(_state(sentence, found, ClaimKind.COMPLETION, 1.0), bound=ClaimBound.OVER)
    if re.match(r"[^，。；]{0,12}[%成]", behind) or _NO_WORK.match(behind):
        return None
    stated = _state(sentence, found, ClaimKind.COMPLETION)
    if re.match(r"$|[，。；、！]", behind) and _ON_TIME.search(sentence[: found.start("finish")]):
        whole = stated.status is ClaimStatus.LEVEL and not _EARLY.search(sentence[: found.start()][-12:])
        return replace(stated, value=1.0 if whole else None)
    is_said = _TO_FINISH.match(behind) if stated.status is ClaimStatus.GOAL else _PIECE.match(behind)
    return stated if is_said else None


def _effects(sentence: str) -> Iterator[Stated]:
    for pattern, kind, status in (
        (_BETTER, ClaimKind.QUALITY, ClaimStatus.DELTA),
        (_HELD, ClaimKind.QUALITY, ClaimStatus.LEVEL),
        (_SOLVED, ClaimKind.RESOLUTION, ClaimStatus.LEVEL),
        (_EASED, ClaimKind.QUALITY, ClaimStatus.GOAL),
    ):
        for found in pattern.finditer(sentence):
            stated = _effect(sentence, found, kind, status)
            if stated:
                yield stated


def _effect(sentence: str, found: re.Match[str], kind: ClaimKind, status: ClaimStatus) -> Stated | None:
    start = clause_start(sentence, found.start())
    clause = sentence[start : found.end()]
    meant = meant_at(sentence, found.start())
    near = clause if found.start() - start > _SHORT_CLAUSE else sentence[max(0, start - _NEAR) : found.end()]
    if meant is Meant.BASE or not _TOPIC.search(near) or _AIM.match(clause) or RATE.search(clause):
        return None
    if _is_unsaid(sentence, found):
        return None
    if status is ClaimStatus.GOAL and meant is not Meant.GOAL:
        return None
    grown = "感" in clause and re.search(r"[获幸安][得福全]感", clause)
    if status is ClaimStatus.DELTA and grown:
        kind = ClaimKind.POLARITY
    whole = kind is ClaimKind.RESOLUTION and _WHOLE.search(clause)
    return Stated(
        kind,
        ClaimStatus.GOAL if meant is Meant.GOAL else status,
        1.0 if whole else None,
        start=found.start(),
        end=found.end(),
    )


def _is_unsaid(sentence: str, found: re.Match[str]) -> bool:
    place = found.start()
    return is_denied(sentence, place) or is_condition(sentence, place, found.end()) or is_order(sentence, place)


def _praise(sentence: str) -> Iterator[Stated]:
    for pattern in (_PRAISED, _CONTENT):
        for found in pattern.finditer(sentence):
            if not re.search(r"\d ?%|成", sentence[clause_start(sentence, found.start()) : found.start()]):
                yield _state(sentence, found, ClaimKind.POLARITY)
    for rate in RATE.finditer(sentence):
        clause = sentence[rate.end() : clause_end(sentence, rate.end())]
        grew = _GREW.search(clause)
        if grew:
            meant = meant_at(sentence, rate.end())
            status = ClaimStatus.GOAL if meant is Meant.GOAL else ClaimStatus.DELTA
            yield Stated(ClaimKind(str(rate.lastgroup)), status, start=rate.start(), end=rate.end() + grew.end())


def _state(sentence: str, found: re.Match[str], kind: ClaimKind, value: float | None = None) -> Stated:
    told = sentence.startswith("了", found.end())  # 了 says that it has happened, whatever was aimed at before
    status = ClaimStatus.LEVEL if told else meant_at(sentence, found.start()).status
    due = ""
    if kind is ClaimKind.COMPLETION and status is ClaimStatus.GOAL:
        dates = [match[0] for match in _DUE.finditer(sentence, 0, found.start())]
        due = dates[-1] if dates else ""
    return Stated(kind, status, value, due=due, start=found.start(), end=found.end())
