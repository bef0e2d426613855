"""Names of the code in, the Chinese words of the report out."""

from collections.abc import Mapping

from minsheng.words import ASPECTS, INTENTS, SENTIMENTS, TOPICS

HEADS: Mapping[str, str] = {
    "sentiment": "情感",
    "relevance": "是否涉及公共事务",
    "aspect": "方面",
    "intent": "意图",
    "topic": "主题（部门）",
    "named_topic": "主题（含其他）",
    "stance": "立场",
}

_CLASSES: Mapping[str, Mapping[str, str]] = {
    "sentiment": SENTIMENTS,
    "relevance": {"irrelevant": "无关", "relevant": "有关"},
    "aspect": ASPECTS,
    "intent": INTENTS,
    "topic": TOPICS,
    "named_topic": TOPICS,
    "stance": {"supports": "支持", "contradicts": "反对", "neither": "都不是"},
}

SOURCES: Mapping[str, str] = {
    "cstance_civic": "微博观点",
    "weibo_policy": "政策微博",
    "nlpcc_policy": "政策话题微博",
    "hangzhou": "城市留言板",
    "tipdm_votes": "政务留言（有投票）",
    "tipdm_replies": "政务留言（有答复）",
    "tipdm_topic_dev": "政务留言",
    "civic_dev": "civic/dev",
}

KINDS: Mapping[str, str] = {"mft": "基本功能", "inv": "不变性", "dir": "方向性"}


def class_name(head: str, name: str) -> str:
    """Return the Chinese word of a class, the name itself where there is none."""
    return _CLASSES.get(head, {}).get(name, name)


def length_name(band: str) -> str:
    """Return a band of length as a reader wants it: 001-025 becomes 1–25 字."""
    low, _, high = band.removesuffix("+").partition("-")
    return f"{int(low)}–{int(high)} 字" if high else f"{int(low)} 字以上"
