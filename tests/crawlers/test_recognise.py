from pathlib import Path

import pytest

from crawlers.documents import page_of
from crawlers.pdf import read_pdf
from crawlers.recognise import Sighting, recognise, title_of
from crawlers.spreadsheets import read_spreadsheet
from crawlers.trial import Seen
from minsheng.domain import Kind
from minsheng.errors import ConfigError, SourceRefused

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "pages"
HOST = "http://forum.example"
WORDPRESS_FEED = "<rss><channel><generator>https://wordpress.org/?v=6.4</generator></channel></rss>"


def seen(name="", text="", path="/", status=200, **headers):
    text = text or (PAGES / name).read_text(encoding="gbk" if name == "discuz/rss.xml" else "utf-8")
    return Seen(HOST + path, status, {key.replace("_", "-"): value for key, value in headers.items()}, text)


@pytest.mark.parametrize(
    ("page", "engine", "mark"),
    [
        (seen("discuz/list_x35.html"), "discuz", "Discuz! X3.5"),
        (seen("discuz/list_x32.html"), "discuz", "Discuz!"),
        (seen("discuz/touch_list_x34.html"), "discuz", "Discuz"),
        (seen("discuz/thread_x34_1.html"), "discuz", "posts"),
        (seen("discuz/empty.html"), "discuz", "0 threads"),
        (seen("discuz/rss.xml"), "discuz", "<rss>"),
        (seen("discuz/sitemap.xml"), "discuz", "<urlset>"),
        (seen("wordpress/post.html"), "wordpress", "WordPress 6.4"),
        (seen("wordpress/post_block.html"), "wordpress", "WordPress 6.4"),
        (seen(text=WORDPRESS_FEED, path="/comments/feed/"), "wordpress", "feed of comments"),
        (seen(text=WORDPRESS_FEED, path="/feed/"), "feed", "<rss>"),
        (seen(text='{"namespaces": ["oembed/1.0", "wp/v2"]}'), "wordpress", "wp/v2"),
        (seen(text="<p>板</p>", x_powered_by="NodeBB"), "nodebb", "X-Powered-By"),
        (seen(text='<script src="/assets/nodebb.min.js"></script>'), "nodebb", "nodebb.min.js"),
        (seen(text='<meta name="generator" content="Discourse 3.2.1">'), "discourse", "Discourse 3.2.1"),
        (seen(text="<p>板</p>", x_discourse_route="list/latest"), "discourse", "X-Discourse-Route"),
        (seen("isso/page.html"), "isso", "data-isso"),
        (seen("artalk/page.html"), "artalk", "Artalk.init"),
        (seen("feed/rss.xml"), "feed", "<rss>"),
        (seen("feed/atom.xml"), "feed", "<feed>"),
        (seen("govboard/bulletin.html"), "generic", "诉求内容"),
        (seen("govboard/progress.html"), "generic", "进展情况"),
        (seen(text=page_of(read_pdf((PAGES / "govboard/hotline.pdf").read_bytes()))), "generic", "诉求内容"),
        (seen(text=page_of(read_spreadsheet((PAGES / "govboard/progress.xlsx").read_bytes()))), "generic", "进展情况"),
    ],
)
def test_the_engine_is_known_by_marks_that_are_told(page, engine, mark):
    sighting = recognise(page)

    assert sighting.engine == engine
    assert mark in sighting.why


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (seen("discuz/login.html"), "not for guests"),
        (seen(text='<form><input type="password"></form>'), "login form"),
        (seen(text='<meta name="robots" content="noindex, follow">'), "noindex"),
        (seen("discuz/list_x35.html", x_robots_tag="noindex"), "noindex"),
        (seen("discuz/list_x35.html", x_robots_tag="NONE"), "NONE"),
        (seen(text="<p>板</p>", status=403), "403"),
        (seen(text="<p>板</p>", status=401), "401"),
    ],
)
def test_what_is_not_for_the_public_or_not_to_be_indexed_is_refused_with_the_reason(page, words):
    with pytest.raises(SourceRefused, match=words):
        recognise(page)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (seen(text="<h1>欢迎</h1>"), "docs/sources.md"),
        (seen(text="<p>没有</p>", status=404), "404"),
        (seen(text='{"data": []}'), "no software that an engine knows"),
        (seen(text="<sitemapindex></sitemapindex>"), "no software"),
        (seen(text="<table><tr><th>姓名</th><th>内容</th></tr><tr><td>甲</td><td>乙</td></tr></table>"), "no software"),
    ],
)
def test_what_no_engine_knows_is_said_and_never_guessed(page, words):
    with pytest.raises(ConfigError, match=words):
        recognise(page)


def test_the_front_page_of_a_forum_names_its_boards():
    text = '<meta name="generator" content="Discuz! X3.4"><body><a href="forum-2-1.html">市政建设</a></body>'

    with pytest.raises(ConfigError, match=r"市政建设 http://forum\.example/forum-2-1\.html"):
        recognise(seen(text=text))


def test_a_post_of_wordpress_leads_to_its_own_comments_by_the_interface():
    link = '<link rel="https://api.w.org/" href="/wp-json/">'

    post = recognise(seen(text=f'{link}<body class="single postid-7"></body>'))
    site = recognise(seen(text=f'{link}<body class="home"></body>'))
    plain = recognise(seen(text=f'{link.replace("/wp-json/", "/?rest_route=/")}<body class="page-id-9"></body>'))

    assert post.better == f"{HOST}/wp-json/wp/v2/comments?post=7"
    assert site.better == f"{HOST}/wp-json/wp/v2/comments"
    assert plain.better == f"{HOST}/?rest_route=/wp/v2/comments&post=9"


def test_the_host_of_a_comment_service_is_allowed_if_it_is_another():
    text = '<script data-isso="//comments.example/"></script><section id="isso-thread"></section>'

    assert recognise(seen(text=text)).hosts == ("comments.example",)
    assert recognise(seen("isso/page.html")).hosts == ()


def test_rows_of_a_bulletin_are_public_and_rows_of_progress_are_the_offices_word():
    bulletin, progress = recognise(seen("govboard/bulletin.html")), recognise(seen("govboard/progress.html"))

    assert (bulletin.kind, progress.kind) == (Kind.PUBLIC, Kind.OFFICIAL)
    assert bulletin.thread.comments.reply.text == "xpath:td[5][normalize-space()]"
    assert bulletin.thread.comments.id_scope == "thread"
    assert progress.thread.comments.id == "xpath:td[2]"


def test_a_head_of_plain_cells_is_not_taken_for_a_row():
    rows = "<tr><td>编号</td><td>来信内容</td><td>来信时间</td></tr><tr><td>7</td><td>路灯坏了</td><td>2026-03-01</td></tr>"
    nested = f"<table><tr><td><table>{rows}</table></td></tr></table>"

    sighting = recognise(seen(text=f"<title>信箱</title>{nested}"))

    assert sighting.thread.comments.row == "xpath:(//table[not(.//table)])[1]//tr[td][position() > 1]"
    assert sighting.thread.title == "title"


def test_the_title_loses_the_name_of_the_software():
    assert title_of(seen("discuz/list_x35.html")) == "市政建设 - 云溪生活 -  云溪论坛"
    assert isinstance(recognise(seen("discuz/list_x35.html")), Sighting)
