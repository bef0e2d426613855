import re
from html import unescape

import pytest

from minsheng.domain import Vector

TEXTS = {
    "asked": ("路灯坏了三天没人修", (100, 0)),
    "same": ("路灯已经三天不亮，没有人来", (100, 20)),
    "near": ("路灯不亮，催了几次", (100, 100)),
    "far": ("公园步道很好", (0, 100)),
}


@pytest.fixture
def page(desk, open_console, make_labelled):
    """Ask for the page of posts similar to one of a few with known vectors."""
    projects = {"near": ("park",)}
    desk.index.add(
        make_labelled(text, id=name, vector=vector, projects=projects.get(name, ("road",)))
        for name, (text, vector) in TEXTS.items()
    )
    client = open_console(desk)
    return lambda address: client.get(f"/similar?{address}")


def shown(answer):
    """Return the texts of the posts below the heading."""
    below = answer.text.partition('id="count"')[2]
    return [text for text, _ in TEXTS.values() if text in below]


def test_similar_posts_stand_below_the_one_asked_for_with_number_and_words(page):
    answer = page("post=asked")

    assert answer.status_code == 200
    assert TEXTS["asked"][0] in answer.text.partition('id="count"')[0]
    assert shown(answer) == [TEXTS["same"][0], TEXTS["near"][0]]
    assert re.findall(r'class="near">(\S+) <small>(相近度 [\d.]+)', answer.text) == [
        ("几乎一样", "相近度 0.98"),
        ("意思相近", "相近度 0.71"),
    ]
    assert "不涉及、也不推断由谁所写" in answer.text


def test_posts_without_a_vector_are_said_to_be_left_out(page):
    assert "另有 6 条没有可比的意思向量" in page("post=asked").text


def test_the_address_narrows_the_search(page):
    assert shown(page("post=asked&project=road")) == [TEXTS["same"][0]]
    assert shown(page("post=asked&q=催了")) == [TEXTS["near"][0]]
    assert shown(page("post=asked&since=2027-01-01")) == []


def test_a_scope_is_an_address_that_sets_it_and_takes_it_away(page):
    def scope(html):
        (address,) = re.findall(r'<a href="/similar\?([^"]*)"[^>]*>只在“滨河路综合改造工程”里', html)
        return unescape(address)

    narrowed = scope(page("post=asked").text)
    assert narrowed == "post=asked&project=road"
    assert scope(page(narrowed).text) == "post=asked"


def test_nothing_similar_says_why_and_what_to_do(page):
    html = page("post=far&project=road").text

    assert "没有相近度达到 0.50 的内容" in html
    assert "去掉项目或类别的限制" in html


def test_a_post_that_cannot_be_compared_says_so(page, desk, make_labelled):
    desk.index.add([make_labelled(id="old")])

    html = page("post=old").text

    assert "还不能与别的内容比较" in html
    assert "minsheng relabel" in html


def test_a_post_that_is_gone_is_not_found(page):
    answer = page("post=gone")

    assert answer.status_code == 404
    assert "索引里没有这条内容" in answer.text


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "条件“post”须写一次，现在写了 0 次"),
        ("post=a&post=b", "现在写了 2 次"),
        ("post=asked&color=red", "不认识的条件“color”"),
        ("post=asked&since=heute", "看不懂"),
        ("post=asked&q=(", ""),
    ],
)
def test_a_wrong_address_is_refused_with_what_is_wrong(page, address, why):
    answer = page(address)

    assert answer.status_code == 400
    assert why in answer.text


def test_each_hit_leads_to_what_is_similar_to_it(client, comments):
    first = comments[0].post.id
    link = f'href="/similar?post={first.replace(":", "%3A")}'

    assert f'{link}">相近说法</a>' in client.get("/search").text
    assert f'{link}&amp;project=road">相近说法</a>' in client.get("/project/road").text


@pytest.fixture
def grouped(desk, open_console, make_labelled):
    """Search for comments about a tree, of which three say the same."""
    vectors = {"first": (100, 0), "second": (100, 30), "third": (100, -30), "other": (0, 100)}
    desk.index.add(make_labelled(f"大树{name}", id=name, vector=vector) for name, vector in vectors.items())
    client = open_console(desk)
    return lambda address: client.get(f"/search?q=大树&{address}").text


def summaries(html):
    return re.findall(r"<summary>(意思相近的评论 ×\d+)</summary>", html)


def test_comments_that_say_the_same_are_grouped_where_asked_for(grouped):
    assert summaries(grouped("")) == []

    html = grouped("alike=1")

    assert summaries(html) == ["意思相近的评论 ×3"]
    assert "本页 4 条按意思归为 2 组" in html
    assert all(f"大树</mark>{name}" in html for name in ("first", "second", "third", "other"))


def test_grouping_changes_no_count(grouped):
    def numbers(html):
        return re.findall(r"共 \d+ 条", html), re.findall(r"<small>(\d+)</small></a></li>", html)

    assert numbers(grouped("alike=1")) == numbers(grouped(""))


def test_the_opposite_attitude_is_never_in_the_group(desk, open_console, make_labelled):
    desk.index.add([
        make_labelled("大树该砍", id="a", vector=(100, 0), negative=0.9, positive=0.05),
        make_labelled("大树不该砍", id="b", vector=(100, 1), negative=0.05, positive=0.9),
        make_labelled("大树砍不砍", id="c", vector=(100, 2), negative=0.4, positive=0.3, neutral=0.3, unsure=True),
    ])  # fmt: skip

    html = open_console(desk).get("/search?q=大树&alike=1").text

    assert summaries(html) == ["意思相近的评论 ×2"]
    assert "归为 2 组" in html


def test_other_models_and_posts_without_a_vector_stand_alone(desk, open_console, make_labelled):
    desk.index.add([
        make_labelled("大树一", vector=(100, 0)),
        make_labelled("大树二", vector=Vector("other", bytes([100, 0]))),
        make_labelled("大树三"),
        make_labelled("大树四"),
    ])  # fmt: skip

    assert "归为 4 组" in open_console(desk).get("/search?q=大树&alike=1").text


def test_a_group_is_about_one_project(desk, open_console, make_labelled):
    desk.index.add([
        make_labelled("大树一", vector=(100, 0), projects=("road",)),
        make_labelled("大树二", vector=(100, 0), projects=("park",)),
        make_labelled("大树三", vector=(100, 0), projects=("park", "road")),
        make_labelled("大树四", vector=(100, 0), projects=()),
        make_labelled("大树五", vector=(100, 0), projects=()),
    ])  # fmt: skip

    html = open_console(desk).get("/search?q=大树&alike=1&order=newest").text

    assert summaries(html) == ["意思相近的评论 ×2", "意思相近的评论 ×2"]


def test_a_wrong_switch_is_refused(client):
    assert "alike 只能是 1（归并意思相近的）或 0（不归并）" in client.get("/search?alike=2").text
