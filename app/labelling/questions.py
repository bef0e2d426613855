"""The labels of the annotation guideline in, questions with Chinese words and one key for each answer out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minsheng.domain import ASPECTS, INTENTS, Sentiment
from minsheng.errors import ConfigError
from minsheng.words import ASPECTS as ASPECT_WORDS
from minsheng.words import INTENTS as INTENT_WORDS
from minsheng.words import SENTIMENTS as SENTIMENT_WORDS

SHORT = {Sentiment.NEGATIVE: "neg", Sentiment.NEUTRAL: "neu", Sentiment.POSITIVE: "pos"}
"""The names of the attitudes in labelled files."""

SKIPS: Mapping[str, str] = {"unclear": "看不懂", "no_comment": "不是评论"}
"""Why a text gets no label."""

SKIP_KEYS: Mapping[str, str] = {"unclear": "m", "no_comment": "x"}
UNDO_KEY = "z"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: as files have it, as the page shows it, and the key that gives it."""

    value: str
    word: str
    key: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a text; ``name`` is the column of a labelled file."""

    name: str
    title: str
    choices: tuple[Choice, ...]

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(choice.value for choice in self.choices)

    def word(self, value: str) -> str:
        """Return what the page says for an answer."""
        return next(choice.word for choice in self.choices if choice.value == value)


def _choices(values: Sequence[str], words: Sequence[str], keys: str) -> tuple[Choice, ...]:
    return tuple(Choice(*each) for each in zip(values, words, keys, strict=True))


QUESTIONS: Mapping[str, Question] = {
    "sentiment": Question(
        "sentiment",
        "态度",
        _choices(tuple(SHORT.values()), tuple(SENTIMENT_WORDS[label] for label in SHORT), "123"),
    ),
    "aspect": Question(
        "aspect", "方面", _choices(ASPECTS, tuple(ASPECT_WORDS[name] for name in ASPECTS), "qwertyuiopasdf")
    ),
    "intent": Question("intent", "诉求", _choices(INTENTS, tuple(INTENT_WORDS[name] for name in INTENTS), "ghjklcv")),
    "relevant": Question("relevant", "公共事务", _choices(("1", "0"), ("与公共事务有关", "无关"), "bn")),
}


def asked(names: str) -> tuple[Question, ...]:
    """Return the questions of a list like ``sentiment,aspect``, in the order of a labelled file.

    Raises:
        ConfigError: a name is no question, or none is left.
    """
    from minsheng.strict import nearest

    wanted = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := sorted(wanted - set(QUESTIONS)):
        raise ConfigError(f"--head: no question {unknown[0]!r}; {nearest(unknown[0], list(QUESTIONS))}")
    if not wanted:
        raise ConfigError(f"--head: name at least one of {', '.join(QUESTIONS)}")
    return tuple(question for name, question in QUESTIONS.items() if name in wanted)


def complaint(questions: Sequence[Question], answers: Mapping[str, str]) -> str:
    """Say in Chinese what is wrong with the answers to all questions, nothing when they can be kept."""
    for question in questions:
        if answers.get(question.name) not in question.values:
            return f"还没有选“{question.title}”。"
    if answers.get("relevant") == "0" and answers.get("sentiment", "neu") != "neu":
        return "与公共事务无关的文字，态度记为中性（标注约定）。"
    return ""
