"""Messages, replies and official texts in, how offices answer out: how soon, to the point, by template (身份样式).

Of projects and departments, never of an official: nobody's name stands in a reply's counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from alerts.counts import seed_of
from alerts.evidence import quotes
from alerts.measures.answering import Median, median_wait
from alerts.measures.base import Estimate, share_of
from alerts.measures.commitments import Commitments, commitments_of
from alerts.measures.meaning import Nearness, nearness_of
from alerts.measures.official_wording import OfficialWording, wording_of
from alerts.measures.substance import ELEMENTS, elements_in
from alerts.prevalence import folded
from alerts.replies import Message, asks, messages, still_waiting, working_days_of
from minsheng.domain import Kind, LabelledPost, Quote, Source, Window
from minsheng.text import han_key

MIN_MESSAGES = 20
MIN_REPLIES = 20
WORKING_DAYS = (5, 10, 15)
_SHUFFLES = 999
_Z = 1.96
_MOST_TEMPLATES = 5
_SHORT = 8
"""Letters below which the model's clusters fold copies of one thread and hour only; replies are folded by words."""


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """The share of messages answered within some working days; those that may still be answered are no failures."""

    working_days: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class Match:
    """How often a reply is about the topic of its message, and how often it would be if replies were dealt at random.

    ``chance`` is that of so many matches under random dealing. Pairs of which a side is ``other`` are left out.
    """

    share: Estimate
    at_random: float
    chance: float
    missed: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Specificity:
    """Of six things that make a reply usable, how many stand in it: mean, replies by number, share of each thing."""

    mean: Estimate
    replies: int
    by_number: tuple[int, ...]
    elements: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One wording that answers messages of several topics."""

    reply: Quote
    replies: int
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Templates:
    """The share of replies that repeat the words of a reply to a message of another topic."""

    share: Estimate
    found: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class PostureMeasure:
    """How the messages to offices were answered. What rests on too few is None or empty.

    ``waiting``: messages of no visible reply, the newest first; ``wording``, ``nearness`` and ``commitments`` are
    descriptive and raise no alert.
    """

    window: Window
    messages: int
    answered: int
    by_day: tuple[AnsweredBy, ...]
    median: Median | None
    match: Match | None
    specificity: Specificity | None
    templates: Templates | None
    wording: OfficialWording
    waiting: tuple[Quote, ...]
    nearness: Nearness | None = None
    commitments: Commitments | None = None


def posture(
    posts: Sequence[LabelledPost], sources: Mapping[str, Source], window: Window, now: datetime
) -> PostureMeasure:
    """Measure the messages sent in a window, as far as they and their replies are visible at ``now``."""
    found = [one for one in messages(posts, sources, now) if one.sent_at in window and asks(one)]
    pairs = [(one.labelled, one.reply) for one in found if one.reply is not None and one.is_answered_by(now)]
    enough = len(found) >= MIN_MESSAGES
    statements = [
        one for one in posts if one.post.kind is Kind.OFFICIAL and one.post.published_at in window and not _answers(one)
    ]
    waiting = [one.labelled for one in found if not one.is_answered_by(now)]
    return PostureMeasure(
        window=window,
        messages=len(found),
        answered=len(pairs),
        by_day=_by_day(found, now) if enough else (),
        median=_median(found, now) if enough else None,
        match=match_of(pairs),
        specificity=specificity_of([reply for _, reply in pairs]),
        templates=templates_of(pairs),
        wording=wording_of(folded(statements)),
        waiting=quotes(waiting, 5),
        nearness=nearness_of(pairs),
        commitments=commitments_of(pairs, [one for one in posts if one.post.published_at <= now], now),
    )


def _answers(labelled: LabelledPost) -> bool:
    return labelled.post.reply_to is not None


def _by_day(found: Sequence[Message], now: datetime) -> tuple[AnsweredBy, ...]:
    made = []
    for days in WORKING_DAYS:
        waiting = still_waiting(found, now, days)
        if waiting is not None and waiting.due >= MIN_MESSAGES:
            share = Estimate(1 - waiting.share, 1 - waiting.high, 1 - waiting.low, waiting.due)
            made.append(AnsweredBy(days, share))
    return tuple(made)


def _median(found: Sequence[Message], now: datetime) -> Median:
    return median_wait(working_days_of(found, now).tolist(), [one.is_answered_by(now) for one in found])


def match_of(pairs: Sequence[tuple[LabelledPost, LabelledPost]]) -> Match | None:
    """Compare the topics of messages and their replies; None with too few pairs of which both have a topic."""
    known = [pair for pair in pairs if "other" not in {pair[0].reading.topic, pair[1].reading.topic}]
    if len(known) < MIN_REPLIES:
        return None
    asked, told = (np.array([pair[side].reading.topic for pair in known]) for side in (0, 1))
    hits = int((asked == told).sum())
    rng = np.random.default_rng(seed_of("|".join(pair[0].post.id for pair in known)))
    dealt = np.array([(asked == rng.permutation(told)).sum() for _ in range(_SHUFFLES)])
    missed = [reply for message, reply in known if message.reading.topic != reply.reading.topic]
    chance = (int((dealt >= hits).sum()) + 1) / (_SHUFFLES + 1)
    return Match(share_of(hits, len(known)), float(dealt.mean()) / len(known), chance, quotes(missed, 5))


def specificity_of(replies: Sequence[LabelledPost]) -> Specificity | None:
    """Count what makes replies usable; None with too few of them."""
    if len(replies) < MIN_REPLIES:
        return None
    found = [elements_in(reply.post.text) for reply in replies]
    numbers = Counter(len(one) for one in found)
    shares = tuple((name, sum(name in one for one in found) / len(found)) for name in ELEMENTS)
    by_number = tuple(numbers[number] for number in range(len(ELEMENTS) + 1))
    return Specificity(_mean([len(one) for one in found]), len(found), by_number, shares)


def _mean(values: Sequence[int]) -> Estimate:
    """Return the mean with its interval by the normal approximation; twenty values of 0 to 6 are enough."""
    middle, error = float(np.mean(values)), float(np.std(values, ddof=1)) / len(values) ** 0.5
    low, high = max(0.0, middle - _Z * error), min(float(len(ELEMENTS)), middle + _Z * error)
    return Estimate(middle, low, high, len(values))


def templates_of(pairs: Sequence[tuple[LabelledPost, LabelledPost]]) -> Templates | None:
    """Find wordings that answer messages of different topics; None with too few replies.

    Near copies are those of the model's clusters (MinHash, Jaccard at least 0.8).
    """
    if len(pairs) < MIN_REPLIES:
        return None
    groups: dict[str, list[tuple[LabelledPost, LabelledPost]]] = {}
    for pair in pairs:
        groups.setdefault(_wording_key(pair[1]), []).append(pair)
    stamped = [group for group in groups.values() if len(_topics(group)) > 1]
    stamped.sort(key=lambda group: (-len(group), group[0][1].post.id))
    found = tuple(Template(quotes([group[0][1]])[0], len(group), _topics(group)) for group in stamped[:_MOST_TEMPLATES])
    return Templates(share_of(sum(map(len, stamped)), len(pairs)), found)


def _topics(group: Sequence[tuple[LabelledPost, LabelledPost]]) -> tuple[str, ...]:
    return tuple(sorted({message.reading.topic for message, _ in group} - {"other"}))


def _wording_key(reply: LabelledPost) -> str:
    words = han_key(reply.post.text)
    return words if len(words) < _SHORT else reply.reading.cluster
