from datetime import timedelta

import pytest

from alerts.rules.silence import Silence
from minsheng.crawls import CrawlReport
from minsheng.domain import Verdict


@pytest.fixture
def crawled(now):
    def make(source, outcome, days=1):
        moment = now - timedelta(days=days)
        return CrawlReport(source, moment, moment, outcome, 0, 1)

    return make


def test_a_steady_project_without_a_comment_for_a_week_fires(world, make_seen, crawled):
    seen = make_seen(world.posts(60, since=35, until=7, sources=("forum",)), crawls={"forum": [crawled("forum", "ok")]})

    (found,) = Silence().check(seen)

    assert found.fired
    assert found.key == "silence|road|"
    assert "近 7 天没有一条评论，此前 4 周平均每周 15.0 条" in found.why
    assert "采集正常" in found.why


@pytest.mark.parametrize(
    ("outcome", "words"), [("failed", "采集失败"), ("changed", "页面结构变了"), ("refused", "网站拒绝采集")]
)
def test_where_crawls_failed_the_source_is_in_trouble_not_the_public_silent(world, make_seen, crawled, outcome, words):
    reports = [crawled("forum", outcome), crawled("forum", "ok", days=3)]
    seen = make_seen(world.posts(60, since=35, until=7, sources=("forum",)), crawls={"forum": reports})

    (found,) = Silence().check(seen)

    assert found.fired
    assert words in found.why
    assert "更可能是没有采集到" in found.why
    assert "“市民论坛”" in found.why


def test_a_source_that_was_not_crawled_is_in_trouble_too(world, make_seen, crawled):
    seen = make_seen(
        world.posts(60, since=35, until=7, sources=("forum",)), crawls={"forum": [crawled("forum", "ok", days=9)]}
    )

    assert "近 7 天没有采集记录" in Silence().check(seen)[0].why


def test_one_comment_is_not_silence(world, make_seen):
    posts = [*world.posts(60, since=35, until=7, sources=("forum",)), *world.posts(1, since=2, sources=("forum",))]

    (found,) = Silence().check(make_seen(posts))

    assert (found.fired, found.verdict) == (False, Verdict.COMPATIBLE)
    assert "近 7 天有 1 条" in found.why


def test_a_flow_that_was_never_steady_cannot_fall_silent(world, make_seen):
    gap = [
        *world.posts(40, since=35, until=28, sources=("forum",)),
        *world.posts(40, since=21, until=7, sources=("forum",)),
    ]
    thin = world.posts(28, since=35, until=7, sources=("forum",))

    for posts in (gap, thin, []):
        (found,) = Silence().check(make_seen(posts))
        assert (found.fired, found.verdict) == (False, Verdict.NOT_ASSESSABLE)
        assert "样本不足" in found.why


def test_a_silent_source_fires_while_the_project_goes_on(world, make_seen):
    posts = [
        *world.posts(60, since=35, until=7, sources=("board",)),
        *world.posts(60, since=35, until=0, sources=("forum",)),
    ]

    project, board, forum = Silence().check(make_seen(posts))

    assert (project.fired, board.fired, forum.fired) == (False, True, False)
    assert board.key == "silence|road|board"
    assert "来源“留言板”上该项目" in board.why


def test_a_silent_project_is_one_alert_not_one_per_source(world, make_seen):
    project, *sources = Silence().check(make_seen(world.posts(120, since=35, until=7)))

    assert project.fired
    assert len(sources) == 2
    assert not any(finding.fired for finding in sources)
    assert all("合并在项目一项" in finding.why for finding in sources)


def test_a_quiet_week_that_chance_explains_is_a_tension(world, make_seen):
    (found,) = Silence(min_weekly=3).check(make_seen(world.posts(14, since=35, until=7, sources=("forum",))))

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert "还不足以提示" in found.why


def test_a_source_outside_the_register_goes_by_its_name(world, make_seen):
    posts = [*world.posts(60, since=35, until=7, sources=("blog",)), *world.posts(60, since=35, sources=("forum",))]

    findings = Silence().check(make_seen(posts))

    assert "来源“blog”上" in findings[1].why
