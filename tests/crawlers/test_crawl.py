"""Whole crawls: a real child process reads a real server on loopback."""

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from crawlers.inbox import inbox_files
from crawlers.run import stop_crawls
from minsheng.domain import Kind
from minsheng.errors import ConfigError

from .conftest import PHONE, POSTER


class Enough(Exception):
    """Raised inside a crawl to have it killed."""


def ids(desk):
    return [post.id for post in desk.posts()]


def expected(threads, posts):
    return {f"forum:{t * 1000 + p}" for t in range(1, threads + 1) for p in range(1, posts + 1)}


def test_a_first_crawl_reads_everything_and_keeps_nobody(desk, site):
    site.forum(threads=7, posts=5)
    seen = []

    report = desk.crawl(
        desk.source(site), progress=lambda posts, _: seen.append((posts, PHONE in desk.everything_on_disk()))
    )

    assert (report.outcome, report.posts, report.masked, report.detail) == ("ok", 35, 35, "")
    assert set(ids(desk)) == expected(7, 5)
    assert desk.posts()[0].text.endswith("请致电[电话]")
    assert seen[-1] == (35, False)
    assert not any(found for _, found in seen), "no unmasked number on disk at any moment"
    assert POSTER not in desk.everything_on_disk()
    assert site.agents == {"Minsheng/0.1 (loopback)"}


def test_a_second_crawl_fetches_the_list_and_what_changed_alone(desk, site):
    site.forum(threads=7, posts=3)
    place = desk.source(site)
    desk.crawl(place)
    site.forum(threads=8, posts=3, edits={7: "补充：还没修"})
    site.asked.clear()

    report = desk.crawl(place)
    site_asked, site.asked = site.asked, []
    quiet = desk.crawl(place)

    assert sorted(site_asked) == sorted(
        ["/robots.txt", "/board", "/t/8", "/t/8?page=2", "/t/7", "/t/7?page=2", "/board?page=2"]
    )
    assert report.posts == 4, "three of the new thread, and the edited one under its old id"
    assert ids(desk).count("forum:7001") == 2
    assert desk.posts()[-1].collected_at == desk.now
    assert (quiet.outcome, quiet.posts, quiet.detail) == ("ok", 0, "nothing new")
    assert site.asked == ["/robots.txt", "/board"]


def test_sigkill_at_many_moments_loses_nothing_and_doubles_nothing(desk, site):
    site.forum(threads=90, posts=5, per_page=30)
    place = desk.source(site)
    kept = []

    def kill_at(limit):
        start = time.monotonic()

        def listen(posts, _):
            # The crawl is killed (SIGKILL) when this raises; the second bound serves crawls that find nothing more.
            if posts >= limit or time.monotonic() - start > 60:
                raise Enough

        return listen

    for limit in (1, 230, 100):
        with pytest.raises(Enough):
            desk.crawl(place, progress=kill_at(limit))
        kept.append(len(ids(desk)))
        assert PHONE not in desk.everything_on_disk()
    report = desk.crawl(place)

    assert report.outcome == "ok"
    assert len(ids(desk)) == len(set(ids(desk))) == 450
    assert set(ids(desk)) == expected(90, 5)
    assert kept == sorted(kept), "what was published stays"
    assert kept[-1] >= 200, "killed crawls leave their finished segments"
    assert not [*desk.inbox.glob("*.part"), *desk.inbox.glob("*.ready")]


def test_crawls_that_are_asked_to_stop_end_in_order_and_the_next_goes_on(desk, site):
    site.forum(threads=40, posts=2)
    site.pause = 0.02
    place = desk.source(site)

    asked = []

    def stop_once(posts, _):
        if posts >= 10 and not asked:
            asked.append(posts)
            stop_crawls()

    report = desk.crawl(place, progress=stop_once)
    site.pause = 0.0
    rest = desk.crawl(place)

    assert report.outcome == "ok"
    assert "stopped before the end" in report.detail
    assert 10 <= report.posts < 80
    assert report.posts + rest.posts == len(ids(desk)) == len(set(ids(desk))) == 80


def test_a_crawl_started_by_a_process_with_much_memory_is_not_ended_for_it(desk, site):
    """On Linux a child inherits the peak of its parent, which for the service is that of the model."""
    site.forum(threads=3, posts=2)
    much = bytearray(os.urandom(1)) * 1_500_000_000  # written, so that it is really taken
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    del much

    report = desk.crawl(desk.source(site))

    assert peak > 1_100_000
    assert (report.outcome, report.posts) == ("ok", 6)


def test_a_crawl_that_is_stopped_by_force_says_so_and_loses_nothing(desk, site):
    site.forum(threads=10, posts=2)
    site.pause = 0.05
    place = desk.source(site)

    report = desk.crawl(place, progress=lambda posts, _: stop_crawls() if posts >= 4 else None)
    site.pause = 0.0
    desk.crawl(place)

    assert report.outcome == "failed"
    assert len(ids(desk)) == len(set(ids(desk))) == 20


