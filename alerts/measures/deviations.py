"""What is known of a project in, its three deviations and three asks out: one call for pages and briefings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts.base import Observation
from alerts.counts import seed_of
from alerts.evidence import quotes
from alerts.measures.asks import AsksMeasure, asks_of
from alerts.measures.focus import Gap, TopicRatio, topic_gap, topic_ratios
from alerts.measures.posture import PostureMeasure, posture
from alerts.measures.recorded import Recorded
from alerts.measures.standards import StandardsMeasure, standards
from alerts.measures.telling_words import TellingWord, telling_words
from alerts.prevalence import Folded, folded
from minsheng.domain import TOPICS, Kind, LabelledPost, Quote, Window

DAYS = 180
MIN_OFFICIAL = 10
MIN_PUBLIC = 50
MIN_THREADS = 10
_MOST_TEXTS = 1000


@dataclass(frozen=True, slots=True)
class FocusMeasure:
    """What offices and people speak of. ``missing`` says in Chinese why there is no ``gap``; words need no gate.

    ``public_quotes`` are comments on what the public speaks of at least twice as much, ``official_quotes`` texts of
    what offices do.
    """

    official: int
    public: int
    missing: str
    gap: Gap | None
    topics: tuple[TopicRatio, ...]
    words: tuple[TellingWord, ...]
    public_quotes: tuple[Quote, ...]
    official_quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Deviations:
    """One project in one window."""

    window: Window
    focus: FocusMeasure
    standards: StandardsMeasure
    posture: PostureMeasure
    asks: AsksMeasure


def deviations_of(seen: Observation, recorded: Sequence[Recorded] = (), days: int = DAYS) -> Deviations:
    """Measure a project over the last days; nothing later than ``seen.now`` is looked at."""
    window = Window(seen.now - timedelta(days=days), seen.now)
    posts = [one for one in seen.posts if one.post.published_at in window]
    public = [one for one in posts if one.post.kind is Kind.PUBLIC]
    official = [one for one in posts if one.post.kind is Kind.OFFICIAL and one.post.reply_to is None]
    claims = [claim for claim in seen.claims if claim.reviewed and claim.published_at in window]
    return Deviations(
        window=window,
        focus=focus(seen, official, public),
        standards=standards(official, public, claims, seen.calibration, seen.project.id),
        posture=posture(seen.posts, seen.sources, window, seen.now),
        asks=asks_of(seen.project, seen.posts, recorded, seen.now),
    )


def focus(seen: Observation, official: Sequence[LabelledPost], public: Sequence[LabelledPost]) -> FocusMeasure:
    """Compare the topics and the words of two sides."""
    texts, votes = folded(official), folded(public)
    words = telling_words(_texts(texts), _texts(votes))
    missing = _missing(texts, votes)
    if missing:
        return FocusMeasure(len(texts), len(votes), missing, None, (), words, (), ())
    seed = seed_of(f"focus|{seen.project.id}")
    topics = topic_ratios(texts, votes, TOPICS, "topic", seed, seen.topics)
    more, less = (_of(topics, is_more=is_more) for is_more in (True, False))
    return FocusMeasure(
        official=len(texts),
        public=len(votes),
        missing="",
        gap=topic_gap(texts, votes, TOPICS, "topic", seed, seen.topics),
        topics=topics,
        words=words,
        public_quotes=quotes([one.labelled for one in votes if one.labelled.reading.topic in more], 3),
        official_quotes=quotes([one.labelled for one in texts if one.labelled.reading.topic in less], 3),
    )


def _of(topics: Sequence[TopicRatio], *, is_more: bool) -> set[str]:
    return {one.topic for one in topics if one.stands_out and (one.ratio.value > 1) is is_more}


def _texts(votes: Sequence[Folded]) -> list[str]:
    """The newest are enough to tell words apart, and take a moment however many comments there are."""
    newest = sorted(votes, key=lambda vote: vote.labelled.post.published_at)[-_MOST_TEXTS:]
    return [f"{vote.labelled.post.title}。{vote.labelled.post.text}" for vote in newest]


def _missing(texts: Sequence[Folded], votes: Sequence[Folded]) -> str:
    threads = len({vote.labelled.post.thread for vote in votes})
    if len(texts) < MIN_OFFICIAL:
        return f"官方发布（不含回复）只有 {len(texts)} 条，至少要 {MIN_OFFICIAL} 条才比较主题。"
    if len(votes) < MIN_PUBLIC:
        return f"去重后的评论只有 {len(votes)} 条，至少要 {MIN_PUBLIC} 条才比较主题。"
    if threads < MIN_THREADS:
        return f"评论只在 {threads} 个帖子里，至少要 {MIN_THREADS} 个帖子才比较主题。"
    return ""
