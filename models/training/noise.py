"""A text in, the same text as other people would have typed it out: what it means stays the same.

Texts are disturbed after ``prepare``, and what comes out is prepared again, as every text is at run time. So there is
nothing here that ``prepare`` undoes: traditional and full-width characters, strewn single ones, repeated marks.
"""

import functools
import random
import re
from collections.abc import Callable
from pathlib import Path

import yaml

from models.cleaning import prepare

_SYNONYMS = Path(__file__).with_name("synonyms.yml")
_PAIRS = ("的地", "得的", "在再", "做作", "他她", "那哪", "以已", "长常", "只直", "式试", "带代", "和合", "叫教")
_LIKE = {pair[i]: pair[1 - i] for pair in _PAIRS for i in (0, 1)}
_NEGATIONS = frozenset("不没无未非别莫勿否难")  # without these a text says something else
_KEPT = _NEGATIONS | frozenset("?？")  # 修好了? asks, 修好了 tells
_MARKS = frozenset("，。！,.! ")
_MARKS_PREPARED = ("", ",", "。", "!", ".", " ")
_SLIPS = ("double", "swap", "space", "drop")
_SHARES = (35, 30, 15, 20)
_AFTER_NEGATION = ("double", "space")  # 不好 is neither 好不 nor 不
_RATE = 0.04
_MOST_WORDS = 3

_OPENINGS = (
    "楼主", "大家好", "各位好", "各位网友好", "版主好", "管理员好", "路过说一句", "路过", "说两句", "说几句", "讲两句",
    "来说一下", "简单说几句", "随便说说", "冒个泡", "话说", "那个", "嗯", "想说一下", "刚看到这个帖子", "刚刷到这条",
    "看到这个话题来说两句", "第一次发帖", "第一次留言", "本人是附近居民", "我是附近的住户", "我家就在附近", "家住附近",
    "作为一名普通市民", "作为附近居民", "普通市民一枚", "本地人一个", "在这里住了好几年", "说说我的情况", "说个事",
)  # fmt: skip
_CLOSINGS = (
    "以上", "以上。", "完毕", "就说这些", "就这些", "先说到这", "就说到这里", "说完了", "请知悉", "特此说明",
    "个人看法", "以上是个人看法", "仅代表个人看法", "一家之言", "路过留言", "留个言", "发个帖", "打字有点乱,见谅",
    "手机打字,见谅",
)  # fmt: skip
_TAGS = (
    "📍", "📍附近", "📍家门口", "📍小区门口", "📍路口", "🏠", "🏙", "🌆", "🚌", "🚇", "🚗", "🏢", "📷", "📝", "🕘", "👀",
    "[话筒]", "[相机]", "[汽车]", "[围观]", "#同城#", "#身边事#", "#民生#", "#今日话题#", "(定位:附近)", "(图)",
    "(配图)",
)  # fmt: skip
_JOINTS = (",", ",", ":", " ", "。")
_PARTICLE = re.compile(r"[啊呀哦呢吧嘛啦哈呗哇](?![\w])")
_MARK = re.compile(r"(?<![0-9a-z])[,。!;、:，！；：]|[,。!;、:，！；：](?![0-9a-z])")
_HAN_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]{5,}")


def disturb(text: str, rng: random.Random) -> str:
    """Disturb a prepared text in one way that people have; where that finds nothing to change, mistype it."""
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    changed = prepare(kind(text, rng))
    if changed in ("", text):
        changed = prepare(mistype(text, rng, _RATE))
    return changed or text


def mistype(text: str, rng: random.Random, rate: float) -> str:
    """Double, swap, space, drop or mistake characters at ``rate``; a text never becomes empty."""
    out: list[str] = []
    for char in text:
        if char not in _KEPT and rng.random() < rate:
            _slip(char, out, rng)
        else:
            out.append(char)
    return "".join(out) if "".join(out).strip() else text


