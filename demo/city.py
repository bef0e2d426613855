"""Content and a moment in, the city's threads, messages and releases of that moment out, with dates and numbers."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo import content
from minsheng.domain import BEIJING

_LIKES = 9


@dataclass(frozen=True, slots=True)
class Reply:
    """An official answer."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Voice:
    """One comment as a page shows it. ``number`` is the site's own number of the comment."""

    number: str
    text: str
    at: datetime
    likes: int
    place: int
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class Talk:
    """A thread, oldest comment first."""

    number: str
    source: str
    title: str
    lead: tuple[str, ...]
    voices: tuple[Voice, ...]

    @property
    def opened_at(self) -> datetime:
        return self.voices[0].at

    @property
    def last_at(self) -> datetime:
        return self.voices[-1].at


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A press release; sites show its day only."""

    slug: str
    title: str
    paragraphs: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class City:
    """All that the sites of the city show at ``now``; latest first."""

    now: datetime
    forum: tuple[Talk, ...]
    board: tuple[Talk, ...]
    news: tuple[Talk, ...]
    bulletins: tuple[Bulletin, ...]


def build_city(pages: Sequence[content.ProjectContent], now: datetime) -> City:
    """Date everything back from ``now``; what lies in its future (a late reply) is not there yet."""
    talks = [_talk(thread, now) for page in pages for thread in page.threads]
    bulletins = [
        Bulletin(release.slug, release.title, release.paragraphs, _back(now, release.day))
        for page in pages
        for release in page.releases
    ]
    return City(
        now=now.astimezone(BEIJING),
        forum=_latest(talks, content.FORUM),
        board=_latest(talks, content.BOARD),
        news=_latest(talks, content.NEWS),
        bulletins=tuple(sorted(bulletins, key=lambda bulletin: (bulletin.at, bulletin.slug), reverse=True)),
    )


def number_of(*parts: str) -> int:
    """Return a number that stays the same as long as the words do."""
    return zlib.crc32("\n".join(parts).encode())


def _back(now: datetime, days: float) -> datetime:
    return now.astimezone(BEIJING) - timedelta(days=days)


def _latest(talks: Sequence[Talk], source: str) -> tuple[Talk, ...]:
    there = [talk for talk in talks if talk.source == source]
    return tuple(sorted(there, key=lambda talk: (talk.last_at, talk.number), reverse=True))


def _talk(thread: content.Thread, now: datetime) -> Talk:
    number = f"{number_of(thread.source, thread.title) % 9_000_000 + 1_000_000}"
    said = sorted(
        (moment for comment in thread.comments for moment in _moments(comment, now)), key=lambda pair: pair[1]
    )
    voices = tuple(
        Voice(
            number=f"{number}{place:03}",
            text=comment.text,
            at=at,
            likes=comment.likes if comment.likes is not None else number_of(comment.text) % _LIKES,
            place=place,
            reply=_reply(comment, at, now),
        )
        for place, (comment, at) in enumerate(said, start=1)
    )
    return Talk(number, thread.source, thread.title, thread.lead, voices)


def _moments(comment: content.Comment, now: datetime) -> Iterator[tuple[content.Comment, datetime]]:
    """Yield the comment at each time it was posted: once, unless it was copied."""
    first = _back(now, comment.day)
    number, minutes = (comment.copies.number, comment.copies.minutes) if comment.copies else (1, 0)
    for turn in range(number):
        yield comment, first + timedelta(minutes=minutes) * turn / number


def _reply(comment: content.Comment, at: datetime, now: datetime) -> Reply | None:
    if comment.reply is None or comment.reply.after_days > (now - at) / timedelta(days=1):
        return None
    return Reply(comment.reply.text, at + timedelta(days=comment.reply.after_days))
