"""A sentence and a place in it in, how what stands there is meant out: reached, aimed at, or what was before."""

import functools
import re
from enum import StrEnum

from minsheng.domain import ClaimStatus

_GOAL = (
    r"力争|力求|争取|预计|承诺|(?<!为)确保|届时|下一步|完成时限[：:]|目标任务[：:]|的目标|拟(?=[于在投建定])|"
    r"目标(?=[是为达：:]|\d)|(?<![年工])(?<!按照)(?<!作)(?<![较比])计划(?![的任目总单]|投资|[，、])|"
    r"(?<![已现])将(?![近来军])|即将|早日|尽快|择日|可(?=解决|开工|完工|竣工|通车|建成|投[入用]|实现|具备)|"
    r"(?<![需主重只不首纪紧会])要(?=达到|完成|实现|提高|提升|在|将|把|全面|全部|建成|确保)|"
    r"到(?:20\d\d年|[“\"]?十[四五六]五[”\"]?(?:末|期末))|"
    r"(?:年|[年月]底|[年月]末|\d{1,2}日|\d月|季度|[国春中元][庆节秋旦]节?|五一|旬|周)前(?!三季度|期)"
)
_LEVEL = (
    r"已经?(?!列入)|目前|截[至止]|实际|累计|正在|现在|如今|近日|(?<!\d)日前|今年以来|上半年(?=[，,])|）|现(?=将|已|正)|"
    r"(?<=[，,])完成率|(?:改造|整改|整治|治理|实施|提升)后"
)
_BASE = (
    r"(?<![较比与同])(?:改造|整改|整治|治理|实施|创建|施工)前(?!，?期)|此前|过去|以前|原先|原来|(?<![较比与])去年同期"
)
_MARKERS = re.compile(rf"(?P<goal>{_GOAL})|(?P<level>{_LEVEL})|(?P<base>{_BASE})|(?P<stop>[；;])")
_NOT_OURS = re.compile(
    r"[？?]$|^请问|^(?:建议|希望|恳请|请|欢迎|如有|望)|网传|传言|谣言|不实|邻市|邻县|邻区|外地|外市|外省|兄弟(?:城市|市|县|区)|"
    r"其他(?:城市|地区|省)|全国平均|全省平均|省里|先进地区|借鉴|一些地方|有的地方|虚高|会议(?:要求|强调|指出)|"
    r"招标文件|通知要求|合同约定|协议约定|考核标准|考核办法|评标|评分标准|某[地市区县]|宣称|谎称|号称|"
    r"网友(?:留言[：:，]|称|说|质疑)|只有[^，。]{0,20}才"
)
_CONDITION = re.compile(r"^(?:但|而)?(?:如(?=[果满有未不能低遇])|若|倘若|凡|一旦)")
_RULE_AFTER = re.compile(r"(?:及?以[上下内]|左右)?(?:的(?=[^，。；]{0,14}(?:可|将被|一律|方可|予以|应))|标准)")
_ORDER = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．])?(?:强化|加强|加快|加大|推进|推动|促进|完善|深入|深化|持续|大力|强力|着力|坚持|"
    r"实施|优化|扩大|支持|健全|提升|稳步推进|统筹|扎实|做好|办好|制定|落实|严格|切实)"
)
_DENIED = re.compile(
    r"(?:未|没有?|不能|无法|仍[旧然]?|需(?!求)要?|[亟有尚]待|难以|得不到|不(?:能|会|曾|具备|按|符|予|得)|是否|待(?=[解改整完建]))[^，。；]{0,7}$"
)
_CLAUSE = re.compile(r"[，,；;：:。！!]")


class Meant(StrEnum):
    """How a place of a sentence is meant; ``BASE`` is what was before."""

    LEVEL = "level"
    GOAL = "goal"
    BASE = "base"

    @property
    def status(self) -> ClaimStatus:
        return ClaimStatus.GOAL if self is Meant.GOAL else ClaimStatus.LEVEL


def is_ours(sentence: str) -> bool:
    """Whether a sentence can state something of the project: no question, wish, rumour, nor word of another place."""
    return _NOT_OURS.search(sentence) is None


def meant_at(sentence: str, place: int) -> Meant:
    """Return how what stands at ``place`` is meant: the last word before it that says so decides."""
    meant = Meant.LEVEL
    for end, said in _markers(sentence):
        if end > place:
            break
        meant = said
    return meant


@functools.lru_cache(maxsize=8)
def _markers(sentence: str) -> tuple[tuple[int, Meant], ...]:
    """Return where each word ends that says how what follows is meant; kept, as one sentence is asked many times."""
    return tuple(
        (marker.end(), Meant.LEVEL if marker.lastgroup == "stop" else Meant(str(marker.lastgroup)))
        for marker in _MARKERS.finditer(sentence)
    )


def clause_start(sentence: str, place: int) -> int:
    """Return where the clause around ``place`` starts."""
    return max((mark.end() for mark in _CLAUSE.finditer(sentence, 0, place)), default=0)


def clause_end(sentence: str, place: int) -> int:
    """Return where the clause around ``place`` ends."""
    mark = _CLAUSE.search(sentence, place)
    return mark.start() if mark else len(sentence)


def is_condition(sentence: str, start: int, end: int) -> bool:
    """Whether the words between belong to a condition or a rule: 如满意率低于90%, 达到95%以上的社区可评为."""
    clause = sentence[clause_start(sentence, start) :]
    return _CONDITION.match(clause) is not None or _RULE_AFTER.match(sentence, end) is not None


def is_order(sentence: str, place: int) -> bool:
    """Whether a sentence tells what to do (加强…，全面完成…) and nothing up to ``place`` says that it is done."""
    return _ORDER.match(sentence) is not None and re.search(_LEVEL, sentence[:place]) is None


def is_denied(sentence: str, place: int) -> bool:
    """Whether the words right before ``place`` say that it is not so, or not yet: 尚未完工, 有待改善."""
    return _DENIED.search(sentence, max(clause_start(sentence, place), place - 12), place) is not None
