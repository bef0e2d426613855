import pytest

from minsheng.domain import Department, Project
from models.linker import ProjectLinker

WORKS = Department("works", "城建局", ())


def project(identifier, name, *aliases):
    return Project(identifier, name, aliases, "东区", WORKS)


@pytest.fixture
def linker():
    return ProjectLinker(
        [
            project("park", "滨河公园", "河边公园"),
            project("park-lights", "滨河公园亮化工程", "亮化工程"),
            project("line-3", "地铁三号线", "3号线", "三号线", "Metro 3"),
            project("brt", "快速公交", "BRT"),
            project("square-east", "东广场改造", "广场改造"),
            project("square-west", "西广场改造", "广场改造"),
        ]
    )


def test_a_name_and_an_alias_link_to_the_project(linker):
    assert linker.named("滨河公园真漂亮") == ("park",)
    assert linker.named("河边公园人太多") == ("park",)


def test_the_longest_name_wins(linker):
    assert linker.named("滨河公园亮化工程太刺眼") == ("park-lights",)


def test_the_short_name_still_links_where_it_stands_alone(linker):
    assert linker.named("滨河公园亮化工程太刺眼,滨河公园没人打扫") == ("park-lights", "park")


def test_a_character_belongs_to_one_name_only():
    overlapping = ProjectLinker([project("lake", "东湖公园"), project("road", "公园路")])

    assert overlapping.named("东湖公园路口堵车") == ("lake",)
    assert overlapping.named("公园路口堵车") == ("road",)


def test_an_alias_of_two_projects_links_to_both(linker):
    assert linker.named("广场改造什么时候完") == ("square-east", "square-west")
    assert linker.named("东广场改造什么时候完") == ("square-east",)


@pytest.mark.parametrize("text", ["濱河公園真漂亮", "滨河公园", "滨\u200b河公园"])
def test_traditional_and_disguised_writing_links_too(linker, text):
    assert linker.named(text) == ("park",)


@pytest.mark.parametrize("text", ["ＢＲＴ太慢", "坐brt上班", "BRT"])
def test_latin_names_match_in_any_width_and_case(linker, text):
    assert linker.named(text) == ("brt",)


@pytest.mark.parametrize("text", ["abrt", "brtx", "brt2", "13号线", "十三号线", "metro 31"])
def test_a_name_inside_a_longer_word_or_number_is_not_the_name(linker, text):
    assert linker.named(text) == ()


def test_numbers_match_whole(linker):
    assert linker.named("坐3号线和三号线") == ("line-3",)
    assert linker.named("换乘 Metro 3 很久") == ("line-3",)


def test_a_comment_links_by_the_title_of_its_thread(linker, make_post):
    assert linker.link(make_post("终于修好了", title="滨河公园今日开放")) == ("park",)


def test_a_name_does_not_arise_across_title_and_text(linker, make_post):
    assert linker.link(make_post("公园很好", title="我家住滨河")) == ()


def test_the_project_of_the_source_comes_first_and_stands_once(linker, make_post):
    post = make_post("BRT 到滨河公园", title="广场改造", project="park")

    assert linker.link(post) == ("park", "square-east", "square-west", "brt")


def test_without_projects_only_the_bound_one_is_linked(make_post):
    empty = ProjectLinker([])

    assert empty.link(make_post("滨河公园")) == ()
    assert empty.link(make_post("滨河公园", project="park")) == ("park",)


def test_an_empty_alias_matches_nothing():
    assert ProjectLinker([project("park", "滨河公园", "", " ")]).named("随便说说") == ()


def test_a_text_that_repeats_a_name_ten_thousand_times_is_linked_at_once(linker):
    assert linker.named("滨河公园亮化工程和亮化工程" * 10_000) == ("park-lights",)
