"""A stance reader and labelled pairs in, its figures with their sampling error out."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.evaluation.metrics import accuracy, calibration_error, confusion, macro_f1, scores
from models.stance import STANCES, StanceModel
from models.training.stance_recipes import StancePair

_DRAWS = 2000
_MOST_FEATURES = 200_000
Figures = dict[str, Any]


def evaluate_stance(model: StanceModel, pairs: Sequence[StancePair], *, draws: int = _DRAWS, seed: int = 0) -> Figures:
    """Return n, accuracy, macro_f1, ece, per_class, by_kind, by_domain, pairs_per_second, and with ``draws`` intervals.

    The intervals resample comments with all their pairs: the claims of one comment are not independent.
    """
    started = time.perf_counter()
    readings = model.read([(pair.comment, pair.claim) for pair in pairs])
    seconds = time.perf_counter() - started
    rows = np.array([[getattr(reading, stance) for stance in STANCES] for reading in readings])
    true, guessed = [pair.stance for pair in pairs], [int(guess) for guess in rows.argmax(axis=1)]
    found = figures(pairs, guessed)
    found |= {"ece": calibration_error(rows, true), "pairs_per_second": len(pairs) / seconds}
    if draws:
        found["intervals"] = intervals(pairs, guessed, draws, seed)
    return found


def figures(pairs: Sequence[StancePair], guessed: Sequence[int]) -> Figures:
    """Return the figures of guesses that come without probabilities."""
    true = [pair.stance for pair in pairs]
    per_class = scores(confusion(true, guessed, len(STANCES)))
    return {
        "n": len(pairs),
        "accuracy": accuracy(true, guessed),
        "macro_f1": macro_f1(true, guessed, len(STANCES)),
        "per_class": {
            stance: {"precision": s.precision, "recall": s.recall, "f1": s.f1, "support": s.support}
            for stance, s in zip(STANCES, per_class, strict=True)
        },
        "by_kind": _by(pairs, guessed, lambda pair: pair.kind),
        "by_domain": _by(pairs, guessed, lambda pair: pair.domain),
    }


def intervals(pairs: Sequence[StancePair], guessed: Sequence[int], draws: int, seed: int) -> dict[str, list[float]]:
    """Return 95 % intervals of accuracy and macro-F1 by resampling comments."""
    size = len(STANCES)
    comments = {comment: i for i, comment in enumerate(dict.fromkeys(pair.comment for pair in pairs))}
    counts = np.zeros((len(comments), size, size))
    for pair, guess in zip(pairs, guessed, strict=True):
        counts[comments[pair.comment], guess, pair.stance] += 1
    drawn = np.random.default_rng(seed).multinomial(len(comments), np.full(len(comments), 1 / len(comments)), draws)
    samples = np.tensordot(drawn, counts, axes=1)
    hits = np.diagonal(samples, axis1=1, axis2=2)
    occurring = samples.sum(axis=1) + samples.sum(axis=2)
    f1 = np.where(occurring > 0, 2 * hits / np.maximum(occurring, 1), np.nan)
    return {
        "accuracy": _interval(hits.sum(axis=1) / samples.sum(axis=(1, 2))),
        "macro_f1": _interval(np.nanmean(f1, axis=1)),
    }


def baselines(learnt: Sequence[StancePair], pairs: Sequence[StancePair]) -> dict[str, Figures]:
    """Return the figures of what a model must beat: the majority, and TF-IDF of claim or of both with regression.

    What a claim alone gives away shows how far the set can be guessed without reading the comment.
    """
    most = int(np.bincount([pair.stance for pair in learnt], minlength=len(STANCES)).argmax())
    return {
        "majority": figures(pairs, [most] * len(pairs)),
        "tfidf_claim": figures(pairs, _tfidf(learnt, pairs, lambda pair: pair.claim)),
        "tfidf": figures(pairs, _tfidf(learnt, pairs, lambda pair: f"{pair.comment}\n{pair.claim}")),
    }


def _tfidf(learnt: Sequence[StancePair], pairs: Sequence[StancePair], words: Callable[[StancePair], str]) -> list[int]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer: Any = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=_MOST_FEATURES
    )
    features = vectorizer.fit_transform([words(pair) for pair in learnt])
    model = LogisticRegression(C=1, max_iter=300).fit(features, [pair.stance for pair in learnt])
    return [int(guess) for guess in model.predict(vectorizer.transform([words(pair) for pair in pairs]))]


def _by(pairs: Sequence[StancePair], guessed: Sequence[int], group: Callable[[StancePair], str]) -> dict[str, Figures]:
    found = {}
    for name in sorted({group(pair) for pair in pairs}):
        here = [i for i, pair in enumerate(pairs) if group(pair) == name]
        true = [pairs[i].stance for i in here]
        found[name] = {"n": len(here), "macro_f1": macro_f1(true, [guessed[i] for i in here], len(STANCES))}
    return found


def _interval(values: npt.NDArray[np.float64]) -> list[float]:
    return [float(value) for value in np.quantile(values, (0.025, 0.975))]
