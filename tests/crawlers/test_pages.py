import pytest
from scrapy.http import HtmlResponse, TextResponse

from crawlers.pages import robot_wishes

URL = "https://forum.example/t/1"


@pytest.mark.parametrize(
    ("headers", "body", "wishes"),
    [
        ({}, "<h1>路灯</h1>", set()),
        ({"X-Robots-Tag": "noindex"}, "", {"noindex"}),
        ({"X-Robots-Tag": "noarchive, NoIndex"}, "", {"noindex"}),
        ({"X-Robots-Tag": "none"}, "", {"noindex", "nofollow"}),
        ({"X-Robots-Tag": "googlebot: noindex"}, "", set()),
        ({"X-Robots-Tag": "minsheng: nofollow"}, "", {"nofollow"}),
        ({"X-Robots-Tag": ["googlebot: noindex", "nofollow"]}, "", {"nofollow"}),
        ({"X-Robots-Tag": "unavailable_after: 25 Jun 2030 15:00:00 GMT"}, "", set()),
        ({}, '<meta name="robots" content="noindex,follow">', {"noindex"}),
        ({}, "<META CONTENT='none' NAME='Robots'>", {"noindex", "nofollow"}),
        ({}, '<meta name="googlebot" content="noindex">', set()),
        ({}, '<meta name="minsheng" content="noindex">', {"noindex"}),
        ({}, "<p>关于 robots 的讨论：noindex</p>", set()),
    ],
)
def test_what_a_page_for_people_wants_of_robots(headers, body, wishes):
    assert robot_wishes(HtmlResponse(URL, headers=headers, body=body.encode(), encoding="utf-8")) == wishes


def test_the_header_of_an_interface_speaks_of_listing_the_interface():
    """WordPress answers its REST interface so, always; the page of the comment is what is kept."""
    answer = TextResponse(URL, headers={"X-Robots-Tag": "noindex", "Content-Type": "application/json"}, body=b"[]")

    assert robot_wishes(answer) == set()
