"""Posts in, messages to offices with their replies out: who is answered, how fast, and how many still wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from alerts.base import Observation
from alerts.counts import exact_interval
from alerts.hours import working_days_between
from minsheng.domain import Kind, LabelledPost, Post, Sentiment, Source
from minsheng.hours import day_of

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Message:
    """A public message that an office could answer, and the first visible official reply."""

    labelled: LabelledPost
    reply: LabelledPost | None

    @property
    def replied_at(self) -> datetime | None:
        return None if self.reply is None else self.reply.post.published_at

    @property
    def sent_at(self) -> datetime:
        return self.labelled.post.published_at

    def is_answered_by(self, moment: datetime) -> bool:
        return self.replied_at is not None and self.replied_at <= moment


@dataclass(frozen=True, slots=True)
class Waiting:
    """Share of messages still without a reply after some working days (95 % interval), recent ones not held against it.

    ``due`` counts messages that were answered or have waited that long; ``recent`` those that may still be answered.
    """

    share: float
    low: float
    high: float
    due: int
    recent: int


def messages_seen(seen: Observation) -> list[Message]:
    """Return the messages to offices among the posts of an observation; rules share them, nobody changes them."""
    return seen.once("messages", lambda: messages(seen.posts, seen.sources, seen.now))


def messages(posts: Sequence[LabelledPost], sources: Mapping[str, Source], now: datetime) -> list[Message]:
    """Return the messages to offices among the posts, copies folded, oldest first.

    A message opens a conversation (it answers nobody) on a source where offices reply: one with an official reply
    to be seen, or a source that an office keeps. It is answered by an official post that names it, or that stands in
    its conversation later without naming another. Praise asks for no answer, but is a message all the same.
    """
    visible = [labelled for labelled in posts if labelled.post.published_at <= now]
    answering = answering_sources(visible, sources)
    replies = _replies(visible)
    clusters: dict[str, list[LabelledPost]] = {}
    for labelled in visible:
        post = labelled.post
        if _opens(post) and post.source in answering:
            clusters.setdefault(labelled.reading.cluster, []).append(labelled)
    return sorted((_message(group, replies) for group in clusters.values()), key=lambda message: message.sent_at)


def answering_sources(posts: Sequence[LabelledPost], sources: Mapping[str, Source]) -> set[str]:
    """Return the sources on which offices answer."""
    kept_by_offices = {name for name, source in sources.items() if source.kind is Kind.OFFICIAL}
    return kept_by_offices | {
        labelled.post.source
        for labelled in posts
        if labelled.post.kind is Kind.OFFICIAL and labelled.post.reply_to is not None
    }


def asks(message: Message) -> bool:
    """Return whether a message wants an answer: anything but praise."""
    return message.labelled.reading.sentiment is not Sentiment.POSITIVE


def still_waiting(found: Sequence[Message], now: datetime, working_days: int) -> Waiting | None:
    """Return the Kaplan-Meier share without a reply after ``working_days``; None if no message has waited so long.

    Interval: Clopper-Pearson on the effective number of Cutler & Ederer (1958), S (1 - S) / Greenwood's variance.
    Working days are China's in Beijing time, public holidays and exchanged weekends included (``alerts.hours``).
    """
    waited = working_days_of(found, now)
    answered = np.array([message.is_answered_by(now) for message in found], dtype=bool)
    due = int((answered | (waited >= working_days)).sum())
    share, variance = 1.0, 0.0
    for day in range(working_days + 1):
        at_risk = int((waited >= day).sum())
        if at_risk == 0:
            return None
        replies = int((answered & (waited == day)).sum())
        if replies == at_risk:
            share = 0.0
            break
        share *= 1 - replies / at_risk
        variance += replies / (at_risk * (at_risk - replies))
    size = (1 - share) / (share * variance) if variance > 0 and share > 0 else float(due)
    low, high = exact_interval(share * size, size)
    return Waiting(share, low, high, due, len(found) - due)


def answered_of(found: Sequence[Message], now: datetime, days: int) -> tuple[int, int]:
    """Return how many of the messages older than ``days`` have a reply, and how many there are."""
    old = [message for message in found if message.sent_at <= now - timedelta(days=days)]
    return sum(message.is_answered_by(now) for message in old), len(old)


def _opens(post: Post) -> bool:
    return post.kind is Kind.PUBLIC and post.reply_to is None and post.place in {None, 1}


def _replies(posts: Sequence[LabelledPost]) -> dict[str, list[LabelledPost]]:
    """Map post ids and threads to the official posts that answer them."""
    answers: dict[str, list[LabelledPost]] = {}
    for labelled in posts:
        post = labelled.post
        if post.kind is Kind.OFFICIAL:
            answers.setdefault(post.thread if post.reply_to is None else post.reply_to, []).append(labelled)
    return answers


def _message(group: list[LabelledPost], replies: Mapping[str, list[LabelledPost]]) -> Message:
    first = min(group, key=_age)
    answers = [reply for labelled in group for reply in _answers(labelled.post, replies)]
    return Message(first, min(answers, key=_age, default=None))


def _answers(post: Post, replies: Mapping[str, list[LabelledPost]]) -> list[LabelledPost]:
    found = [*replies.get(post.id, ()), *replies.get(post.thread, ())]
    return [reply for reply in found if reply.post.published_at >= post.published_at]


def _age(labelled: LabelledPost) -> tuple[datetime, str]:
    return labelled.post.published_at, labelled.post.id


def working_days_of(found: Sequence[Message], now: datetime) -> Ints:
    """Return the working days of China until the reply of each message, or until now, in Beijing time."""
    ends = (one.replied_at if one.replied_at is not None and one.replied_at <= now else now for one in found)
    days = (working_days_between(day_of(one.sent_at), day_of(end)) for one, end in zip(found, ends, strict=True))
    return np.fromiter(days, np.int64, len(found))
