import re
from html import unescape

import pytest

from console.routes.search import EXAMPLES
from minsheng.correcting import Change

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


def test_a_doubtful_reading_is_called_so(desk, open_console, make_labelled):
    desk.index.add([make_labelled("说不好", negative=0.3, neutral=0.45, positive=0.25, unsure=True)])

    assert "拿不准 45%" in open_console(desk).get("/search", params={"q": "说不好"}).text


def test_a_corrected_label_is_shown_in_words_beside_what_the_model_had_read(desk, open_console, make_labelled, now):
    post = make_labelled("说不好", negative=0.3, neutral=0.45, positive=0.25, unsure=True)
    desk.index.add([post])
    desk.index.correct(post.post.id, [Change("sentiment", ("positive",)), Change("project", ("park",))], now)

    html = open_console(desk).get("/search", params={"q": "说不好 更正:情感"}).text

    assert 'class="sentiment positive"' in html
    assert "<small>人工更正</small>" in html
    assert "情感（模型：拿不准）、项目（模型：滨河路综合改造工程）" in html
    assert '<a href="/project/park">' in html
    assert "45%" not in re.sub("<svg.*?</svg>", "", html)


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


def test_unsure_readings_and_intents_are_options_of_their_own(desk, open_console, make_labelled):
    desk.index.add([make_labelled("说不好", intent="question", unsure=True), make_labelled("请修", intent="request")])
    client = open_console(desk)
    html = client.get("/search").text

    for option in ("拿不准", "咨询提问"):
        (address,) = links_to(html, option)
        found = client.get(address).text
        assert "共 1 条" in found
        assert "说不好" in found


def test_a_word_of_letters_is_marked_only_where_it_stands_alone(desk, open_console, make_labelled):
    desk.index.add([make_labelled("坐 bus 去 business 楼")])

    assert MARK.findall(open_console(desk).get("/search?q=bus").text) == ["bus"]


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

    assert re.findall("<script[^>]*>", html) == ['<script src="/static/brush.js" defer>']
    assert "<img" not in html
    assert "javascript:" not in html
    assert '"><b>' not in html
    assert "&lt;script&gt;alert(" in html


def test_the_searched_words_come_back_escaped(client):
    html = client.get("/search", params={"q": "'><script>x</script>"}).text

    assert "<script>" not in html
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
        ("/search?sentiment=furious", "可用：negative、neutral、positive、unsure"),
        ("/search?nonsense=1", "不认识的条件"),
        ("/search?after=notacursor", "请从第一页重新检索"),
        ("/search?q=" + "长" * 600, "最多 500 字"),
        ("/search?q=夜里)", "第 3 个字“)”多余"),
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


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("打桩 OR 積水", 2),
        ("施工 -打桩", 1),
        ("项目:滨河路改造", 5),
        ("项目：人民公园提升改造 情感:正面", 1),
        ("类型:官方", 1),
        ("部门:市住房和城乡建设局 -项目:road", 1),
        ("日期:2026-03-10", 6),
        ("日期:昨天", 0),
        ("(打桩|积水) 来源:市民留言板", 1),
        ('"夜里十一点 打桩"', 0),
    ],
)
def test_the_box_takes_the_query_language(client, typed, number):
    assert f"共 {number} 条" in client.get("/search", params={"q": typed}).text


def test_facets_are_counted_within_what_was_typed(client):
    html = client.get("/search", params={"q": "打桩 OR 积水"}).text

    assert re.search(r"<span>市民留言板</span><small>1</small>", html)
    assert "临江市人民政府网</span>" not in html


def test_only_what_was_looked_for_is_marked_and_not_what_was_excluded(client):
    html = client.get("/search", params={"q": "夜里 OR 积水 -步道 项目:滨河路改造"}).text

    assert set(MARK.findall(html)) == {"夜里", "積水"}


def test_how_a_query_was_read_is_shown_where_it_is_not_what_was_typed(client):
    assert "读作：<code>夜里 (打桩 OR 积水)</code>" in client.get("/search", params={"q": "夜里 打桩|积水"}).text
    assert "读作" not in client.get("/search", params={"q": "夜里 打桩"}).text


def test_where_nothing_holds_all_words_a_link_leads_to_what_holds_them_roughly(client):
    html = client.get("/search", params={"q": "夜里打桩 积水 类型:公众", "sentiment": "negative"}).text

    assert "共 0 条" in html
    (address,) = links_to(html.replace("<code>", "").replace("</code>", ""), "~&#34;夜里打桩 积水&#34; 类型:公众")
    assert "sentiment=negative" in address
    assert "order=best" in address
    found = client.get(address).text
    assert "没有一条" not in found
    assert "夜里" in MARK.findall(found)[0]


def test_where_no_word_is_asked_for_no_such_link_is_offered(client):
    assert "大致含有的" not in client.get("/search", params={"q": "日期:1999"}).text


def test_regions_are_counted_and_choosing_one_writes_it_into_the_query(client):
    html = client.get("/search", params={"q": "类型:公众"}).text
    (address,) = links_to(html, "临江市城中区")

    narrowed = client.get(address).text

    assert 'value="类型:公众 地区:临江市城中区"' in narrowed
    (total,) = re.findall(r"共 (\d+) 条", narrowed)
    assert f"<span>临江市城中区</span><small>{total}</small>" in html
    assert "地区：临江市城中区 ×" in narrowed
    (back,) = links_to(narrowed, "地区：临江市城中区 ×")
    assert 'value="类型:公众"' in client.get(back).text


def test_one_department_alone_is_no_choice(client):
    assert "<h3>部门</h3>" not in client.get("/search").text


def test_a_wrong_place_is_marked_below_the_box_and_all_else_stays(client):
    answer = client.get("/search", params={"q": '夜里 "<b>" 项目:滨江', "sentiment": "negative", "since": "2026-03-01"})

    assert answer.status_code == 400
    assert "<code>夜里 &#34;&lt;b&gt;&#34; 项目:<mark>滨江</mark></code>" in answer.text
    assert "不是登记或约定的项目。可用：滨河路综合改造工程、人民公园提升改造" in answer.text
    assert 'aria-invalid="true" aria-describedby="wrong"' in answer.text
    assert '<input type="hidden" name="sentiment" value="negative">' in answer.text
    assert 'name="since" value="2026-03-01"' in answer.text


def test_a_wrong_query_is_a_wrong_query_on_an_empty_desk_too(empty_desk, open_console):
    answer = open_console(empty_desk).get("/search", params={"q": "项目:滨河路"})

    assert answer.status_code == 400
    assert "登记册里还没有项目" in answer.text


@pytest.mark.parametrize("example", [example for row in EXAMPLES for example in row[:2]])
def test_every_example_of_the_help_is_a_search(client, example):
    html = unescape(client.get("/search").text.replace("<code>", "").replace("</code>", ""))

    (address,) = links_to(html, example)
    assert client.get(address).status_code == 200
