"""What later crawls notice: edits, deletions, late comments, pages that did not change, and the past."""

from datetime import UTC, datetime, timedelta

import pytest

from crawlers import backfill, deletions
from minsheng.domain import BEIJING, Window

from .conftest import FORUM

HOUR = timedelta(hours=1)


@pytest.fixture
def later(desk):
    def go_on(span):
        desk.now += span

    return go_on


def state_of(desk):
    return desk.state / "forum.sqlite"


def remove_post(site, thread, post, replies):
    """Take one post out of a thread; the list shows one reply fewer."""
    page = site.pages[f"/t/{thread}"].decode()
    start = page.index(f'<div class="post" data-id="{post}"')
    end = page.index("</div>", start) + len("</div>")
    site.pages[f"/t/{thread}"] = (page[:start] + page[end:]).encode()
    board = site.pages["/board"].decode()
    before, mark, rest = board.partition(f'/t/{thread}"')
    site.pages["/board"] = (before + mark + rest.replace(">3<", f">{replies}<", 1)).encode()


def test_a_post_that_goes_is_missed_at_the_first_look_and_deleted_at_the_second(desk, site, later):
    site.forum(threads=3, posts=3)
    site.validators |= {"/t/2": '"a"', "/t/2?page=2": '"same"'}
    place = desk.source(site)
    desk.crawl(place)
    remove_post(site, 2, 2001, 2)
    site.validators["/t/2"] = '"b"'
    later(HOUR)

    first = desk.crawl(place)
    pending = deletions.pending(state_of(desk))
    later(HOUR)
    site.asked.clear()
    second = desk.crawl(place)

    assert (first.deleted, pending) == (0, frozenset())
    assert (second.deleted, second.known) == (1, 8)
    assert "1 posts are no longer on the site" in second.detail
    assert deletions.pending(state_of(desk)) == {"forum:2001"}
    assert site.asked == ["/robots.txt", "/board", "/t/2", "/t/2?page=2"], "the thread was looked at again for it"


def test_a_page_that_names_its_version_is_seen_whole_again_before_a_deletion_is_believed(desk, site, later):
    site.forum(threads=1, posts=2)
    site.validators["/t/1"] = '"a"'
    place = desk.source(site)
    desk.crawl(place)
    page = site.pages["/t/1"].decode()
    site.pages["/t/1"] = (page[: page.index('<div class="post" data-id="1002"')]).encode()
    site.pages["/board"] = site.pages["/board"].replace(b">2<", b">1<")
    site.validators["/t/1"] = '"b"'
    later(HOUR)
    desk.crawl(place)
    later(HOUR)

    report = desk.crawl(place)

    assert (report.deleted, report.known) == (1, 1)


def test_a_post_that_is_there_again_stays(desk, site, later):
    site.forum(threads=1, posts=3)
    place = desk.source(site)
    desk.crawl(place)
    whole = dict(site.pages)
    remove_post(site, 1, 1001, 2)
    later(HOUR)
    desk.crawl(place)
    site.pages.update(whole)
    later(HOUR)

    back = desk.crawl(place)
    later(HOUR)
    quiet = desk.crawl(place)

    assert (back.deleted, quiet.deleted, quiet.known) == (0, 0, 3)
    assert deletions.pending(state_of(desk)) == frozenset()


def test_a_thread_that_left_the_list_is_looked_at_after_a_week_and_its_posts_go(desk, site, later):
    site.forum(threads=3, posts=2)
    place = desk.source(site)
    desk.crawl(place)
    gone = site.pages.pop("/t/1")
    site.pages["/board"] = site.pages["/board"].replace(b'href="/t/1"', b'href="/t/2"')
    later(timedelta(days=8))

    first = desk.crawl(place)
    later(HOUR)
    second = desk.crawl(place)

    assert gone
    assert (first.deleted, second.deleted) == (0, 2)
    assert deletions.pending(state_of(desk)) == {"forum:1001", "forum:1002"}


def test_a_thread_of_which_not_every_page_is_read_loses_nothing(desk, site, later):
    site.forum(threads=1, posts=4)
    place = desk.source(site)
    desk.crawl(place)
    thread = FORUM["thread"] | {"max_pages": 1}
    place = desk.source(site, thread=thread)
    site.forum(threads=1, posts=4, edits={1: "补"})
    for _ in range(2):
        later(timedelta(days=8))
        report = desk.crawl(place)

    assert (report.deleted, report.known) == (0, 4)