def _slip(char: str, out: list[str], rng: random.Random) -> None:
    after_negation = bool(out) and out[-1][-1:] in _NEGATIONS
    if char in _MARKS:
        out.append(" " if after_negation else rng.choice(_MARKS_PREPARED))
        return
    if char in _LIKE:
        out.append(_LIKE[char])
        return
    slip = rng.choice(_AFTER_NEGATION) if after_negation else rng.choices(_SLIPS, _SHARES)[0]
    match slip:
        case "double":
            out.append(char * 2)
        case "swap":
            out.insert(max(0, len(out) - 1), char)
        case "space":
            out.append(f" {char}")


def reword(text: str, rng: random.Random) -> str:
    """Replace one to three words by others that mean the same in every public comment."""
    others, listed = _synonyms()
    found = [
        match
        for match in listed.finditer(text)
        if match[0] in others and text[max(0, match.start() - 1) : match.start()] not in _NEGATIONS
    ]
    for match in sorted(_some(found, rng), key=re.Match.start, reverse=True):
        text = text[: match.start()] + rng.choice(others[match[0]]) + text[match.end() :]
    return text


def _some(found: list[re.Match[str]], rng: random.Random) -> list[re.Match[str]]:
    return rng.sample(found, min(len(found), rng.randint(1, _MOST_WORDS)))


@functools.cache
def _synonyms() -> tuple[dict[str, list[str]], re.Pattern[str]]:
    """Return the other words of each word's group, and what finds the longest listed word at a place."""
    raw = yaml.safe_load(_SYNONYMS.read_text("utf-8"))
    others = {word: [other for other in group if other != word] for group in raw["groups"] for word in group}
    words = {*others, *(word for line in raw["kept"] for word in line)}
    return others, re.compile("|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))))


def unpunctuate(text: str, rng: random.Random) -> str:
    """Drop every comma, stop and exclamation mark, or put spaces for them; question marks stay, and 8:30 does."""
    instead = rng.choice(("", " ", " "))

    def bare(found: re.Match[str]) -> str:
        beside = {text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]}
        return " " if beside & _NEGATIONS else instead  # 修了没,有人知道吗 is not 没有人知道

    return _MARK.sub(bare, text)


def clump(text: str, rng: random.Random) -> str:
    """Put spaces into a part of the text, every two or three characters; single ones would be closed up again."""
    runs = list(_HAN_RUN.finditer(text))
    if not runs:
        return text
    run = rng.choice(runs)
    rest, clumps = run[0], []
    while rest:
        size = rng.choice((2, 2, 3))
        clumps.append(rest[:size])
        rest = rest[size:]
    return text[: run.start()] + " ".join(clumps) + text[run.end() :]


def stretch(text: str, rng: random.Random) -> str:
    """Draw out the particle of a sentence: 啊啊 is all that ``prepare`` leaves of 啊啊啊啊."""
    found = list(_PARTICLE.finditer(text))
    if not found:
        return text
    place = rng.choice(found)
    return text[: place.start()] + place[0] * 2 + text[place.end() :]


def open_idly(text: str, rng: random.Random) -> str:
    """Begin with words that say nothing."""
    return f"{rng.choice(_OPENINGS)}{rng.choice(_JOINTS)}{text}"


def close_idly(text: str, rng: random.Random) -> str:
    """End with words that say nothing."""
    return f"{text}{rng.choice(_JOINTS)}{rng.choice(_CLOSINGS)}"


def tag(text: str, rng: random.Random) -> str:
    """End with an emoji, a place or a hashtag that has no mood."""
    return f"{text}{rng.choice(('', ' '))}{rng.choice(_TAGS)}"


def _mistype_little(text: str, rng: random.Random) -> str:
    return mistype(text, rng, _RATE)


KINDS: dict[Callable[[str, random.Random], str], int] = {
    _mistype_little: 40,
    reword: 30,
    unpunctuate: 8,
    open_idly: 7,
    close_idly: 5,
    clump: 4,
    tag: 4,
    stretch: 2,
}
"""How many of a hundred disturbed texts are disturbed in each way."""
