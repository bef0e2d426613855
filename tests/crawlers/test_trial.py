from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.beside import beside, texts_of
from crawlers.trial import Seen, look_at, try_source
from minsheng.errors import ConfigError

THREADS = 3
PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "pages"


def test_a_look_is_one_page_with_its_status_headers_and_text(desk, site, now):
    site.pages["/x"] = "<p>路灯</p>".encode()
    site.answers["/x"] = [(200, {"X-Robots-Tag": "noindex"})]

    look = look_at(f"{site.url}/x", desk.settings, now)

    (seen,) = look.shown
    assert (look.outcome, seen.url, seen.status) == ("ok", f"{site.url}/x", 200)
    assert seen.headers["x-robots-tag"] == "noindex"
    assert "路灯" in seen.text
    assert site.asked == ["/robots.txt", "/x"]
    assert site.agents == {"Minsheng/0.1 (loopback)"}


def test_a_look_at_a_document_shows_its_table_as_a_page(desk, site, now):
    site.pages["/t.xlsx"] = (PAGES / "govboard" / "progress.xlsx").read_bytes()
    site.types["/t.xlsx"] = "application/octet-stream"

    (table,) = look_at(f"{site.url}/t.xlsx", desk.settings, now).shown

    assert "<th>进展情况</th>" in table.text


def test_a_look_follows_redirects_of_its_host_and_shows_pages_of_any_status(desk, site, now):
    site.answers["/old"] = [(301, {"Location": "/new"})]
    site.pages["/new"] = b"<p>new</p>"

    moved, gone = look_at(f"{site.url}/old", desk.settings, now), look_at(f"{site.url}/none", desk.settings, now)

    assert [seen.url for seen in moved.shown] == [f"{site.url}/new"]
    assert [seen.status for seen in gone.shown] == [404]


def test_what_robots_forbid_and_what_leads_away_is_refused_with_the_reason(desk, site, now):
    site.answers["/away"] = [(302, {"Location": "http://other.example/"})]

    closed, away = look_at(f"{site.url}/closed/x", desk.settings, now), look_at(f"{site.url}/away", desk.settings, now)

    assert (closed.outcome, closed.shown) == ("refused", ())
    assert "robots.txt forbids" in closed.detail
    assert away.outcome == "refused"
    assert "leads away" in away.detail
    assert "/closed/x" not in site.asked


def test_a_private_address_is_refused_before_any_request(desk, site, now):
    settings = desk.settings.model_copy(update={"allow_private_hosts": False})

    look = look_at(f"{site.url}/x", settings, now)

    assert (look.outcome, site.asked) == ("refused", [])
    assert "private address" in look.detail


def test_a_foreign_host_wants_a_contact_first(desk, now):
    with pytest.raises(ConfigError, match=r"set crawl\.contact"):
        look_at("https://bbs.city.example/forum-2-1.html", desk.settings, now)


def test_a_trial_reads_the_first_pages_with_the_real_engine_and_keeps_nothing(desk, site, now, tmp_path):
    site.forum(THREADS, 4)
    place = desk.source(site)

    trial = try_source(place, desk.settings, now, pages=3)
    again = try_source(place, desk.settings, now, pages=3)

    assert (trial.outcome, len(again.posts)) == ("ok", len(trial.posts))
    assert trial.posts
    assert trial.masked == len(trial.posts), "each post holds one number"
    assert len(site.asked) <= 2 * (3 + 2), "the pages, robots.txt, and what was under way"
    assert not (tmp_path / "inbox").exists()
    assert not (tmp_path / "state").exists()


def test_a_trial_of_a_changed_page_says_so(desk, site, now):
    site.pages["/board"] = b"<p>new look</p>"

    trial = try_source(desk.source(site), desk.settings, now, pages=3)

    assert (trial.outcome, trial.posts) == ("changed", ())


def test_beside_a_post_stand_the_lines_of_its_page_and_not_the_next_one(make_post):
    page = "<div>王小明的昵称</div><div><blockquote>旧话</blockquote><p>三盏路灯不亮，电话13812345678</p></div><div>老街坊</div>"
    shown = (
        Seen("http://x.example/", 200, {}, page),
        Seen("http://x.example/a", 200, {}, '{"a": ["<p>站牌换了。</p>"]}'),
    )
    texts = texts_of(shown)

    assert beside(make_post("三盏路灯不亮，电话[电话]"), texts) == "三盏路灯不亮，电话[电话]"
    assert beside(make_post("站牌换了。"), texts) == "站牌换了。"
    assert beside(make_post("页面上没有的话"), texts) == ""
    assert texts_of((replace(shown[0], text=""),)) == ()
