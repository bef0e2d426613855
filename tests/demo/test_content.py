"""What the city says: enough of it, in enough voices, and each kind of project that the product is about."""

from collections import Counter
from itertools import chain

import pytest

from demo.content import BOARD, ProjectContent, load_content
from minsheng.domain import FORM_ASPECTS
from minsheng.errors import ConfigError
from minsheng.text import han_key


def comments_of(page: ProjectContent, source: str | None = None):
    return [one for thread in page.threads if source in {None, thread.source} for one in thread.comments]


@pytest.fixture
def by_project(pages) -> dict[str | None, ProjectContent]:
    return {page.project: page for page in pages}


@pytest.fixture
def everything(pages):
    return list(chain.from_iterable(comments_of(page) for page in pages))


def test_there_are_at_least_650_distinct_comments(everything):
    assert len({comment.text for comment in everything}) >= 650


def test_no_comment_repeats_another_except_as_a_declared_copy(everything):
    counts = Counter(han_key(comment.text) or comment.text for comment in everything)

    assert [text for text, count in counts.items() if count > 1] == []


def test_titles_are_distinct_within_a_source_for_page_numbers_come_from_them(pages):
    titles = Counter((thread.source, thread.title) for page in pages for thread in page.threads)

    assert max(titles.values()) == 1


