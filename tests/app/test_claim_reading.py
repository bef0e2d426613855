"""Comments that may speak to a claim are found, read once, a day's portion at a time, and forgotten with the post."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.stance_store import StanceStore
from app import claim_reading
from app.claim_reading import ClaimReader, StanceHead
from indexer.memory import MemoryIndex
from minsheng.domain import Claim, ClaimKind, ClaimStatus, Kind
from minsheng.stances import StanceErrors
from models.stance import StanceReading

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
ERRORS = StanceErrors(
    "words",
    ((0.9, 0.05, 0.05), (0.05, 0.9, 0.05), (0.05, 0.05, 0.9)),
    ((90, 5, 5), (5, 90, 5), (5, 5, 90)),
    0.7,
    "",
)
CLAIM = Claim(
    "noise", "road", "噪音得到有效控制", ClaimKind.QUALITY, ClaimStatus.LEVEL, "http://gov.example/1", "市交通局",
    NOW - timedelta(days=30), aspect="environment", reviewed=True,
)  # fmt: skip


class Words:
    """A stance model by words that notes what it is asked."""

    name = "words"

    def __init__(self):
        self.asked = []

    def read(self, pairs, progress=None):
        del progress
        self.asked += [comment for comment, _ in pairs]
        return [self._one(comment) for comment, _ in pairs]

    def _one(self, comment):
        if "吵" in comment:
            return StanceReading(0.05, 0.9, 0.05)
        return StanceReading(0.9, 0.05, 0.05) if "安静" in comment else StanceReading(0.05, 0.05, 0.9)


@pytest.fixture
def model():
    return Words()


@pytest.fixture
def index():
    return MemoryIndex()


@pytest.fixture
def reader(tmp_path, index, model):
    return ClaimReader(index, StanceStore(tmp_path / "stances.sqlite"), StanceHead(lambda: model, "words@1", ERRORS))


@pytest.fixture
def comment(make_labelled):
    def make(text, days=3.0, **fields):
        values = {"aspect": "environment", "published_at": NOW - timedelta(days=days)} | fields
        return make_labelled(text, **values)

    return make


def test_comments_on_the_aspect_since_the_claim_are_read(reader, index, model, comment):
    index.add([
        comment("夜里还是吵"), comment("现在安静了"),
        comment("以前就吵", days=40), comment("楼上吵", projects=("park",)),
        comment("路面很平", aspect="quality"), comment("吵不吵？", kind=Kind.OFFICIAL),
    ])  # fmt: skip

    reading = reader.read(CLAIM, NOW)

    assert sorted(model.asked) == ["夜里还是吵", "现在安静了"]
    assert [quote.text for quote in reading.against] == ["夜里还是吵"]
    assert [quote.text for quote in reading.bearing_out] == ["现在安静了"]


def test_a_comment_alike_in_meaning_is_read_whatever_its_aspect(reader, index, model, comment):
    far = comment("路面很平", aspect="quality", vector=(-9, 1, 1))
    near = comment("半夜打桩睡不着", aspect="other", vector=(9, 1, 1))
    index.add([far, near])

    reader.read(CLAIM, NOW, near.reading.vector)

    assert model.asked == ["半夜打桩睡不着"]


def test_what_was_found_by_its_meaning_is_shown_without_looking_for_it_again(reader, index, comment):
    near = comment("半夜打桩，吵得睡不着", aspect="other", vector=(9, 1, 1))
    index.add([near, comment("路面很平", aspect="quality", vector=(-9, 1, 1))])
    reader.read(CLAIM, NOW, near.reading.vector)

    assert reader.read(CLAIM, NOW, portion=0).contradicting == 1


def test_nothing_is_read_twice_until_its_words_change(reader, index, model, comment):
    index.add([comment("夜里还是吵", id="forum:1")])
    reader.read(CLAIM, NOW)
    reader.read(CLAIM, NOW + timedelta(days=1))

    index.add([comment("夜里不吵了，安静", id="forum:1")])
    reader.read(CLAIM, NOW + timedelta(days=2))

    assert model.asked == ["夜里还是吵", "夜里不吵了，安静"]


def test_another_version_of_the_model_reads_anew(reader, index, model, comment, tmp_path):
    index.add([comment("夜里还是吵")])
    reader.read(CLAIM, NOW)
    newer = StanceHead(lambda: model, "words@2", ERRORS)

    ClaimReader(index, StanceStore(tmp_path / "stances.sqlite"), newer).read(CLAIM, NOW)

    assert len(model.asked) == 2


def test_a_day_has_its_portion_and_the_rest_waits(reader, index, comment):
    index.add([comment(f"夜里还是吵，第{n}天") for n in range(5)])

    readings = [reader.read(CLAIM, NOW + timedelta(days=days), portion=2) for days in (0, 0, 1, 2)]

    assert [(one.posts, one.waiting) for one in readings] == [(2, 3), (2, 3), (4, 1), (5, 0)]
    assert claim_reading.PAIRS_A_DAY == 200


def test_what_is_shown_opens_no_model(reader, index, comment, tmp_path):
    def refuse():
        raise AssertionError("opened")

    index.add([comment("夜里还是吵"), comment("现在安静了")])
    reader.read(CLAIM, NOW)

    store = StanceStore(tmp_path / "stances.sqlite")
    reading = ClaimReader(index, store, StanceHead(refuse, "words@1", ERRORS)).read(CLAIM, NOW, portion=0)

    assert (reading.contradicting, reading.supporting) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"reviewed": False}, "未经人工确认"), ({"published_at": NOW + timedelta(days=1)}, "尚未发布")],
)
def test_a_claim_that_nobody_accepted_or_published_is_not_read(reader, index, model, comment, changes, word):
    index.add([comment("夜里还是吵")])

    assert word in reader.read(replace(CLAIM, **changes), NOW).why
    assert model.asked == []


def test_a_forgotten_post_leaves_nothing(reader, index, comment, tmp_path):
    index.add([comment("夜里还是吵", id="forum:1")])
    reader.read(CLAIM, NOW)
    store = StanceStore(tmp_path / "stances.sqlite")

    store.forget(["forum:1"])

    assert store.read_on(CLAIM, NOW) == 0
    assert b"forum:1" not in (tmp_path / "stances.sqlite").read_bytes()


def test_a_claim_has_one_first_look_a_day(reader):
    looks = [reader.store.is_first_look(CLAIM, NOW + timedelta(hours=hours)) for hours in (0, 1, 11, 14, 36)]

    assert looks == [True, False, False, True, True]
