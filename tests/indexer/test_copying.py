from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from indexer import copying
from indexer.base import Query
from indexer.copying import Journal, copy_index
from indexer.memory import MemoryIndex
from indexer.portable import checksum, fingerprint
from indexer.sqlite import SqliteIndex
from minsheng.correcting import Change
from minsheng.errors import ConfigError, IndexUnavailable


class Counting(MemoryIndex):
    """Counts the posts that are written to it, and dies when told to."""

    def __init__(self, dies_after=None):
        super().__init__()
        self.written = Counter()
        self.left = dies_after

    def add(self, posts):
        return super().add(self._seen(posts))

    def _seen(self, posts):
        for labelled in posts:
            if self.left is not None:
                if self.left == 0:
                    raise IndexUnavailable("killed")
                self.left -= 1
            self.written[labelled.post.id] += 1
            yield labelled


@pytest.fixture
def posts(make_labelled, now):
    return [make_labelled(f"第{n}条", published_at=now - timedelta(days=n // 3)) for n in range(60)]


@pytest.fixture
def source(posts):
    index = MemoryIndex()
    index.add(posts)
    return index


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "copies" / "a.jsonl")


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch):
    monkeypatch.setattr(copying, "SLICE", 10)


def everything(index):
    return sorted(index.stream(Query()), key=lambda labelled: labelled.post.id)


def test_a_copy_is_equal_and_says_so(source, posts, journal, tmp_path):
    target = SqliteIndex(tmp_path / "b.sqlite")

    report = copy_index(source, target, journal)

    assert everything(target) == everything(source)
    assert (report.posts, report.new, report.before, report.repaired) == (60, 60, 0, 0)
    assert report.checksum == checksum(map(fingerprint, posts))
    assert not journal.has_begun
    target.close()


def test_a_copy_can_go_back(source, journal, tmp_path):
    there, back = SqliteIndex(tmp_path / "b.sqlite"), MemoryIndex()

    first = copy_index(source, there, journal)
    second = copy_index(there, back, journal)

    assert everything(back) == everything(source)
    assert first.checksum == second.checksum
    there.close()


def test_a_history_of_corrections_is_copied_whole(source, posts, journal, tmp_path, now):
    source.correct(posts[0].post.id, [Change("project", ()), Change("intent", ("praise",))], now, "“理由”")
    source.correct(posts[0].post.id, [Change("intent", None)], now)
    target = SqliteIndex(tmp_path / "b.sqlite")

    copy_index(source, target, journal)

    assert everything(target) == everything(source)
    assert target.facet(Query(), "corrected") == {"project": 1, "withdrawn": 1}
    target.close()


def test_a_second_copy_changes_nothing(source, journal):
    target = Counting()
    copy_index(source, target, journal)

    again = copy_index(source, target, journal)

    assert again.new == 0
    assert again.posts == 60


def test_a_killed_copy_goes_on_where_it_was_compared(source, journal):
    target = Counting(dies_after=25)
    with pytest.raises(IndexUnavailable, match="killed"):
        copy_index(source, target, journal)
    done, target.left = sum(target.written.values()), None

    report = copy_index(source, target, journal)

    assert everything(target) == everything(source)
    assert done == 25
    assert report.before == 18  # two slices of three days
    assert sum(times == 1 for times in target.written.values()) >= 18 + 35


def test_what_arrived_at_either_side_between_two_runs_is_seen(source, journal, make_labelled, posts):
    target = Counting(dies_after=25)
    with pytest.raises(IndexUnavailable):
        copy_index(source, target, journal)
    target.left = None
    oldest = min(post.post.published_at for post in posts)
    source.add([make_labelled("新来的", published_at=oldest)])
    target.delete([min(posts, key=lambda each: each.post.published_at).post.id])

    report = copy_index(source, target, journal)

    assert everything(target) == everything(source)
    assert report.posts == 61


def test_a_post_that_differs_is_made_equal_even_in_when_it_was_first_read(source, posts, journal):
    target = MemoryIndex()
    post = posts[7].post
    target.add([replace(posts[7], post=replace(post, collected_at=post.collected_at - timedelta(days=9)))])

    report = copy_index(source, target, journal)

    assert everything(target) == everything(source)
    assert report.repaired == 1


def test_corrections_travel_and_none_of_the_target_is_lost(source, posts, journal, now):
    target = MemoryIndex()
    moved = replace(posts[7], post=replace(posts[7].post, collected_at=now - timedelta(days=9)))
    target.add([posts[3], moved])
    for post in (posts[3], posts[7]):
        source.correct(post.post.id, [Change("topic", ("health",))], now)
        target.correct(post.post.id, [Change("sentiment", ("neutral",))], now + timedelta(minutes=1), "在去处更正")

    report = copy_index(source, target, journal)

    for post in (posts[3], posts[7]):
        copied = target.get(post.post.id)
        assert copied.post == source.get(post.post.id).post
        assert copied.label.marks == ("sentiment", "topic")
    assert report.posts == 60
    assert report.checksum == checksum(map(fingerprint, everything(target)))
    assert copy_index(source, target, journal).repaired == 0, "a second copy finds nothing to repair"


def test_a_post_that_stood_on_another_day_is_moved(source, posts, journal):
    target = MemoryIndex()
    post = posts[7].post
    target.add([replace(posts[7], post=replace(post, published_at=post.published_at + timedelta(days=400)))])

    copy_index(source, target, journal)

    assert everything(target) == everything(source)


def test_a_target_with_other_posts_is_refused_and_untouched(source, journal, make_labelled):
    target = MemoryIndex()
    target.add([make_labelled("别处来的", id="other:1")])

    with pytest.raises(ConfigError, match=r"other:1.*--into"):
        copy_index(source, target, journal)

    assert target.count(Query()) == 1
    assert not journal.has_begun


def test_into_keeps_the_others_and_can_be_resumed(source, journal, make_labelled, now):
    target = Counting(dies_after=25)
    MemoryIndex.add(target, [make_labelled("别处来的", id="other:1", published_at=now)])
    target.left = None
    target.left = 25
    with pytest.raises(IndexUnavailable):
        copy_index(source, target, journal, into=True)
    target.left = None

    report = copy_index(source, target, journal, into=True)

    assert target.count(Query()) == 61
    assert report.posts == 60
    assert report.before == 18


def test_posts_that_others_write_meanwhile_are_told(source, make_labelled, journal):
    class Shared(MemoryIndex):
        def add(self, posts):
            super().add([make_labelled("别人写的", id="other:1")])
            return super().add(posts)

    with pytest.raises((ConfigError, IndexUnavailable), match="stop what writes"):
        copy_index(source, Shared(), journal)


def test_a_target_that_loses_words_is_not_called_a_copy(source, journal):
    class Lossy(MemoryIndex):
        def add(self, posts):
            return super().add(replace(each, post=replace(each.post, text=each.post.text[:-1])) for each in posts)

    with pytest.raises(IndexUnavailable, match="differs from its source"):
        copy_index(source, Lossy(), journal)


def test_progress_counts_to_the_end(source, journal):
    steps = []

    copy_index(source, MemoryIndex(), journal, progress=lambda done, total: steps.append((done, total)))

    assert steps[-1] == (60, 60)
    assert [done for done, _ in steps] == list(range(1, 61))


def test_an_empty_index_is_copied_too(journal):
    report = copy_index(MemoryIndex(), MemoryIndex(), journal)

    assert report.posts == 0


@pytest.mark.external_service
def test_a_copy_to_elasticsearch_and_back_is_equal(source, elastic_index, journal, make_labelled):
    source.add([make_labelled("坏掉的表情\ud83d和“引号”", id="forum:odd", title="题", place=2, likes=3, unsure=True)])
    back = MemoryIndex()

    there = copy_index(source, elastic_index, journal)
    again = copy_index(elastic_index, back, journal)

    assert everything(back) == everything(source)
    assert there.checksum == again.checksum
    assert there.new == 61


@pytest.mark.external_service
def test_a_killed_copy_to_elasticsearch_goes_on(source, elastic_index, journal):
    class Dying:
        def __init__(self, index, left):
            self._index, self._left = index, left

        def __getattr__(self, name):
            return getattr(self._index, name)

        def add(self, posts):
            if self._left == 0:
                raise IndexUnavailable("killed")
            self._left -= 1
            return self._index.add(posts)

    with pytest.raises(IndexUnavailable, match="killed"):
        copy_index(source, Dying(elastic_index, 3), journal)

    report = copy_index(source, elastic_index, journal)

    assert everything(elastic_index) == everything(source)
    assert report.before == 27
    assert report.new == 33
