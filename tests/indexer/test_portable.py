import json
from dataclasses import replace

import pytest

from indexer.portable import checksum, dump_labelled, fingerprint, load_labelled
from minsheng.correcting import Change, corrected
from minsheng.errors import BadRow


def full(make_labelled):
    return make_labelled(
        "扰民\n“引号”\ud83d", title="标题", project="road", reply_to="forum:9", place=3, likes=7, shown_at="昨天",
        projects=("road", "park"), intent="complaint", unsure=True, negative=0.1 + 0.2, neutral=0.3, positive=0.4, vector=(1, -128, 0),
    )  # fmt: skip


def test_a_post_comes_back_as_it_was_with_broken_emoji_and_exact_numbers(make_labelled):
    labelled = full(make_labelled)

    line = dump_labelled(labelled)

    assert "\n" not in line
    assert load_labelled(line) == labelled


def test_every_field_is_written(make_labelled):
    row = json.loads(dump_labelled(full(make_labelled)))

    assert None not in row["post"].values()
    assert None not in row["reading"].values()


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"post": {}, "reading": {}}', "null"])
def test_a_line_that_is_no_post_is_refused(line):
    with pytest.raises(BadRow, match="not a labelled post"):
        load_labelled(line)


def test_an_unknown_field_is_refused(make_labelled):
    row = json.loads(dump_labelled(make_labelled()))
    row["post"]["colour"] = "red"

    with pytest.raises(BadRow, match="colour"):
        load_labelled(json.dumps(row))


def test_corrections_come_back_and_a_post_without_has_the_line_it_always_had(make_labelled, now):
    changes = [Change("sentiment", ("neutral",)), Change("project", ("a", "b")), Change("topic", ("health",))]
    labelled = corrected(full(make_labelled), changes, now, "“理由”\ud83d")
    labelled = corrected(labelled, [Change("topic", None)], now)

    assert load_labelled(dump_labelled(labelled)) == labelled
    assert fingerprint(labelled) != fingerprint(full(make_labelled))
    assert set(json.loads(dump_labelled(full(make_labelled)))) == {"post", "reading"}


@pytest.mark.parametrize(
    "wrong",
    [{"after": ["furious"]}, {"after": ["neutral", "positive"]}, {"field": "author"}, {"who": "x"}, {"at": "now"}],
)
def test_a_correction_that_no_person_could_have_made_is_refused(make_labelled, now, wrong):
    row = json.loads(dump_labelled(corrected(make_labelled(), [Change("sentiment", ("neutral",))], now)))
    row["corrections"][0] |= wrong

    with pytest.raises(BadRow, match="not a labelled post"):
        load_labelled(json.dumps(row))


def test_a_fingerprint_tells_contents_and_ids_apart(make_labelled):
    labelled = make_labelled()
    others = [
        replace(labelled, post=replace(labelled.post, id="forum:x")),
        replace(labelled, post=replace(labelled.post, text="别的")),
        replace(labelled, reading=replace(labelled.reading, topic="other")),
    ]

    assert len({fingerprint(each) for each in [labelled, *others]}) == 4


def test_a_checksum_does_not_depend_on_the_order_and_counts_repeats():
    assert checksum([1, 2, 3]) == checksum([3, 1, 2])
    assert checksum([5, 5]) != checksum([])
