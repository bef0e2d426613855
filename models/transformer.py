"""Texts in, sentiment, topic and aspect out of one pass of a transformer, in batches sorted by length."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError

from minsheng.domain import Calibration, Opinion, Sentiment
from minsheng.errors import ModelUnusable
from models import network
from models.base import Progress, TextModel, TextReading
from models.batching import Window, batches, windows
from models.cleaning import prepare
from models.labels import class_sentiments
from models.loading import Loaded, load_calibration, load_classifier, window_size

Probabilities = npt.NDArray[np.float64]
Forward = Callable[[torch.Tensor, torch.Tensor], Sequence[torch.Tensor]]

BATCH_TOKENS = 2048
_OPINION_OF_NOTHING = Opinion(0.0, 1.0, 0.0)
_FLOOR = 0.05


class WindowedClassifier:
    """Runs a network over texts of any length; gives for each head one probability row per text and window."""

    def __init__(self, forward: Forward, loaded: Loaded, size: int, batch_tokens: int, device: torch.device) -> None:
        self._forward, self._tokenizer, self._device = forward, loaded.tokenizer, device
        self._head, self._tail = _specials(loaded.tokenizer)
        self._size = max(1, size - len(self._head) - len(self._tail))
        self._batch_tokens = batch_tokens

    def run(self, texts: Sequence[str], progress: Callable[[float], None]) -> list[list[Probabilities]]:
        """Return, per text, one array per head with a row for each of its windows."""
        parts = [part for i, ids in enumerate(self._encode(texts)) for part in windows(i, ids, self._size)]
        rows: list[tuple[Probabilities, ...]] = [()] * len(parts)
        done = 0
        for group in batches([len(part.ids) for part in parts], self._batch_tokens):
            for i, row in zip(group, self._batch([parts[i] for i in group]), strict=True):
                rows[i] = row
            done += len(group)
            progress(done / len(parts))
        return _by_text(len(texts), parts, rows)

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return list(encoded["input_ids"])

    def _batch(self, parts: Sequence[Window]) -> list[tuple[Probabilities, ...]]:
        rows = [[*self._head, *part.ids, *self._tail] for part in parts]
        longest = max(map(len, rows))
        padding = self._tokenizer.pad_token_id or 0
        ids = torch.tensor([row + [padding] * (longest - len(row)) for row in rows], device=self._device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self._device)
        with torch.inference_mode():
            heads = [torch.softmax(logits.double(), dim=-1).cpu().numpy() for logits in self._forward(ids, mask)]
        return [tuple(head[i] for head in heads) for i in range(len(rows))]


@dataclass(frozen=True, slots=True)
class _Heads:
    """Names of the classes of the topic and aspect heads, and when a topic is too unsure to be named."""

    topics: tuple[str, ...]
    aspects: tuple[str, ...]
    topic_threshold: float


class TransformerModel:
    """A model folder of this project: one pass gives sentiment, topic and aspect."""

    def __init__(
        self, name: str, calibration: Calibration | None, classifier: WindowedClassifier, heads: _Heads
    ) -> None:
        self.name = name
        self.calibration = calibration
        self._classifier, self._heads = classifier, heads

    @property
    def topic_threshold(self) -> float:
        """The least probability at which a department is named; below it the topic is other."""
        return self._heads.topic_threshold

    @classmethod
    def from_pretrained(
        cls,
        path_or_name: str | Path,
        label_map: Mapping[str, str] | None = None,
        threads: int | None = None,
        batch_tokens: int = BATCH_TOKENS,
        device: str = "auto",
        companion: Callable[[], TextModel] | None = None,
    ) -> TextModel:
        """Load our own folder, or any Hugging Face sequence classifier for the sentiment.

        Args:
            path_or_name: a folder, or a hub name.
            label_map: label of the model to negative, neutral or positive, where its names do not say it.
            threads: how many threads torch may use; None leaves it as it is.
            batch_tokens: most tokens in one batch, padding included.
            device: cpu, cuda, or auto.
            companion: gives topic and aspect when the model is a foreign one.

        Raises:
            ModelUnusable: when it cannot be loaded or its labels cannot be understood.
        """
        if threads:
            torch.set_num_threads(threads)
        place = _device(device)
        loaded = load_classifier(path_or_name)
        if loaded.folder and (loaded.folder / network.HEADS_CONFIG).is_file():
            return cls._own(loaded, loaded.folder, batch_tokens, place)
        if companion is None:
            raise ModelUnusable(f"{path_or_name}: has no topic and aspect heads; open it with models.open.open_model")
        sentiment = ForeignSentiment(loaded, label_map, batch_tokens, place)
        return JoinedModel(sentiment, companion())

    @classmethod
    def _own(cls, loaded: Loaded, folder: Path, batch_tokens: int, device: torch.device) -> "TransformerModel":
        try:
            net, described = network.load(folder, loaded.classifier)
            heads = _Heads(tuple(described["topics"]), tuple(described["aspects"]), float(described["topic_threshold"]))
            size = int(described.get("window", window_size(loaded)))
        except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelUnusable(f"{folder}: the topic and aspect heads cannot be loaded: {error}") from error
        classifier = WindowedClassifier(net.to(device).eval(), loaded, size, batch_tokens, device)
        return cls(loaded.name, load_calibration(folder), classifier, heads)

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]:
        """Read sentiment, topic and aspect of each text."""
        return [self._reading(heads) for heads in self.probabilities(texts, progress)]

    def predict(self, texts: Sequence[str], progress: Progress | None = None) -> list[Opinion]:
        """Read the sentiment of each text."""
        return [reading.opinion for reading in self.read(texts, progress)]

    def probabilities(
        self, texts: Sequence[str], progress: Progress | None = None
    ) -> list[tuple[Probabilities, Probabilities, Probabilities] | None]:
        """Return the probabilities of sentiment, topic and aspect of each text; None for an empty text."""
        per_text = _read_once([prepare(text) for text in texts], self._classifier, progress)
        return [
            None if heads is None else (over_windows(heads[0], 1), heads[1].mean(axis=0), heads[2].mean(axis=0))
            for heads in per_text
        ]

    def _reading(self, heads: tuple[Probabilities, Probabilities, Probabilities] | None) -> TextReading:
        if heads is None:
            return TextReading(_OPINION_OF_NOTHING, "other", "other")
        sentiment, topic, aspect = heads
        sure = topic.max() >= self._heads.topic_threshold
        return TextReading(
            Opinion(*(float(value) for value in sentiment)),
            self._heads.topics[int(topic.argmax())] if sure else "other",
            self._heads.aspects[int(aspect.argmax())],
        )


class ForeignSentiment:
    """Any Hugging Face sequence classifier whose labels can be mapped to the three sentiments."""

    def __init__(
        self, loaded: Loaded, label_map: Mapping[str, str] | None, batch_tokens: int, device: torch.device
    ) -> None:
        config = loaded.classifier.config
        names = [str(config.id2label[i]) for i in range(config.num_labels)]
        self.name = loaded.name
        self.calibration = load_calibration(loaded.folder)
        self._sentiments = class_sentiments(names, label_map, loaded.name)
        net = loaded.classifier.to(device)
        self._classifier = WindowedClassifier(
            lambda ids, mask: (net(input_ids=ids, attention_mask=mask).logits,),
            loaded,
            window_size(loaded),
            batch_tokens,
            device,
        )

    def predict(self, texts: Sequence[str], progress: Progress | None = None) -> list[Opinion]:
        """Read the sentiment of each text; a binary model never says neutral, save of an empty text."""
        # The model was trained on text as people write it, so only white space is cleaned.
        per_text = _read_once([text.strip() for text in texts], self._classifier, progress)
        return [_OPINION_OF_NOTHING if heads is None else self._opinion(heads[0]) for heads in per_text]

    def _opinion(self, rows: Probabilities) -> Opinion:
        three = np.zeros((len(rows), 3))
        for column, sentiment in enumerate(self._sentiments):
            three[:, list(Sentiment).index(sentiment)] += rows[:, column]
        return Opinion(*(float(value) for value in over_windows(three, 1)))


class JoinedModel:
    """Sentiment from one model, topic and aspect from another."""

    def __init__(self, sentiment: ForeignSentiment, rest: TextModel) -> None:
        self.name = sentiment.name
        self.calibration = sentiment.calibration
        self._sentiment, self._rest = sentiment, rest

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]:
        """Read each text with both models; ``progress`` counts both passes as one."""
        opinions = self._sentiment.predict(texts, _half(progress, 0))
        rest = self._rest.read(texts, _half(progress, 1))
        return [TextReading(o, r.topic, r.aspect) for o, r in zip(opinions, rest, strict=True)]

    def predict(self, texts: Sequence[str], progress: Progress | None = None) -> list[Opinion]:
        """Read the sentiment of each text."""
        return self._sentiment.predict(texts, progress)


def over_windows(rows: Probabilities, neutral: int) -> Probabilities:
    """Fold the sentiment of a text's windows: a window counts by how much attitude it shows.

    A long petition tells its story in neutral parts and says its mind in one; a plain mean would call it neutral.
    """
    weights = 1 - rows[:, neutral] + _FLOOR
    folded: Probabilities = (rows * weights[:, None]).sum(axis=0) / weights.sum()
    return folded


def _read_once(
    texts: Sequence[str], classifier: WindowedClassifier, progress: Progress | None
) -> list[list[Probabilities] | None]:
    """Run the classifier over the distinct non-empty texts; a text that stands twice is computed once."""
    distinct = list(dict.fromkeys(text for text in texts if text))

    def report(share: float) -> None:
        if progress is not None:
            progress(round(share * len(texts)), len(texts))

    found = dict(zip(distinct, classifier.run(distinct, report) if distinct else [], strict=True))
    if not distinct and texts:
        report(1.0)
    return [found.get(text) for text in texts]


def _by_text(
    count: int, parts: Sequence[Window], rows: Sequence[tuple[Probabilities, ...]]
) -> list[list[Probabilities]]:
    grouped: list[list[tuple[Probabilities, ...]]] = [[] for _ in range(count)]
    for part, row in zip(parts, rows, strict=True):
        grouped[part.text].append(row)
    return [[np.stack(head) for head in zip(*windows_of, strict=True)] for windows_of in grouped]


def _specials(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the special tokens that the tokenizer puts before and after a text."""
    bare = list(tokenizer("1", add_special_tokens=False)["input_ids"])
    full = list(tokenizer("1")["input_ids"])
    start = next(i for i in range(len(full) - len(bare) + 1) if full[i : i + len(bare)] == bare)
    return full[:start], full[start + len(bare) :]


def _half(progress: Progress | None, which: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress((which * total + done) // 2, total)


def _device(wanted: str) -> torch.device:
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(wanted)
    except RuntimeError as error:
        raise ModelUnusable(f"device {wanted!r} is not known; use auto, cpu or cuda") from error
