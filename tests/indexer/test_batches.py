"""Batches that are stored two at a time."""

import threading

import pytest

from indexer.batches import two_at_once

PATIENCE = 20


def test_two_batches_are_stored_at_the_same_time_and_what_they_give_comes_in_order(make_labelled):
    both_are_there = threading.Barrier(2)

    def store(batch):
        both_are_there.wait(PATIENCE)
        return batch[0].post.id

    given = list(two_at_once([[make_labelled(id=f"p{n}")] for n in range(4)], store))

    assert given == ["p0", "p1", "p2", "p3"]


def test_never_two_that_hold_the_same_post(make_labelled):
    versions = [[make_labelled(id="same"), make_labelled(id=f"p{n}")] for n in range(20)]
    under_way, stored = [], []

    def store(batch):
        under_way.append(batch)
        stored.append((len(under_way), batch))
        under_way.remove(batch)

    list(two_at_once(versions, store))

    assert stored == [(1, batch) for batch in versions]


def test_where_one_fails_the_other_is_completed_and_no_more_are_begun(make_labelled):
    has_failed, stored = threading.Event(), []

    def store(batch):
        if batch[0].post.id == "p0":
            has_failed.set()
            raise ValueError("p0")
        has_failed.wait(PATIENCE)
        stored.append(batch[0].post.id)

    with pytest.raises(ValueError, match="p0"):
        list(two_at_once(([make_labelled(id=f"p{n}")] for n in range(9)), store))

    assert stored == ["p1"]


def test_where_the_posts_fail_the_batches_before_are_stored(make_labelled):
    stored = []

    def batches():
        yield [make_labelled(id="p0")]
        yield [make_labelled(id="p1")]
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(two_at_once(batches(), stored.append))

    assert len(stored) == 2
