"""The label names of a model in, the sentiment that each class means out."""

from collections.abc import Mapping, Sequence

from minsheng.domain import Sentiment
from minsheng.errors import ModelUnusable

_KNOWN = {
    Sentiment.NEGATIVE: ("negative", "neg", "负面", "负向", "消极", "差评"),
    Sentiment.NEUTRAL: ("neutral", "neu", "中性", "中立"),
    Sentiment.POSITIVE: ("positive", "pos", "正面", "正向", "积极", "好评"),
}
_BY_NAME = {name: sentiment for sentiment, names in _KNOWN.items() for name in names}
_ADVICE = "set a label map that gives negative, neutral or positive for each label of the model"


def class_sentiments(names: Sequence[str], label_map: Mapping[str, str] | None, where: str) -> tuple[Sentiment, ...]:
    """Return the sentiment of each class, in the order of the classes.

    Several classes may share a sentiment (star ratings); neutral may be missing (binary models), the poles not.

    Raises:
        ModelUnusable: when a label has no sentiment, the map is wrong, or a pole is missing.
    """
    wanted = {key.casefold(): value for key, value in (label_map or {}).items()}
    _refuse_unknown(names, wanted, where)
    found = {name: _sentiment(name, wanted, where) for name in names}
    if unmapped := [name for name, sentiment in found.items() if sentiment is None]:
        raise ModelUnusable(f"{where}: cannot tell what the labels {', '.join(unmapped)} mean; {_ADVICE}")
    sentiments = tuple(sentiment for sentiment in found.values() if sentiment is not None)
    if missing := {Sentiment.NEGATIVE, Sentiment.POSITIVE} - set(sentiments):
        gap = ", ".join(sorted(missing))
        raise ModelUnusable(f"{where}: no label of the model means {gap}; its labels are {', '.join(names)}; {_ADVICE}")
    return sentiments


def _refuse_unknown(names: Sequence[str], wanted: Mapping[str, str], where: str) -> None:
    known = {name.casefold() for name in names}
    if extra := sorted(set(wanted) - known):
        raise ModelUnusable(
            f"{where}: the label map names {', '.join(extra)}, but the labels of the model are {', '.join(names)}"
        )


def _sentiment(name: str, wanted: Mapping[str, str], where: str) -> Sentiment | None:
    value = wanted.get(name.casefold())
    if value is None:
        return _BY_NAME.get(name.casefold())
    if value.casefold() not in _BY_NAME:
        raise ModelUnusable(f"{where}: the label map gives {value!r} for {name}; {_ADVICE}")
    return _BY_NAME[value.casefold()]
