import re
from html import unescape

import pytest

MARK = re.compile(r"<mark>(.*?)</mark>")


def links_to(html: str, words: str) -> list[str]:
    found = re.findall(r'<a[^>]*href="([^"]*)"[^>]*>(?:<span>)?([^<]*)', html)
    return [unescape(address) for address, text in found if text.strip() == words]


@pytest.mark.parametrize(
    ("searched", "shown"), [("噪聲", "噪声"), ("积水", "積水"), ("道路积水", "道路積水"), ("ＴＥＳＴ", None)]
)
def test_matches_are_marked_on_the_words_as_they_were_written(client, searched, shown):
    html = client.get("/search", params={"q": searched}).text

    assert MARK.findall(html) == ([shown] if shown else [])


def test_label_and_confidence_stand_with_each_hit(client):
    html = client.get("/search", params={"q": "打桩"}).text

    assert 'class="sentiment negative"' in html
    assert "把握 90%" in html


def test_a_doubtful_reading_is_called_so(client):
    assert "拿不准 45%" in client.get("/search", params={"q": "何时完工"}).text


def test_official_replies_stand_under_the_comment_they_answer(client):
    html = client.get("/search", params={"q": "打桩"}).text

    assert 'class="reply"' in html
    assert "已转施工单位调整夜间作业时间" in html


def test_an_official_post_is_marked_and_has_no_sentiment(client):
    html = client.get("/search", params={"kind": "official"}).text

    assert "官方回复" in html
    assert 'class="sentiment' not in html


def test_the_address_is_the_query(client):
    html = client.get("/search?project=road&sentiment=negative&source=board").text

    assert "共 1 条" in html
    assert "積水" in html


def test_days_filter_by_beijing_days(client):
    assert "共 0 条" in client.get("/search?until=2026-03-01").text
    assert "共 6 条" in client.get("/search?since=2026-03-09&until=2026-03-10").text


def test_a_facet_option_leads_to_the_search_it_promises(client):
    html = client.get("/search").text
    (address,) = links_to(html, "市民留言板")

    assert re.search(r"<span>市民留言板</span><small>1</small>", html)
    assert "共 1 条" in client.get(address).text


def test_a_chosen_option_can_be_taken_away(client):
    html = client.get("/search?project=park&q=步道").text
    addresses = links_to(html, "人民公园提升改造")

    assert "/search?q=%E6%AD%A5%E9%81%93" in addresses


def test_a_chosen_option_without_hits_is_still_there_to_be_taken_away(client):
    html = client.get("/search?source=gov&q=打桩").text

    assert re.search(r'class="on"><a[^>]*><span>临江市人民政府网</span><small>0</small>', html)


def test_a_project_that_is_not_registered_is_named_as_such(client):
    html = client.get("/search?project=gone").text

    assert "登记册里没有编号为“gone”的项目" in html


def test_paging_shows_every_post_once(desk, open_console, make_labelled):
    posts = [make_labelled(f"反映第{number}件事") for number in range(45)]
    desk.index.add(posts)
    client, address, seen = open_console(desk), "/search?q=件事", []

    while address:
        html = client.get(address).text
        seen += re.findall(r'href="(http://forum\.example/t/\d+)"', html)
        address = next(iter(links_to(html, "下一页")), None)

    assert sorted(seen) == sorted(post.post.url for post in posts)


def test_copies_are_folded_and_can_be_unfolded(desk, open_console, make_labelled):
    desk.index.add([make_labelled("同样的话说三遍", cluster="same") for _ in range(3)])
    client = open_console(desk)

    folded = client.get("/search?q=同样的话").text

    assert "共 1 条" in folded
    (address,) = links_to(folded, "重复 ×3")
    assert "共 3 条" in client.get(address).text
    assert "共 3 条" in client.get("/search?q=同样的话&fold=0").text


def test_a_long_text_is_cut_around_the_match_and_kept_whole_below(desk, open_console, make_labelled):
    desk.index.add([make_labelled("前" * 400 + "塔吊" + "后" * 400)])

    html = open_console(desk).get("/search?q=塔吊").text

    assert html.count("<mark>塔吊</mark>") == 2
    assert "全文 802 字" in html


def test_comments_are_text_and_never_markup(desk, open_console, make_labelled):
    evil = '<script>alert("破")</script><img src=x onerror=alert(1)>'
    desk.index.add([make_labelled(evil, title=f"标题{evil}", url="javascript:alert(1)", thread='t"><b>')])

    html = open_console(desk).get("/search?q=破").text

    assert "<script" not in html
    assert "<img" not in html
    assert "javascript:" not in html
    assert '"><b>' not in html
    assert "&lt;script&gt;alert(" in html


def test_the_searched_words_come_back_escaped(client):
    html = client.get("/search", params={"q": '"><script>x</script>'}).text

    assert "<script" not in html
    assert "没有同时符合这些条件的内容" in html


def test_outside_links_tell_the_other_site_nothing(client):
    html = client.get("/search").text
    outside = re.findall(r'<a href="https?://[^"]*"[^>]*>', html)

    assert outside
    assert all('rel="noreferrer noopener"' in link for link in outside)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/search?since=someday", "看不懂"),
        ("/search?since=2026-03-05&until=2026-03-01", "早于起始日期"),
        ("/search?sentiment=furious", "可用：negative、neutral、positive"),
        ("/search?nonsense=1", "不认识的条件"),
        ("/search?after=notacursor", "请从第一页重新检索"),
        ("/search?q=" + "长" * 300, "最多 200 字"),
    ],
)
def test_a_bad_query_is_answered_with_400_and_the_reason(client, address, said):
    answer = client.get(address)

    assert answer.status_code == 400
    assert said in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_bad_query_keeps_what_was_typed(client):
    html = client.get("/search?q=路灯&since=nope").text

    assert 'value="路灯"' in html
    assert 'value="nope"' in html
