"""A folder of stance sets in, cleaned pairs of comment and claim out; nothing random without a seed."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from minsheng.text import han_key
from models.cleaning import prepare
from models.stance import STANCES
from models.training.noise import disturb
from models.training.recipes import rows

SUPPORTS, CONTRADICTS, NEITHER = range(len(STANCES))
_STANCES = {"favor": SUPPORTS, "against": CONTRADICTS, "neutral": NEITHER, "none": NEITHER}


@dataclass(frozen=True, slots=True)
class StancePair:
    """A comment, a claim and what the one says of the other; ``weight`` scales its loss.

    ``kind`` is clauses or noun_phrases: what the claim is; ``domain`` is what both are about.
    """

    comment: str
    claim: str
    stance: int
    kind: str
    domain: str
    source: str
    weight: float = 1.0


def c_stance(data: Path, part: str) -> list[StancePair]:
    """Read C-STANCE (Zhao et al., ACL 2023): microblogs with claims and noun phrases; part is train or dev."""
    return [
        StancePair(
            prepare(row["text"]),
            prepare(row["target"]),
            _STANCES[row["stance"]],
            row["type"],
            row["domain"],
            f"c_stance_{part}",
        )
        for row in rows(data / "c_stance" / f"{part}.tsv")
    ]


def nlpcc2016(data: Path) -> list[StancePair]:
    """Read the NLPCC 2016 stance set: microblogs on five targets, which serve as domains."""
    return [
        StancePair(
            prepare(row["text"]),
            prepare(row["target"]),
            _STANCES[row["stance"].lower()],
            "noun_phrases",
            row["target"],
            "nlpcc2016",
        )
        for row in rows(data / "nlpcc2016_stance" / "train.tsv")
    ]


def hold_out(pairs: Sequence[StancePair], comments: int, seed: int) -> tuple[list[StancePair], list[StancePair]]:
    """Split off the pairs of so many random comments, all pairs of a comment together; returns (kept, held out)."""
    distinct = sorted({pair.comment for pair in pairs})
    held = set(random.Random(seed).sample(distinct, min(comments, len(distinct))))  # noqa: S311 - repeatable
    return [p for p in pairs if p.comment not in held], [p for p in pairs if p.comment in held]


def without_comments_of(pairs: Iterable[StancePair], kept_apart: Iterable[StancePair]) -> list[StancePair]:
    """Drop pairs whose comment has the letters of one that is evaluated on, and pairs without comment or claim."""
    apart = {han_key(pair.comment) for pair in kept_apart}
    return [p for p in pairs if p.claim and (key := han_key(p.comment)) and key not in apart]


def some(pairs: Sequence[StancePair], count: int, seed: int) -> list[StancePair]:
    """Return ``count`` random pairs, the same ones for a seed; all of them for 0."""
    chosen = random.Random(seed).sample(range(len(pairs)), min(count, len(pairs)))  # noqa: S311 - repeatable
    return [pairs[i] for i in sorted(chosen)] if count else list(pairs)


def weighted(pairs: Iterable[StancePair], weight: float) -> list[StancePair]:
    """Give pairs a weight in the loss."""
    return [replace(pair, weight=weight) for pair in pairs]


def unrelated(pairs: Sequence[StancePair], share: float, rng: random.Random) -> list[StancePair]:
    """Make new pairs, ``share`` as many, of a comment and a claim of another domain: that is neither.

    The neutral claims of C-STANCE are all on the subject of their comment; most comments of a project are not.
    """
    made = []
    for pair in rng.sample(list(pairs), round(share * len(pairs))):
        other = rng.choice(pairs)
        if other.domain != pair.domain:
            made.append(replace(pair, claim=other.claim, stance=NEITHER, kind=other.kind, source="unrelated"))
    return made


def disturbed(pairs: Iterable[StancePair], share: float, rng: random.Random) -> list[StancePair]:
    """Mistype, reword or otherwise disturb a share of the comments; what they say of the claim stays the same."""
    return [replace(p, comment=disturb(p.comment, rng)) if rng.random() < share else p for p in pairs]