def test_edits_and_late_comments_are_told_apart_and_come_in_the_order_of_arrival(desk, site, later):
    site.forum(threads=1, posts=2)
    place = desk.source(site)
    desk.crawl(place)
    site.forum(threads=1, posts=3, edits={1: "，补充"})
    later(HOUR)

    report = desk.crawl(place)

    assert (report.posts, report.new, report.changed) == (2, 1, 1)
    assert [post.id for post in desk.posts()] == ["forum:1001", "forum:1002", "forum:1001", "forum:1003"]
    late = desk.posts()[-1]
    assert (late.shown_at, late.place, late.collected_at) == ("2026-03-04 08:03", 3, desk.now)
    assert late.published_at == datetime(2026, 3, 4, 0, 3, tzinfo=UTC)


def test_an_unchanged_page_is_not_sent_again(desk, site, later):
    site.forum(threads=2, posts=2)
    place = desk.source(site)
    for path in ("/board", "/t/1", "/t/2"):
        site.validators[path] = f'"{path}"'
    desk.crawl(place)
    later(timedelta(days=8))

    desk.crawl(place)
    site.asked.clear()
    later(timedelta(days=8))
    report = desk.crawl(place)

    assert (report.outcome, report.known, report.deleted) == ("ok", 4, 0)
    assert sorted(site.saved) == ["/board", "/t/1", "/t/1", "/t/2", "/t/2"], "the board only when it had nothing new"


def test_noindex_pages_are_not_kept_and_nofollow_links_not_followed(desk, site):
    site.forum(threads=3, posts=2)
    site.pages["/t/1"] = b'<head><meta name="robots" content="NOINDEX, follow"></head>' + site.pages["/t/1"]
    site.answers["/t/2"] = [(200, {"X-Robots-Tag": "otherbot: none, noindex"})]
    site.answers["/t/3"] = [(200, {"X-Robots-Tag": "noindex"})]

    report = desk.crawl(desk.source(site))

    assert {post.id for post in desk.posts()} == {"forum:2001", "forum:2002"}
    assert "4 posts left out: noindex 4" in report.detail


def test_what_is_opted_out_is_not_asked_for(desk, site):
    site.forum(threads=3, posts=2)
    host = site.url.removeprefix("http://")

    report = desk.crawl(desk.source(site), opt_out=(f"{host}/t/2",))
    none = desk.crawl(desk.source(site), opt_out=(host,))

    assert {post.id.partition(":")[2][0] for post in desk.posts()} == {"1", "3"}
    assert not [path for path in site.asked if path.startswith("/t/2")]
    assert report.outcome == "ok"
    assert (none.outcome, "is on the opt-out list" in none.detail) == ("refused", True)


def test_the_budget_of_a_day_holds_over_crawls_and_the_next_day_goes_on(desk, site, later):
    site.forum(threads=6, posts=2)
    place = desk.source(site)

    first = desk.crawl(place, requests_per_day=5)
    asked = len(site.asked)
    second = desk.crawl(place, requests_per_day=5)
    later(timedelta(days=1))
    third = desk.crawl(place, requests_per_day=50)

    assert asked == 5
    assert len(site.asked) < 5 + 20
    assert (
        f"stopped before the end (the 5 requests to {site.url.removeprefix('http://')} of today are used up)"
        in first.detail
    )
    assert (second.outcome, second.pages) == ("ok", 0)
    assert (third.outcome, third.known) == ("ok", 12)


def test_nobody_is_asked_in_quiet_hours(desk, site):
    hour = desk.now.astimezone(BEIJING)

    report = desk.crawl(desk.source(site), quiet_hours=f"{hour:%H:00}-{hour + HOUR:%H:00}")

    assert (report.outcome, report.posts, site.asked) == ("ok", 0, [])
    assert "quiet hours 12:00-13:00" in report.detail


def test_the_past_is_filled_back_over_broken_crawls_and_brings_the_span_alone(desk, site):
    site.forum(threads=12, posts=2, per_page=3)
    for number in range(1, 13):
        site.pages[f"/t/{number}"] = site.pages[f"/t/{number}"].replace(b"2026-03-0", b"2026-0%d-0" % (number // 5 + 1))
    listing = FORUM["list"] | {"max_pages": 1}
    place = desk.source(site, list=listing)
    normal = desk.crawl(place)
    span = Window(datetime(2026, 2, 1, tzinfo=BEIJING), datetime(2026, 3, 1, tzinfo=BEIJING))
    backfill.ask_for(state_of(desk), desk.inbox, span)

    cut = desk.crawl(place, fill_back=True, max_pages=4)
    between = backfill.pending(state_of(desk))
    site.asked.clear()
    rest = desk.crawl(place, fill_back=True)

    assert normal.posts == 6
    assert between == span
    assert "stopped before the end" in cut.detail
    assert (cut.posts + rest.posts, rest.outcome) == (2 * 5 - 0, "ok")
    assert len({post.id for post in desk.posts()}) == len(desk.posts()) == 16
    assert backfill.pending(state_of(desk)) is None
    assert "/t/12" not in site.asked, "threads that are known are not read again"
