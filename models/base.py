"""The ports of understanding: texts in, opinions, topics and aspects out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from minsheng.domain import Calibration, LabelledPost, Opinion, Post

Progress = Callable[[int, int], None]
"""Called with (done, total) as a batch finishes."""


@dataclass(frozen=True, slots=True)
class TextReading:
    """What the encoder says of one text."""

    opinion: Opinion
    topic: str
    aspect: str


class SentimentModel(Protocol):
    """Reads the attitude of texts.

    - one opinion per text, in the order of the texts; an empty text is neutral with confidence 1.
    - the same text gives the same opinion whatever stands beside it in the batch.
    - ``calibration`` is None when the model's errors on civic text are unknown.
    """

    name: str
    calibration: Calibration | None

    def predict(self, texts: Sequence[str], progress: Progress | None = None) -> list[Opinion]: ...


class TextModel(Protocol):
    """Reads sentiment, topic and aspect of texts in one pass; same promises as SentimentModel."""

    name: str
    calibration: Calibration | None

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]: ...


class PostReader(Protocol):
    """Turns posts into labelled posts: projects, sentiment, topic, aspect, near-duplicate cluster.

    - one labelled post per post, in order; reading the same post twice gives the same reading.
    """

    def read(self, posts: Sequence[Post], progress: Progress | None = None) -> list[LabelledPost]: ...
