"""What an index promises of its part for some projects: the same in every engine."""

from datetime import UTC, datetime

import pytest

from indexer.base import Query
from indexer.conditions import Among, Any, Not
from indexer.scoped import ScopedIndex
from minsheng.correcting import Change
from minsheng.domain import Kind
from minsheng.errors import NotComparable

AT = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.fixture
def scoped(index, make_labelled):
    """The part of one department, which has the road, of an index in which another one has the park."""
    index.add(
        [
            make_labelled("路修得好", id="road", vector=(10, 1)),
            make_labelled("公园修得好", id="park", projects=("park",), vector=(10, 2)),
            make_labelled("路和公园都修得好", id="both", projects=("park", "road"), vector=(10, 3)),
            make_labelled("什么都没修", id="none", projects=(), vector=(10, 4)),
            make_labelled("已转办", id="reply", kind=Kind.OFFICIAL, projects=(), reply_to="road"),
            make_labelled("已转办", id="reply-park", kind=Kind.OFFICIAL, projects=(), reply_to="park"),
        ]
    )
    return ScopedIndex(index, ["road"])


def ids(page):
    return {hit.labelled.post.id for hit in page.hits}


def test_only_posts_of_the_projects_are_found_counted_and_streamed(scoped):
    assert ids(scoped.search(Query("修得好"))) == {"road", "both"}
    assert scoped.search(Query()).total == scoped.count(Query()) == 2
    assert {each.post.id for each in scoped.stream(Query())} == {"road", "both"}
    assert sum(scoped.histogram(Query(), "month").values()) == 2
    assert scoped.facet(Query(), "source") == {"forum": 2}
    assert [scoped.get(id_) is not None for id_ in ("road", "both", "park", "none", "reply")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_no_filter_leads_to_posts_of_other_projects(scoped):
    for query in (
        Query(projects=("park",)),
        Query(projects=("park", "road")),
        Query(linked=("park",)),
        Query(threads=("http://forum.example/t/2",)),
        Query(clusters=("park",)),
        Query(reply_to=("park",)),
        Query(where=Any((Among("project", ("park",)), Not(Among("project", ("road",)))))),
    ):
        assert ids(scoped.search(query)) <= {"road", "both"}
    assert scoped.count(Query(projects=("park",))) == 0
    assert scoped.count(Query(reply_to=("park",))) == 0
    assert scoped.count(Query(where=Among("project", ("park",)))) == 0
    assert scoped.count(Query(where=Not(Among("linked", ("park",))))) == 2


def test_replies_to_posts_of_the_projects_are_found_though_they_name_none(scoped):
    assert ids(scoped.search(Query(reply_to=("road", "park")))) == {"reply"}


def test_of_a_post_of_several_projects_the_others_are_not_told(scoped):
    assert scoped.get("both").label.projects == ("road",)
    assert scoped.facet(Query(), "project") == {"road": 2}


def test_what_is_corrected_away_is_gone_and_what_is_corrected_here_is_there(scoped, index):
    index.correct("both", [Change("project", ("park",))], AT)
    index.correct("none", [Change("project", ("road",))], AT)

    assert ids(scoped.search(Query())) == {"road", "none"}
    assert scoped.get("both") is None
    assert scoped.get("none").label.projects == ("road",)


def test_a_correction_reaches_only_posts_of_the_projects_and_keeps_the_other_projects(scoped, index):
    assert scoped.correct("park", [Change("sentiment", ("positive",))], AT) is None
    assert index.get("park").corrections == ()

    done = scoped.correct("both", [Change("project", ()), Change("topic", ("health",))], AT)

    assert index.get("both").label.projects == ("park",)
    assert done.label.topic == "health"
    assert "park" not in repr(done)


def test_similar_posts_are_of_the_projects_and_so_is_what_they_are_compared_with(scoped):
    found = scoped.similar(Query(), "road", -1)

    assert [each.hit.labelled.post.id for each in found.neighbours] == ["both"]
    assert found.neighbours[0].hit.labelled.label.projects == ("road",)
    with pytest.raises(NotComparable):
        scoped.similar(Query(), "park")


@pytest.mark.usefixtures("scoped")
def test_without_projects_nothing_is_there(index):
    nobody = ScopedIndex(index, [])

    assert nobody.search(Query()).hits == ()
    assert nobody.count(Query("修")) == 0
    assert nobody.facet(Query(), "project") == {}
    assert nobody.get("none") is None


def test_the_part_cannot_be_written_or_closed(scoped, make_labelled):
    for call in (
        lambda: scoped.add([make_labelled()]),
        lambda: scoped.delete(["road"]),
        lambda: scoped.relabel([]),
        scoped.close,
    ):
        with pytest.raises(TypeError, match="only the whole one"):
            call()
    assert scoped.count(Query()) == 2
