"""Comments in, a few representative quotes with public addresses out: words as written, nothing about who wrote."""

from collections.abc import Sequence

from alerts.prevalence import Folded, folded
from minsheng.domain import LabelledPost, Quote, Sentiment

LONGEST = 160
MOST = 10

Sides = tuple[tuple[Quote, ...], tuple[Quote, ...]]
"""Quotes that speak for a finding, and those that speak for the official side."""


def quotes(posts: Sequence[LabelledPost], limit: int = MOST) -> tuple[Quote, ...]:
    """Return at most ``limit`` quotes: one per cluster, spread over threads, then sources; sure and new ones first."""
    return tuple(_quote(vote) for vote in _spread(sorted(folded(posts), key=_worth))[:limit])


def both_sides(posts: Sequence[LabelledPost], limit: int = MOST) -> Sides:
    """Return quotes of negative comments, and of positive ones, as persons have corrected them."""
    sides: dict[Sentiment, list[LabelledPost]] = {label: [] for label in Sentiment}
    for labelled in posts:
        sides[labelled.sentiment].append(labelled)
    return quotes(sides[Sentiment.NEGATIVE], limit), quotes(sides[Sentiment.POSITIVE], limit)


def _worth(vote: Folded) -> tuple[float, float, str]:
    labelled = vote.labelled
    post = labelled.post
    return -round(labelled.reading.opinion.confidence, 1), -post.published_at.timestamp(), post.id


def _spread(votes: list[Folded]) -> list[Folded]:
    """Order so that a second quote of a thread comes after a first of every thread; likewise sources within that."""
    in_thread: dict[str, int] = {}
    in_source: dict[tuple[int, str], int] = {}
    ranked = []
    for order, vote in enumerate(votes):
        post = vote.labelled.post
        turn = in_thread.get(post.thread, 0)
        place = in_source.get((turn, post.source), 0)
        ranked.append((turn, place, order))
        in_thread[post.thread] = turn + 1
        in_source[turn, post.source] = place + 1
    return [votes[order] for _, _, order in sorted(ranked)]


def _quote(vote: Folded) -> Quote:
    post, labelled = vote.labelled.post, vote.labelled
    text = post.text or post.title
    return Quote(
        post=post.id,
        text=text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…",
        url=post.url,
        source=post.source,
        published_at=post.published_at,
        sentiment=labelled.sentiment,
        confidence=labelled.reading.confidence,
        copies=vote.copies,
        corrected="sentiment" in labelled.label.corrected,
    )
