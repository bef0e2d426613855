from datetime import timedelta

import pytest

from alerts.proposals import Surroundings, drafts_of
from minsheng.domain import ClaimBound, ClaimKind, ClaimStatus, Department, Kind, Project, Source

OFFICE = Department("jtj", "市交通局", ())
PROJECTS = {
    name: Project(name, title, (), "示例市", OFFICE)
    for name, title in {"road": "新华路改造", "park": "人民公园"}.items()
}
SOURCES = {"gov": Source("gov", "示例市人民政府网", Kind.OFFICIAL, "http://gov.example/")}


def named(text):
    places = {id_: text.find(project.name) for id_, project in PROJECTS.items()}
    return tuple(sorted((id_ for id_, place in places.items() if place >= 0), key=lambda id_: places[id_]))


AROUND = Surroundings(PROJECTS, SOURCES, named)


@pytest.fixture
def official(make_labelled):
    def make(text, **fields):
        return make_labelled(text, **({"source": "gov", "kind": Kind.OFFICIAL} | fields))

    return make


def test_a_claim_keeps_its_page_its_day_its_office_and_the_words_around_it(official, now):
    post = official(
        "新华路改造日前通过竣工验收。居民满意率达95%以上。下一步继续养护。", published_at=now - timedelta(days=2)
    )

    done, content = drafts_of(post, AROUND)

    claim = content.claim
    assert (done.claim.kind, claim.kind, claim.status) == (
        ClaimKind.COMPLETION,
        ClaimKind.SATISFACTION,
        ClaimStatus.LEVEL,
    )
    assert (claim.value, claim.bound, claim.subject) == (0.95, ClaimBound.OVER, "居民")
    assert (claim.publisher, claim.source_url, claim.published_at) == (
        "示例市人民政府网",
        post.post.url,
        now - timedelta(days=2),
    )
    assert content.sentence == claim.text == "居民满意率达95%以上。"
    assert content.context.startswith("新华路改造日前")
    assert content.context.endswith("继续养护。")


def test_a_sentence_is_of_the_project_it_names_else_of_the_last_one_named(official):
    post = official("新华路改造已完工。人民公园居民满意率达95%。绿化覆盖率达到60%。", projects=("road", "park"))

    assert [draft.claim.project for draft in drafts_of(post, AROUND)] == ["road", "park", "park"]


def test_comments_and_posts_of_no_registered_project_claim_nothing(official, make_labelled):
    assert drafts_of(make_labelled("新华路改造居民满意率达95%。", source="forum"), AROUND) == []
    assert drafts_of(official("居民满意率达95%。", projects=()), AROUND) == []
    assert drafts_of(official("居民满意率达95%。", projects=("gone",)), AROUND) == []


def test_what_title_and_text_both_say_is_drafted_once(official):
    post = official("据调查，居民满意率达95%。", title="新华路改造交出答卷，居民满意率达95%")

    assert [draft.sentence for draft in drafts_of(post, AROUND)] == ["据调查，居民满意率达95%。"]


def test_more_than_all_is_at_least_all(official):
    (draft,) = drafts_of(official("年度投资完成率达105%。"), AROUND)

    assert (draft.claim.value, draft.claim.bound) == (1.0, ClaimBound.OVER)


def test_the_office_of_the_project_stands_for_a_source_that_is_not_known(official):
    (draft,) = drafts_of(official("居民满意率达95%。", source="elsewhere"), AROUND)

    assert draft.claim.publisher == "市交通局"
