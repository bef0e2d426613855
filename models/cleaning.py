"""A raw text in, the form that the shipped encoder was trained on out."""

import itertools
import re

from minsheng.text import normalise

_HAN = "[\u3400-\u4dbf\u4e00-\u9fff]"
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
_FORWARD = re.compile(r"//\s*@")
_MIN_OWN = 4

# Pages that escape twice leave &amp;quot; behind, so any number of amp; is read as one. What an entity becomes is never
# a letter, so that no new entity can arise from two old ones.
_ENTITIES = {
    "nbsp": " ", "emsp": " ", "ensp": " ", "thinsp": " ", "lt": "<", "gt": ">", "quot": '"', "apos": "'",
    "ldquo": '"', "rdquo": '"', "lsquo": "'", "rsquo": "'", "mdash": "-", "ndash": "-", "middot": "·", "hellip": "...",
}  # fmt: skip
_ENTITY = re.compile(rf"&(?:amp;)*(?:({'|'.join(_ENTITIES)});|#(\d{{2,5}});|(?<=amp;))")
_TAG = re.compile(r"</?(?:br|p|div|span|font|strong|em|img|a|b|i|u|li|ul|ol|td|tr|table|h\d)(?:[\s/][^<>]{0,200})?>")

_BETWEEN_LONE = re.compile(rf"(?<={_HAN}) | (?={_HAN})")
_ADJACENT = re.compile(_HAN * 2)
_ANY_HAN = re.compile(_HAN)
_MIN_LONE = 3
# No comma or pause mark: 水,电,气 is a list. Two characters prove nothing: 杨*洪 is a masked name, 六.七点 two numbers.
_STREWN = re.compile(rf"{_HAN}(?:[.*·•・_|/+^-]{_HAN}){{2,}}")
_NOT_HAN = re.compile(r"[.*·•・_|/+^-]")

# Words of complaints that are written in pinyin, whole or by half, to slip past word filters. Only words whose half
# has no other reading; True where the whole pinyin has none either (shangfang is 上方 as well, jubao is 聚宝).
_SPELT = {
    "政府": ("zheng", "fu", True),
    "领导": ("ling", "dao", True),
    "城管": ("cheng", "guan", True),
    "警察": ("jing", "cha", True),
    "噪音": ("zao", "yin", True),
    "扰民": ("rao", "min", True),
    "垃圾": ("la", "ji", True),
    "污染": ("wu", "ran", True),
    "堵车": ("du", "che", True),
    "投诉": ("tou", "su", True),
    "拖欠": ("tuo", "qian", True),
    "拆迁": ("chai", "qian", True),
    "强拆": ("qiang", "chai", True),
    "腐败": ("fu", "bai", True),
    "贪污": ("tan", "wu", True),
    "维权": ("wei", "quan", True),
    "举报": ("ju", "bao", False),
    "上访": ("shang", "fang", False),
    "信访": ("xin", "fang", False),
    "欠薪": ("qian", "xin", False),
}
# Initials: only those that stand for nothing else in Chinese posts (wy is 物业 and 网易, ld 领导 and 懒得).
_SPELLINGS = {"zf": "政府", "政f": "政府", "z府": "政府", "kfs": "开发商"} | {
    spelling: word
    for word, (first, second, whole) in _SPELT.items()
    for spelling in (first + word[1], word[0] + second, *((first + second,) if whole else ()))
}
_LETTER = "[a-z0-9]"
_SPELLING = re.compile(
    "|".join(
        f"{f'(?<!{_LETTER})' * spelling[0].isascii()}{spelling}{f'(?!{_LETTER})' * spelling[-1].isascii()}"
        for spelling in _SPELLINGS
    )
)

# Two of a kind say as much as ten; …… is six dots and well formed; ★★★★★ is a number, like 10000.
_REPEATS = (
    (re.compile(rf"({_HAN}|[\U0001f000-\U0001faff\u2600-\u2604\u2607-\u27bf]|\[[^\[\]]{{1,8}}\])\1{{2,}}"), r"\1\1"),
    (re.compile(r"([!?。,、;~])\1+"), r"\1"),
    (re.compile(r"(!\?|\?!)\1+"), r"\1"),
    (re.compile(r"\.{7,}"), "......"),
    (re.compile(r"([^\W\d_]|[^\w\s.★☆])\1{3,}"), r"\1\1\1"),
)


def prepare(text: str) -> str:
    """Return the words of the writer in the one normal form, without addresses, forwarded chains and disguises.

    Forwarded words count only as far as the writer adopts them (annotation guideline), so ``//@用户: …`` is cut,
    unless nothing but a few characters would be left: then the forward is all that there is to read.

    Characters strewn with spaces or dots, words half in pinyin and repeated characters come out as their plain form,
    so that a model cannot take them for another text. Hashtags, titles in 【】 and emoticons in [] stay as they are:
    they are words, and their marks say which. What is in doubt is left alone. Preparing twice changes nothing more.
    """
    plain = _ADDRESS.sub(" ", _unescape(normalise(_ADDRESS.sub(" ", text))))
    own = _FORWARD.split(plain, maxsplit=1)[0]
    words = _close_up(" ".join((own if len(own.strip()) >= _MIN_OWN else plain).split()))
    spelt = _SPELLING.sub(lambda found: _SPELLINGS[found[0]], words)
    closed = _STREWN.sub(lambda found: _NOT_HAN.sub("", found[0]), spelt)
    for repeat, kept in _REPEATS:
        closed = repeat.sub(kept, closed)
    return closed


def _unescape(text: str) -> str:
    return _TAG.sub(" ", _ENTITY.sub(_entity, text)) if "&" in text or "<" in text else text


def _entity(found: re.Match[str]) -> str:
    name, number = found.groups()
    if name:
        return _ENTITIES[name]
    if number:
        char = chr(int(number))
        return normalise(char) if _ANY_HAN.match(char) else " "
    return "&"


def _close_up(text: str) -> str:
    """Close up 噪 音 扰 民: single characters between spaces, three or more in a row."""
    if text.count(" ") < _MIN_LONE - 1:
        return text
    parts = []
    for is_lone, tokens in itertools.groupby(text.split(" "), key=lambda token: not _ADJACENT.search(token)):
        group = list(tokens)
        joined = " ".join(group)
        strewn = is_lone and sum(bool(_ANY_HAN.search(token)) for token in group) >= _MIN_LONE
        parts.append(_BETWEEN_LONE.sub("", joined) if strewn else joined)
    return " ".join(parts)
