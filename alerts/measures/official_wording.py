"""Official texts in, how often they speak of giving and how often of taking part out: wording, descriptive only.

No validated Chinese lexicon of grace wording is known (methods.md §6), so this one is ours: it is published here,
tested on sentences of our own (tests/fixtures/wording.yml), and no alert rests on it. A word does not count where it
is denied, quoted, or has another meaning in its clause.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from alerts.counts import beta_quantile
from alerts.measures.base import Estimate
from alerts.prevalence import Folded
from minsheng.text import normalise

GRACE, PARTICIPATION = "grace", "participation"
_WINDOW = 12
_AROUND = 14

_PUBLIC = "(?:广大)?(?:群众|居民|市民|百姓|老百姓|业主|住户|乡亲|村民|大家|街坊)们?"
_PRAISE = "(?:点赞|感谢|称赞|叫好|称道|感激|道谢|竖起(?:了)?大拇指|赞不绝口|拍手|夸赞|好评如潮)"
_WORDS = {
    GRACE: (
        "送(?:去|来|上|到)?(?:了)?(?:温暖|关怀|清凉|福利|实惠|关爱)(?!贴|帖)",
        "把(?:党和政府的)?(?:温暖|关怀|关爱)送(?:到|进|给)",
        "关怀备至|关怀下|亲切关怀|深切关怀|无微不至",
        "感恩(?!节|寺|路|街|桥|教堂)|恩情|恩惠|恩泽|党恩|恩赐|赐予|赐给|施恩|施惠|恩德",
        f"{_PUBLIC}[^,。;!?]{{0,6}}?{_PRAISE}(?!数|量|功能|按钮|率)",
        f"(?:赢得|受到|得到|获得|引来)(?:了)?{_PUBLIC}的?(?:一致|广泛|普遍|高度)?(?:点赞|好评|称赞|赞誉|欢迎|拥护)",
        "拍手称(?:赞|快)|拍手叫好|交口称赞|连声(?:称赞|道谢|叫好)|赞不绝口|有口皆碑",
        "(?:暖人心|暖民心|暖了心|暖到心|暖心(?:工程|之举|事|服务))",
        "喜笑颜开|笑开了花|笑逐颜开|喜上眉梢|乐开了花",
        "造福(?:于)?(?:人民|百姓|群众|一方|桑梓|于民)|福音(?!堂|路|街|书|站)",
        "(?:送来|送上|赠送)(?:了)?(?:一面)?锦旗|锦旗",
        "惠民(?:大礼|红包|礼包|厚礼)|民生(?:大礼|红包|礼包|厚礼)|(?:送|献)上[^,。;!?]{0,6}(?:大礼|厚礼|礼物)",
        "为民(?:办实事|办好事|造福)|民生福祉的?(?:生动|温暖)",
    ),
    PARTICIPATION: (
        "征求[^,。;!?]{0,12}?意见|征集[^,。;!?]{0,10}?(?:意见|建议)|(?:意见|建议)征(?:集|求)",
        "听取[^,。;!?]{0,12}?(?:意见|建议|诉求|呼声)|问需于民|问计于民|问效于民",
        "听证会?(?!席位)|恳谈会|居民议事|议事会|议事协商|协商议事|圆桌会",
        "公示(?!语|牌匾|板材)",
        "采纳|吸收[^,。;!?]{0,10}?(?:意见|建议)",
        "投票|票决",
        "回访",
        "评议",
        "(?:修改|调整|优化|完善)(?:了)?[^,。;!?]{0,4}?方案",
        "座谈会|(?:入户|上门)(?:走访|征询|调查)|问卷(?:调查)?",
        "(?:居民|群众|业主|市民|村民)代表[^,。;!?]{0,8}?(?:参与|参加|监督|验收|表决|讨论)",
    ),
}
"""What counts, as patterns on the normal form of a clause."""

_LEXICON = {side: re.compile("|".join(f"(?:{pattern})" for pattern in found)) for side, found in _WORDS.items()}
_CLAUSE = re.compile(r"[^,。;!?:、\n]+")
_QUOTED = re.compile(r"[“\"「『‘《][^”\"」』’》]{0,60}[”\"」』’》]")
_DENIED = re.compile(
    r"(?:不是|并非|不要|不能|不得|不搞|不应|不许|不再|不靠|不图|不求|不以|不为|不等于|避免|防止|杜绝|切忌|拒绝|反对|谢绝|禁止|严禁"
    r"|取消|尚未|未能|未曾|未经|从未|未予|未被|未|没有|没|无需|无须|无人|不必|别|莫|而非|少|缺乏|缺少|不予|暂不|假借|借口|代替)"
)
# Whose affair it is when it is not the public's in the project.
_OTHERS = {
    GRACE: re.compile(
        r"(?:员工|职工|同事|客户|家长|学生|老师|患者|顾客|旅客|网页|帖子|评论区|朋友圈|短视频|公众号|师恩|母校|作者|读者|恩格尔|恩施|商家|教师节|父母|电影|歌曲|剧)"
    ),
    PARTICIPATION: re.compile(
        r"(?:股东|董事|监事|党员|党内|职称|专家|采购|招标|中标|评标|任前|干部|录用|招聘|考核|处罚|术后|患者|出院|学术|论文|法院|仲裁"
        r"|公务员|奖学金|评优|先进|拟提拔|客户|售后|用户体验|竞赛|评委|选手|论坛版主|期刊|法庭|证据|医院|股权|债权|破产|土地出让|成交)"
    ),
}


@dataclass(frozen=True, slots=True)
class WordHit:
    """A place where an official text speaks so: the words around it, and where they stand."""

    side: str
    word: str
    around: str
    url: str


@dataclass(frozen=True, slots=True)
class OfficialWording:
    """How often offices speak of giving (grace) and of taking part, per 1,000 characters; nothing is judged by it.

    ``balance`` is the natural logarithm of grace over participation, above 0: more of giving; None when neither occurs.
    """

    texts: int
    characters: int
    grace: int
    participation: int
    balance: Estimate | None
    hits: tuple[WordHit, ...]

    @property
    def grace_rate(self) -> float:
        return 1000 * self.grace / self.characters if self.characters else 0.0

    @property
    def participation_rate(self) -> float:
        return 1000 * self.participation / self.characters if self.characters else 0.0


def wording_of(official: Sequence[Folded], most: int = 6) -> OfficialWording:
    """Count wording in official texts, copies folded; at most ``most`` places of each side are given."""
    posts = [vote.labelled.post for vote in official]
    texts = [f"{post.title}。{post.text}" for post in posts]
    hits = [hit for post, text in zip(posts, texts, strict=True) for hit in find_wording(text, post.url)]
    grace, part = ([hit for hit in hits if hit.side == side] for side in (GRACE, PARTICIPATION))
    return OfficialWording(
        texts=len(texts),
        characters=sum(sum(letter.isalnum() for letter in text) for text in texts),
        grace=len(grace),
        participation=len(part),
        balance=_balance(len(grace), len(part)) if hits else None,
        hits=(*grace[:most], *part[:most]),
    )


def find_wording(text: str, url: str = "") -> list[WordHit]:
    """Return every place of either kind, in the order of the text."""
    words = _QUOTED.sub(lambda found: "□" * len(found[0]), normalise(text))
    return [hit for clause in _CLAUSE.finditer(words) for hit in _hits(clause[0], words, clause.start(), url)]


def _hits(clause: str, words: str, start: int, url: str) -> Iterable[WordHit]:
    for side, pattern in _LEXICON.items():
        for found in pattern.finditer(clause):
            before = clause[max(0, found.start() - _WINDOW) : found.start()]
            if _DENIED.search(before) or _OTHERS[side].search(clause):
                continue
            at = start + found.start()
            around = words[max(0, at - _AROUND) : at + len(found[0]) + _AROUND].replace("□", "")
            yield WordHit(side, found[0], around, url)


def _balance(grace: int, part: int) -> Estimate:
    """Return the log ratio of two counts of one text with its interval (beta posterior, Jeffreys prior)."""
    low, high = (beta_quantile(q, grace + 0.5, part + 0.5) for q in (0.025, 0.975))
    value = log((grace + 0.5) / (part + 0.5))
    return Estimate(value, min(value, log(low / (1 - low))), max(value, log(high / (1 - high))), grace + part)
