"""Content and a seed in, the same words at other times out: how the city might have gone on another draw of chance."""

import random
from bisect import bisect_left
from collections.abc import Sequence

from demo.content import Comment, ProjectContent, Thread

_OLDEST = 180.0
_SHIFT = 2.0
_MARGIN = 0.01


def rearranged(pages: Sequence[ProjectContent], seed: int, missing: float = 0.0) -> tuple[ProjectContent, ...]:
    """Draw anew when each comment came, and which did not come at all.

    A thread begins up to two days earlier or later, and its comments are spread evenly by chance over the time that it
    took. No comment changes sides of a press release: what was said before a claim is said before it. ``missing`` is
    the chance of a comment not to come; of each thread one comes at least.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable
    return tuple(_page(page, rng, missing) for page in pages)


def _page(page: ProjectContent, rng: random.Random, missing: float) -> ProjectContent:
    edges = sorted({0.0, *(release.day for release in page.releases), _OLDEST})
    threads = tuple(_thread(thread, edges, rng, missing) for thread in page.threads)
    return page.model_copy(update={"threads": threads})


def _thread(thread: Thread, edges: Sequence[float], rng: random.Random, missing: float) -> Thread:
    came = [comment for comment in thread.comments if rng.random() >= missing] or [rng.choice(thread.comments)]
    days = [comment.day for comment in came]
    drawn = sorted((rng.uniform(min(days), max(days)) for _ in came), reverse=True)
    shift = rng.uniform(-_SHIFT, _SHIFT)
    # In the order in which they were written: an answer does not come before what it answers.
    order = sorted(range(len(came)), key=lambda place: -came[place].day)
    moved = {place: _moved(came[place], day + shift, edges) for place, day in zip(order, drawn, strict=True)}
    return thread.model_copy(update={"comments": tuple(moved[place] for place in range(len(came)))})


def _moved(comment: Comment, day: float, edges: Sequence[float]) -> Comment:
    above = min(max(bisect_left(edges, comment.day), 1), len(edges) - 1)
    low, high = edges[above - 1] + _MARGIN, edges[above] - _MARGIN
    return comment.model_copy(update={"day": min(max(day, low), high)})
