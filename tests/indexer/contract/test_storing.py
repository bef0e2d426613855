"""What PostIndex promises of adding, reading back and deleting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from indexer.base import Query, Share
from minsheng.domain import Kind, Opinion, Sentiment

HOUR = timedelta(hours=1)


def ids(page):
    return [hit.labelled.post.id for hit in page.hits]


def test_an_empty_index_answers_with_nothing(index):
    assert index.search(Query("路")).hits == ()
    assert index.count(Query()) == 0
    assert index.facet(Query(), "project") == {}
    assert index.histogram(Query(), "day") == {}
    assert list(index.stream(Query())) == []
    assert index.get("forum:1") is None
    assert index.delete(["forum:1"]) == 0
    assert index.add([]) == 0


def test_what_goes_in_comes_out_the_same(index, make_labelled, now):
    full = make_labelled(
        "  Ａ路灯\t坏了😡\r\n\x00“三天”，'没人修 ",
        negative=0.1 + 0.2,
        neutral=1 / 3,
        positive=1e-17,
        projects=("road", "park", "road"),
        cluster="forum:0",
        model="shipped-1",
        title="《文昌路》改造",
        published_at=datetime(2026, 3, 9, 23, 59, 59, 999999, tzinfo=UTC),
        collected_at=now + timedelta(microseconds=1),
        shown_at="3天前",
        reply_to="forum:0",
        project="road",
        place=3,
        likes=0,
        kind=Kind.OFFICIAL,
    )
    old = make_labelled("很久以前", published_at=datetime(1949, 10, 1, 7, 0, 0, 1, tzinfo=UTC), projects=())

    index.add([full, old])

    assert index.get(full.post.id) == full
    assert index.get(old.post.id) == old
    assert list(index.stream(Query(order="oldest"))) == [old, full]
    assert isinstance(index.get(full.post.id).post.kind, Kind)


def test_a_broken_emoji_survives(index, make_labelled):
    broken = make_labelled("半个表情\ud83d，路灯坏了", title="\ude00")

    index.add([broken])

    assert index.get(broken.post.id) == broken
    assert index.count(Query("表情,路灯")) == 1


def test_adding_twice_counts_once_and_the_later_post_replaces_the_earlier(index, make_labelled, now):
    first = make_labelled("路灯坏了", id="a", collected_at=now, projects=("road",))
    later = make_labelled(
        "路灯修好了", id="a", collected_at=now + HOUR, projects=("park",), positive=0.99, negative=0.01
    )

    assert index.add([first]) == 1
    assert index.add([later, make_labelled(id="b")]) == 1

    assert index.get("a") == replace(later, post=replace(later.post, collected_at=now))
    assert index.count(Query("坏了")) == 1
    assert ids(index.search(Query("修好"))) == ["a"]
    assert index.facet(Query(), "project") == {"park": 1, "road": 1}
    assert index.count(Query(sentiments=(Sentiment.POSITIVE,))) == 1


def test_the_same_post_twice_in_one_call_is_one_post(index, make_labelled, now):
    posts = [make_labelled(text, id="a", collected_at=now + HOUR * n) for n, text in enumerate(["一", "二", "三"])]

    assert index.add(iter(posts)) == 1
    assert index.add(posts) == 0

    assert index.get("a").post.text == "三"
    assert index.get("a").post.collected_at == now
    assert index.count(Query("一")) == 0


def test_a_new_reading_of_the_same_text_is_kept(index, make_labelled):
    post = make_labelled("路灯坏了", id="a")
    index.add([post])

    index.add([replace(post, reading=replace(post.reading, opinion=Opinion(0.0, 0.0, 1.0), model="newer"))])

    assert index.get("a").reading.model == "newer"
    assert index.facet(Query("路灯"), "sentiment") == {"positive": 1}


def test_a_probability_that_is_no_number_is_refused(index, make_labelled):
    with pytest.raises(ValueError, match="finite"):
        index.add([make_labelled(negative=float("nan"))])


def test_deleted_posts_are_not_found_any_more(index, make_labelled):
    index.add([make_labelled(id=name) for name in "abc"])

    assert index.delete(["a", "c", "x", "a"]) == 2

    assert ids(index.search(Query("路"))) == ["b"]
    assert index.get("a") is None
    assert index.facet(Query(), "project") == {"road": 1}
    assert index.add([make_labelled("公园", id="a")]) == 1
    assert index.count(Query("路")) == 1


def test_a_stream_may_be_read_while_posts_are_added(index, make_labelled):
    index.add([make_labelled() for _ in range(3)])

    read = [index.add([make_labelled("新的", id=f"new:{labelled.post.id}")]) for labelled in index.stream(Query())]

    assert read == [1, 1, 1]
    assert index.count(Query()) == 6


def test_closing_twice_is_fine(index):
    index.close()

    index.close()


def test_intent_and_doubt_of_a_reading_come_back(index, make_labelled):
    posts = [make_labelled(intent="request"), make_labelled(unsure=True), make_labelled(intent="praise", unsure=True)]

    index.add(posts)

    assert [index.get(labelled.post.id) for labelled in posts] == posts


def test_a_reading_that_becomes_sure_leaves_the_unsure(index, make_labelled):
    doubtful = make_labelled(id="a", unsure=True)
    index.add([doubtful])

    index.add([replace(doubtful, reading=replace(doubtful.reading, unsure=False))])

    assert index.facet(Query(), "sentiment") == {"negative": 1}
    assert index.count(Query(sentiments=("unsure",))) == 0


def test_an_old_intent_is_not_found_after_a_new_one(index, make_labelled):
    index.add([make_labelled(id="a", intent="request")])

    index.add([make_labelled(id="a", intent="complaint")])

    assert index.count(Query(intents=("request",))) == 0
    assert index.count(Query(intents=("complaint",))) == 1


def test_old_words_are_not_found_after_the_text_has_changed(index, make_labelled):
    index.add([make_labelled("坐bus去A3厅", id="a")])

    index.add([make_labelled("坐车去B2厅", id="a")])

    assert index.count(Query("bus")) == index.count(Query("a3")) == index.count(Query("坐bus")) == 0
    assert index.count(Query("b2厅")) == 1


def test_a_post_without_any_text_is_kept_and_counted(index, make_labelled):
    index.add([make_labelled("", id="a")])

    assert index.get("a").post.text == ""
    assert index.count(Query()) == 1
    assert index.count(Query("路")) == 0


def test_a_run_of_letters_longer_than_engines_take_is_stored(index, make_labelled):
    long = make_labelled("x" * 40_000)

    index.add([long])

    assert index.get(long.post.id) == long


def test_a_strange_post_is_stored_whole_or_handed_back_with_a_reason_and_the_others_are_stored(index, make_labelled):
    posts = [make_labelled(), make_labelled(thread="x" * 40_000), make_labelled(topic="t" * 40_000), make_labelled()]
    refused = {}

    new = index.add(posts, lambda labelled, reason: refused.update({labelled.post.id: reason}))

    kept = [labelled for labelled in posts if labelled.post.id not in refused]
    assert new == len(kept) == index.count(Query())
    assert [index.get(labelled.post.id) for labelled in kept] == kept
    assert posts[0] in kept
    assert posts[3] in kept
    assert all(refused.values())


def test_the_shares_of_a_stream_are_the_whole_each_post_once_and_the_same_next_time(index, make_labelled):
    index.add(make_labelled("路", id=f"forum:{n}") for n in range(200))

    shares = [[one.post.id for one in index.stream(Query("路"), Share(number, 3))] for number in range(3)]

    assert sorted(id_ for share in shares for id_ in share) == sorted(f"forum:{n}" for n in range(200))
    assert all(len(share) > 40 for share in shares)
    assert all(id_ in Share(number, 3) for number, share in enumerate(shares) for id_ in share)
    index.add(make_labelled("路", id=f"forum:{n}", topic="new") for n in range(200))
    assert {one.post.id for one in index.stream(Query(), Share(1, 3))} == set(shares[1])


@pytest.mark.parametrize(("number", "of"), [(3, 3), (-1, 3), (0, 0), (0, 65_537)])
def test_a_share_that_is_none_is_refused(number, of):
    with pytest.raises(ValueError, match="no such share"):
        Share(number, of)
