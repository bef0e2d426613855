import json
from dataclasses import replace

import pytest

from indexer.portable import checksum, dump_labelled, fingerprint, load_labelled
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