def test_a_crawl_dies_with_its_service(desk, site):
    site.forum(threads=20, posts=2)
    site.pause = 0.3
    place = desk.source(site)
    code = (
        "import sys; from pathlib import Path; from datetime import datetime; from crawlers.run import crawl;"
        "from minsheng.settings import CrawlSettings; a = [Path(x) for x in sys.argv[1:4]];"
        "crawl(a[0], inbox=a[1], state=a[2], settings=CrawlSettings(delay_seconds=0, allow_private_hosts=True),"
        "now=datetime.fromisoformat(sys.argv[4]), progress=lambda *_: print('alive', flush=True))"
    )
    arguments = [str(place), str(desk.inbox), str(desk.state), desk.now.isoformat()]
    service = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    assert service.stdout.readline() == "alive\n"

    service.send_signal(signal.SIGKILL)
    service.wait()
    service.stdout.close()

    with (desk.state / "forum.lock").open("w") as lock:
        deadline = time.monotonic() + 10
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                assert time.monotonic() < deadline, "the orphan still holds the lock"
                time.sleep(0.05)


def test_only_one_crawl_of_a_source_at_a_time(desk, site):
    place = desk.source(site)
    desk.state.mkdir(parents=True)

    with (desk.state / "forum.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        report = desk.crawl(place)

    assert (report.outcome, report.detail) == ("failed", "another crawl of this source is running")
    assert site.asked == []


def test_what_robots_txt_forbids_is_never_asked_for(desk, site):
    site.forum(threads=1, posts=2)
    site.pages["/board"] += b'<li class="t"><a class="title" href="/closed/1">x</a><span class="replies">1</span></li>'

    report = desk.crawl(desk.source(site))
    refused = desk.crawl(desk.source(site, start="/closed/board"))

    assert not [path for path in site.asked if path.startswith("/closed")]
    assert (report.outcome, report.posts) == ("ok", 2)
    assert "1 pages left out: robots.txt" in report.detail
    assert refused.outcome == "refused"
    assert refused.detail == f"robots.txt forbids {site.url}/closed/board"


def test_a_broken_robots_txt_forbids_everything(desk, site):
    site.forum(threads=1, posts=2)
    site.answers["/robots.txt"] = [(503, {})] * 9

    report = desk.crawl(desk.source(site), retries=1)

    assert report.outcome == "refused"
    assert set(site.asked) == {"/robots.txt"}


def test_a_busy_server_is_tried_again_and_given_the_time_it_asks_for(desk, site):
    site.forum(threads=2, posts=2)
    site.answers["/board"] = [(503, {}), (429, {"Retry-After": "1"}), (200, {})]

    started = time.monotonic()
    report = desk.crawl(desk.source(site))

    assert (report.outcome, report.posts) == ("ok", 4)
    assert site.asked.count("/board") == 3
    assert time.monotonic() - started >= 1


def test_a_page_that_fails_is_tried_by_the_next_crawl_and_one_that_is_gone_is_not(desk, site):
    site.forum(threads=4, posts=2)
    place = desk.source(site)
    site.answers["/t/2"] = [(500, {})]
    site.answers["/t/3"] = [(410, {})]
    site.answers["/t/4"] = [(403, {})]

    report = desk.crawl(place, retries=0)
    site.asked.clear()
    again = desk.crawl(place, retries=0)

    assert (report.outcome, report.posts) == ("ok", 2)
    assert "1 pages could not be fetched; the next crawl tries them again" in report.detail
    assert "/t/2" in site.asked
    assert "/t/3" not in site.asked
    assert again.posts == 4, "two of the page that failed, two of the one that was forbidden"


def test_one_thread_that_cannot_be_read_is_told_and_tried_again_and_ends_nothing(desk, site):
    site.forum(threads=7, posts=2)
    place = desk.source(site)
    site.put("/t/7", "<h1>路灯</h1><section>新的样子</section>")

    report = desk.crawl(place)
    site.forum(threads=7, posts=2)
    mended = desk.crawl(place)

    assert (report.outcome, report.posts, mended.posts) == ("ok", 12, 2)
    assert "1 threads could not be read, the last: " in report.detail
    assert report.errors == "SourceChanged 1"


def test_threads_that_are_redesigned_end_as_changed_and_keep_what_was_read(desk, site):
    site.forum(threads=3, posts=2)
    place = desk.source(site)
    desk.crawl(place)
    site.forum(threads=8, posts=2)
    for number in range(4, 9):
        site.put(f"/t/{number}", "<h1>路灯</h1><section>新的样子</section>")

    report = desk.crawl(place)
    kept = set(ids(desk))
    site.forum(threads=8, posts=2)
    mended = desk.crawl(place)

    assert report.outcome == "changed"
    assert "thread.comments.row" in report.detail
    assert kept == expected(3, 2)
    assert mended.outcome == "ok"
    assert set(ids(desk)) == expected(8, 2)


@pytest.mark.parametrize(
    ("page", "outcome", "detail"),
    [
        ("<form>请登录</form>", "refused", "wants a login"),
        ("<p class='none'>暂无</p>", "empty", "the site says"),
        ("<p>全新改版</p>", "changed", "list.item"),
        (None, "changed", "status 404"),
    ],
)
def test_how_a_start_page_decides_the_outcome(desk, site, page, outcome, detail):
    if page is not None:
        site.put("/board", page)

    report = desk.crawl(desk.source(site))

    assert (report.outcome, report.posts) == (outcome, 0)
    assert detail in report.detail


def test_fewer_posts_than_a_source_promises_is_told_and_more_is_changed(desk, site):
    site.forum(threads=2, posts=2)

    few = desk.crawl(desk.source(site, assertions={"posts_per_crawl": {"min": 5, "max": 10}}))
    site.forum(threads=9, posts=2)
    many = desk.crawl(desk.source(site, assertions={"posts_per_crawl": {"min": 5, "max": 10}}))

    assert (few.outcome, few.posts) == ("fewer", 4)
    assert "expects 5 or more" in few.detail
    assert (many.outcome, many.posts) == ("changed", 10)
    assert "more than 10 posts" in many.detail


def test_bad_rows_are_set_aside_with_their_reason_and_masked(desk, site):
    site.forum(threads=1, posts=2)
    site.pages["/t/1"] += f'<div class="post" data-id="77"><p>电话{PHONE}</p><time>不久以后</time></div>'.encode()

    report = desk.crawl(desk.source(site))

    assert (report.outcome, report.posts, report.set_aside) == ("ok", 2, 1)
    (rejects,) = (desk.folder / "rejects").glob("*.jsonl")
    row = json.loads(rejects.read_text())
    assert row["reason"] == "not a time: '不久以后'"
    assert row["row"]["text"] == "电话[电话]"


def test_a_redirect_to_another_host_is_not_followed(desk, site):
    site.answers["/board"] = [(302, {"Location": site.url.replace("127.0.0.1", "localhost") + "/board"})]

    report = desk.crawl(desk.source(site))

    assert report.outcome == "refused"
    assert "leads away from 127.0.0.1" in report.detail


def test_private_addresses_are_refused_unless_allowed(desk, site):
    report = desk.crawl(desk.source(site), allow_private_hosts=False)

    assert report.outcome == "refused"
    assert "private address" in report.detail
    assert site.asked == []


def test_a_name_that_leads_to_a_private_address_is_refused_at_the_look_up(desk, site):
    port = site.url.rsplit(":", 1)[1]
    name = "127.1"  # no IP address in the eyes of the guard, and 127.0.0.1 to the resolver
    place = desk.source(site, start_urls=[f"http://{name}:{port}/board"])

    report = desk.crawl(place, allow_private_hosts=False, contact="office@city.example", retries=0)
    asked, site.asked = site.asked, []
    desk.crawl(place, contact="office@city.example", retries=0)

    assert report.outcome == "refused"
    assert "private addresses count as none" in report.detail
    assert asked == []
    assert site.asked == ["/robots.txt", "/board"], "the same name leads to the site where that is allowed"


def test_foreign_hosts_are_read_only_with_a_contact(desk, site):
    place = desk.source(site, start_urls=["http://forum.example/board"])

    with pytest.raises(ConfigError, match=r"forum.example may be read only .*set crawl.contact"):
        desk.crawl(place)


def test_a_feed_is_read_masked_and_bound_to_its_project(desk, site):
    site.types["/rss"] = "application/rss+xml"
    site.put(
        "/rss",
        "<rss version='2.0'><channel><title>t</title><item><title>通告</title><link>{url}/n/1</link>"
        "<pubDate>Fri, 06 Mar 2026 09:00:00 +0800</pubDate><description>详询{phone}</description></item></channel></rss>",
        url=site.url,
        phone=PHONE,
    )
    place = desk.source(site, start="/rss", engine="feed", kind="official", list=None, thread=None, project="road")

    report = desk.crawl(place)

    assert (report.outcome, report.posts, report.pages) == ("ok", 1, 1)
    (post,) = desk.posts()
    assert (post.kind, post.text, post.project) == (Kind.OFFICIAL, "详询[电话]", "road")


def test_a_dead_server_is_failed_and_names_the_cause(desk, site):
    place = desk.source(site)
    site.close()

    report = desk.crawl(place, retries=0)

    assert report.outcome == "refused"
    assert "robots.txt could not be fetched" in report.detail


def test_a_child_that_cannot_work_is_failed_with_its_last_words(desk, site):
    desk.state.mkdir(parents=True)
    (desk.state / "forum.sqlite").write_bytes(b"this is no data base" * 100)

    report = desk.crawl(desk.source(site))

    assert report.outcome == "failed"
    assert "the crawl died (status 1)" in report.detail
    assert "file is not a database" in report.detail
    assert inbox_files(desk.inbox) == []
