"""A labelled set in, what simple guessers make of it out: the floors that a model must beat."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.cleaning import prepare
from models.evaluation.sets import LabelledSet, Lesson
from models.training.recipes import NONE

INSTALL = "pip install 'minsheng[bench]'"
_MOST_FEATURES = 50_000
_NEGATIVE, _NEUTRAL, _POSITIVE = 0, 1, 2
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Guesses:
    """What a baseline says of each text of a set, by head."""

    name: str
    classes: Mapping[str, Sequence[int]]


Baseline = Callable[[LabelledSet], Guesses | None]
"""Returns None where the baseline does not apply; raises ImportError where its library is not installed."""


def majority(labelled: LabelledSet) -> Guesses | None:
    """Always guess the class that is most frequent in training."""
    learnt = _learnt(labelled)
    found = {
        head: [Counter(lesson.label(head) for lesson in lessons).most_common(1)[0][0]] * len(labelled.texts)
        for head, lessons in learnt.items()
    }
    return Guesses("多数类", found) if found else None


def tfidf(labelled: LabelledSet) -> Guesses | None:
    """Learn a logistic regression over characters and pairs of them, on the rows that the model was trained on."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    found: dict[str, Sequence[int]] = {}
    claims = labelled.claims or ("",) * len(labelled.texts)
    texts = [prepare(f"{text} {claim}") for text, claim in zip(labelled.texts, claims, strict=True)]
    for head, lessons in _learnt(labelled).items():
        vectorizer: Any = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 2), sublinear_tf=True, max_features=_MOST_FEATURES
        )
        features = vectorizer.fit_transform([prepare(lesson.text) for lesson in lessons])
        model = LogisticRegression(C=5, max_iter=100, tol=1e-3).fit(
            features, [lesson.label(head) for lesson in lessons]
        )
        found[head] = [int(label) for label in model.predict(vectorizer.transform(texts))]
    return Guesses("TF-IDF＋逻辑回归", found) if found else None


def snownlp(labelled: LabelledSet) -> Guesses | None:
    """Take SnowNLP's score of shop reviews as it comes: positive from one half on, negative below, never neutral."""
    if "sentiment" not in labelled.labels:
        return None
    from snownlp import SnowNLP

    def guess(text: str) -> int:
        if not text.strip():
            return _NEUTRAL
        return _POSITIVE if SnowNLP(text).sentiments >= _HALF else _NEGATIVE

    return Guesses("SnowNLP（只分正负）", {"sentiment": [guess(text) for text in labelled.texts]})


BASELINES: Mapping[str, Baseline] = {"多数类": majority, "TF-IDF＋逻辑回归": tfidf, "SnowNLP": snownlp}


def run(labelled: LabelledSet, baselines: Mapping[str, Baseline] = BASELINES) -> tuple[list[Guesses], list[str]]:
    """Return what each baseline says, and a sentence for each whose library is not installed."""
    found, notes = [], []
    for name, baseline in baselines.items():
        try:
            guesses = baseline(labelled)
        except ImportError as error:
            notes.append(f"基线 {name} 未计算：缺少 {error.name}，安装：{INSTALL}")
            continue
        if guesses:
            found.append(guesses)
    return found, notes


def _learnt(labelled: LabelledSet) -> dict[str, list[Lesson]]:
    lessons = labelled.training() if labelled.training else []
    taught = {head: [lesson for lesson in lessons if lesson.label(head) != NONE] for head in labelled.labels}
    return {head: found for head, found in taught.items() if found}
