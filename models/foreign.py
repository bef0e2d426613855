"""Any Hugging Face sequence classifier in, a sentiment model out; the other heads come from the shipped model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from minsheng.domain import Opinion, Sentiment
from models.base import Probabilities, Progress, TextModel, TextReading, Vectors
from models.batching import batches, padded, windows
from models.labels import class_sentiments
from models.loading import load_calibration, load_classifier, window_size
from models.torch_engine import torch_device
from models.transformer import OPINION_OF_NOTHING, over_windows
from models.version import named, version_of

BATCH_TOKENS = 2048
_LABELS = tuple(label.value for label in Sentiment)
_NOTHING = (0.0, 1.0, 0.0)


class ForeignSentiment:
    """A sequence classifier whose labels can be mapped to the three sentiments."""

    def __init__(
        self,
        path_or_name: str | Path,
        label_map: Mapping[str, str] | None = None,
        threads: int | None = None,
        device: str = "auto",
    ) -> None:
        if threads:
            torch.set_num_threads(threads)
        self._device = torch_device(device)
        loaded = load_classifier(path_or_name)
        config = loaded.classifier.config
        names = [str(config.id2label[i]) for i in range(config.num_labels)]
        self.name = loaded.name
        # A model of the hub has no files at hand; the hub's own mark of its version stands for them.
        of_hub = str(getattr(config, "_commit_hash", None) or "hub")
        self.version = version_of(loaded.folder) if loaded.folder else named(loaded.name, of_hub)
        self.calibration = load_calibration(loaded.folder)
        self._sentiments = class_sentiments(names, label_map, loaded.name)
        self._classifier, self._tokenizer = loaded.classifier.to(self._device), loaded.tokenizer
        self._start, self._end = _specials(self._tokenizer("1", add_special_tokens=False), self._tokenizer("1"))
        self._size = max(1, window_size(loaded) - len(self._start) - len(self._end))

    def predict(self, texts: Sequence[str], progress: Progress | None = None) -> list[Opinion]:
        """Read the sentiment of each text; a binary model never says neutral, save of an empty text."""
        return [
            Opinion(*(float(value) for value in row)) if text.strip() else OPINION_OF_NOTHING
            for text, row in zip(texts, self.probabilities(texts, progress), strict=True)
        ]

    def probabilities(self, texts: Sequence[str], progress: Progress | None = None) -> Probabilities:
        """Return the probabilities of negative, neutral, positive, one row per text."""
        # The model was trained on text as people write it, so only white space is cleaned.
        stripped = [text.strip() for text in texts]
        distinct = list(dict.fromkeys(text for text in stripped if text))
        found = dict(zip(distinct, self._distinct(distinct, len(texts), progress), strict=True))
        if texts and progress is not None and not distinct:
            progress(len(texts), len(texts))
        return np.array([found.get(text, _NOTHING) for text in stripped], dtype=np.float64).reshape(-1, len(_LABELS))

    def _distinct(self, texts: Sequence[str], total: int, progress: Progress | None) -> list[Probabilities]:
        if not texts:
            return []
        encoded = self._tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
        parts = [part for i, ids in enumerate(encoded) for part in windows(i, ids, self._size)]
        rows: list[list[Probabilities]] = [[] for _ in texts]
        done = 0
        for group in batches([len(part.ids) for part in parts], BATCH_TOKENS):
            three = self._batch([[*self._start, *parts[i].ids, *self._end] for i in group])
            for i, row in zip(group, three, strict=True):
                rows[parts[i].text].append(row)
            done += len(group)
            if progress is not None:
                progress(round(done / len(parts) * total), total)
        return [over_windows(np.stack(windows_of), 1) for windows_of in rows]

    def _batch(self, rows: Sequence[Sequence[int]]) -> Probabilities:
        parts = padded(rows, self._tokenizer.pad_token_id or 0)
        ids, mask = (torch.from_numpy(part).to(self._device) for part in parts)
        with torch.inference_mode():
            logits = self._classifier(input_ids=ids, attention_mask=mask).logits
        found = torch.softmax(logits.double(), dim=-1).cpu().numpy()
        three = np.zeros((len(rows), len(_LABELS)))
        for column, sentiment in enumerate(self._sentiments):
            three[:, _LABELS.index(sentiment.value)] += found[:, column]
        return three


class JoinedModel:
    """Sentiment from a foreign model, the other heads and the vectors from one of ours."""

    def __init__(self, sentiment: ForeignSentiment, rest: TextModel) -> None:
        self.name = sentiment.name
        self.version = f"{sentiment.version}+{rest.version}"
        self.calibration = sentiment.calibration
        self._sentiment, self._rest = sentiment, rest

    @property
    def heads(self) -> Mapping[str, tuple[str, ...]]:
        """The classes of each head: those of our model."""
        return self._rest.heads

    @property
    def unsure(self) -> float:
        """Never: how sure the foreign model must be was not measured."""
        return 0.0

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]:
        """Read each text with both models; ``progress`` counts both passes as one."""
        opinions = self._sentiment.predict(texts, _half(progress, 0))
        rest = self._rest.read(texts, _half(progress, 1))
        return [
            TextReading(opinion, r.topic, r.aspect, r.intent, r.relevance, r.vector)
            for opinion, r in zip(opinions, rest, strict=True)
        ]

    def predict(self, texts: Sequence[str], progress: Progress | None = None) -> list[Opinion]:
        """Read the sentiment of each text."""
        return self._sentiment.predict(texts, progress)

    def probabilities(
        self, texts: Sequence[str], heads: Sequence[str], progress: Progress | None = None
    ) -> dict[str, Probabilities]:
        """Return the probabilities of the asked heads; a model that is not asked is not run."""
        others = [name for name in heads if name != "sentiment"]
        both = bool(others) and "sentiment" in heads
        found: dict[str, Probabilities] = {}
        if "sentiment" in heads:
            found["sentiment"] = self._sentiment.probabilities(texts, _half(progress, 0) if both else progress)
        if others:
            found |= self._rest.probabilities(texts, others, _half(progress, 1) if both else progress)
        return found

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return the sentence vectors of our model."""
        return self._rest.vectors(texts, progress)


def _specials(bare: Mapping[str, list[int]], full: Mapping[str, list[int]]) -> tuple[list[int], list[int]]:
    """Return the special tokens that the tokenizer puts before and after a text."""
    inner, outer = list(bare["input_ids"]), list(full["input_ids"])
    start = next(i for i in range(len(outer) - len(inner) + 1) if outer[i : i + len(inner)] == inner)
    return outer[:start], outer[start + len(inner) :]


def _half(progress: Progress | None, which: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress((which * total + done) // 2, total)
