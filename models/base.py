"""The ports of understanding: texts in, opinions, topics, aspects and sentence vectors out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from minsheng.domain import Calibration, LabelledPost, Opinion, Post, Vector

Progress = Callable[[int, int], None]
"""Called with (done, total) as a batch finishes."""

Probabilities = npt.NDArray[np.float64]
"""One row per text, one column per class; rows sum to 1."""

Vectors = npt.NDArray[np.float32]
"""One row of unit length per text: nearness of meaning is the dot product."""


@dataclass(frozen=True, slots=True)
class TextReading:
    """What the encoder says of one text; ``relevance`` is the probability that it is about a public matter.

    ``vector`` is None of an empty text, and where the model folder cannot make its vectors comparable.
    """

    opinion: Opinion
    topic: str
    aspect: str
    intent: str
    relevance: float
    vector: Vector | None = None


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
    """Reads every head in one pass of the encoder; same promises as SentimentModel.

    - ``heads`` names the classes of each head in the order of its columns; a foreign model has fewer heads.
    - ``probabilities`` computes the asked heads only; an empty text has neutral sentiment, is irrelevant, and has
      equal probabilities elsewhere.
    - ``vectors`` gives an empty text the zero vector; ``read`` gives those that may be stored and compared.
    - ``unsure`` is the confidence below which a sentiment is called unsure; 0 where it was not measured.
    - models of different weights have different ``version``; readings are marked with it.
    """

    name: str
    version: str
    calibration: Calibration | None

    @property
    def unsure(self) -> float: ...

    @property
    def heads(self) -> Mapping[str, tuple[str, ...]]: ...

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]: ...

    def probabilities(
        self, texts: Sequence[str], heads: Sequence[str], progress: Progress | None = None
    ) -> dict[str, Probabilities]: ...

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors: ...


class PostReader(Protocol):
    """Turns posts into labelled posts: projects, sentiment, topic, aspect, near-duplicate cluster.

    - one labelled post per post, in order; reading the same post twice gives the same reading.
    """

    def read(self, posts: Sequence[Post], progress: Progress | None = None) -> list[LabelledPost]: ...

    def reread(self, posts: Sequence[LabelledPost], progress: Progress | None = None) -> list[LabelledPost]:
        """Read labelled posts again: model and projects are those of now, cluster and corrections stay."""
        ...