def test_lengths_and_registers_vary_as_in_life(everything):
    lengths = sorted(len(comment.text) for comment in everything)

    assert lengths[0] <= 8
    assert lengths[-1] >= 120
    assert lengths[len(lengths) // 10] * 3 < lengths[-len(lengths) // 10]


@pytest.mark.parametrize("word", ["啷个|莫得|巴适|嗦|哪个", "冇得|咯|搞么子", "唔该|咩|顶不顺", "恼火"])
def test_dialects_are_heard(everything, word):
    assert any(part in comment.text for comment in everything for part in word.split("|"))


@pytest.mark.parametrize("sign", ["😂", "👍", "？", "！！", "😭", "+1", "……"])
def test_signs_of_the_net_are_there(everything, sign):
    assert any(sign in comment.text for comment in everything)


def test_each_label_is_meant_often(everything):
    counts = Counter(comment.label for comment in everything)

    assert min(counts.values()) >= 120


def test_every_reply_is_given_by_today(pages):
    late = [
        comment.text
        for page in pages
        for comment in comments_of(page)
        if comment.reply and comment.reply.after_days > comment.day
    ]

    assert late == []


def test_every_thread_names_its_project_in_title_or_comments(pages, deployment):
    from minsheng.register import load_register

    projects = load_register(deployment / "projects").projects
    for page in pages:
        if page.project is None:
            continue
        project = projects[page.project]
        names = [project.name, *project.aliases]
        for thread in page.threads:
            assert any(name in thread.title for name in names), thread.title
        for release in page.releases:
            assert any(name in part for name in names for part in (release.title, *release.paragraphs)), release.title


def test_a_claim_is_contradicted_by_many_after_it_in_many_threads_and_sources(by_project):
    after = [
        (thread, comment)
        for thread in by_project["mianfang-estate"].threads
        for comment in thread.comments
        if comment.day < 80
    ]
    labels = Counter(comment.label for _, comment in after)

    assert len(after) >= 90
    assert 0.6 <= labels["neg"] / len(after) <= 0.75
    assert labels["pos"] / len(after) >= 0.1
    assert labels["neu"] / len(after) >= 0.15
    assert len({thread.title for thread, _ in after}) >= 25
    assert len({thread.source for thread, _ in after}) >= 3


def test_a_claim_is_supported(by_project):
    after = [comment for comment in comments_of(by_project["cuiping-park"]) if comment.day < 90]
    labels = Counter(comment.label for comment in after)

    assert len(after) >= 60
    assert labels["pos"] / (labels["pos"] + labels["neg"]) >= 0.8


def test_what_is_called_resolved_goes_on(by_project):
    about = [comment for comment in comments_of(by_project["yuxi-river"]) if comment.aspect == "environment"]
    before = [comment for comment in about if 60.99 < comment.day <= 121.98]
    after = [comment for comment in about if comment.day < 60]

    assert len(before) >= 45
    assert len(after) >= len(before)
    assert not [comment for comment in about if 60 <= comment.day <= 60.99]
    assert all(sum(one.label == "neg" for one in side) / len(side) > 0.75 for side in (before, after))


def test_looks_are_praised_and_use_is_not(by_project):
    said = comments_of(by_project["yingyue-bridge"])
    looks = [comment.label for comment in said if comment.aspect in FORM_ASPECTS]
    use = [comment.label for comment in said if comment.aspect not in FORM_ASPECTS | {"other"}]

    assert looks.count("pos") >= 20
    assert looks.count("neg") == 0
    assert use.count("neg") >= 30
    assert use.count("pos") == 0
    assert len(by_project["yingyue-bridge"].releases) >= 3


def test_offices_and_public_speak_of_different_things(by_project):
    page = by_project["yunling-newtown"]
    said = Counter(comment.aspect for comment in comments_of(page))

    assert len(page.releases) >= 12
    assert sum(len(release.paragraphs) for release in page.releases) >= 30
    assert said.total() >= 60
    assert said["traffic"] + said["health"] + said["education"] >= 0.85 * said.total()


def test_most_messages_about_the_school_wait_for_more_than_three_weeks(by_project):
    messages = comments_of(by_project["dongpu-school"], BOARD)
    waiting = [message for message in messages if message.reply is None and message.day > 21]

    assert len(waiting) >= 30
    assert 1 <= sum(message.reply is not None for message in messages) <= 6
    assert sum(message.label == "neu" for message in waiting) >= 25


def test_one_project_has_too_few_comments(by_project):
    assert len(comments_of(by_project["shiqiao-library"])) == 6


def test_one_project_surges_in_the_last_week(by_project):
    said = [comment.day for comment in comments_of(by_project["wenchang-road"])]
    last_week = sum(day < 7 for day in said)
    usual = sum(7 <= day < 35 for day in said) / 4

    assert last_week >= 25
    assert last_week >= 5 * usual


def test_copies_are_pasted_for_complaint_and_for_praise(everything):
    bursts = {comment.label: comment for comment in everything if comment.copies}

    assert set(bursts) == {"neg", "pos"}
    assert all(comment.copies.number >= 20 for comment in bursts.values())


def test_a_wrong_label_is_refused_with_file_and_key(tmp_path):
    (tmp_path / "x.yml").write_text(
        "threads:\n- {source: jianglin_news, title: 甲, comments: [{day: 1, label: bad, aspect: cost, text: 乙}]}\n"
    )

    with pytest.raises(ConfigError, match=r"x\.yml.*threads\.0\.comments\.0\.label"):
        load_content(tmp_path)


def test_an_unknown_aspect_is_refused(tmp_path):
    (tmp_path / "x.yml").write_text(
        "threads:\n- {source: jianglin_news, title: 甲, comments: [{day: 1, label: neg, aspect: mood, text: 乙}]}\n"
    )

    with pytest.raises(ConfigError, match="no such aspect"):
        load_content(tmp_path)


def test_broken_yaml_is_refused(tmp_path):
    (tmp_path / "x.yml").write_text("threads: [")

    with pytest.raises(ConfigError, match="not valid YAML"):
        load_content(tmp_path)


def test_what_tells_who_wrote_is_no_key_of_the_content(tmp_path):
    (tmp_path / "x.yml").write_text(
        "threads:\n- {source: jianglin_news, title: 甲, comments: "
        "[{day: 1, label: neg, aspect: cost, text: 乙, wrote: 某某}]}\n"
    )

    with pytest.raises(ConfigError, match="unknown key 'wrote'"):
        load_content(tmp_path)
