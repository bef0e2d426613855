"""How much a source brought lately in, how long to wait for its next crawl out."""

from collections.abc import Sequence
from datetime import timedelta

from minsheng.crawls import CrawlReport

_WANTED_POSTS = 5
_LOOKED_AT = 12
_SLOWEST, _FASTEST = 8, 4
_SHORTEST = timedelta(minutes=10)
_LONGEST = timedelta(days=1)
_DAY = timedelta(days=1)
# What is left of a day's requests serves back-filling, other sources on the host, and a crawl by hand.
_SHARE_OF_BUDGET = 0.5


def next_pause(reports: Sequence[CrawlReport], usual: timedelta, requests_per_day: int) -> timedelta:
    """Return the pause after which a crawl of a source is worth while: about five new or edited posts.

    ``reports`` are newest first. The pause lies between a quarter and eight times the usual one (at most a day, or the
    usual one if that is longer), and is long enough that a day's crawls need no more than half of the day's requests.
    What cannot be read is tried at the usual pause.
    """
    recent = [report for report in reports[:_LOOKED_AT] if report.pages]
    if len(recent) < 2 or reports[0].outcome not in {"ok", "empty", "fewer"}:  # noqa: PLR2004 - a span has two ends
        return usual
    # The oldest only marks the beginning: what it brought had come before it.
    span = recent[0].started_at - recent[-1].started_at
    posts, pages = sum(report.posts for report in recent[:-1]), sum(report.pages for report in recent[:-1])
    slowest = max(usual, min(usual * _SLOWEST, _LONGEST))
    wanted = span * _WANTED_POSTS / posts if posts else slowest
    affordable = _DAY * (pages / (len(recent) - 1)) / (requests_per_day * _SHARE_OF_BUDGET)
    return max(min(max(wanted, usual / _FASTEST, _SHORTEST), slowest), affordable)
