"""Sample, journal, agreement and export: what is kept of a label, and what counts in the end."""

import csv
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.labelling.agreement import agreements, disagreements, kappa, settled
from app.labelling.export import Slots, export, read_slots
from app.labelling.journal import Journal, Mark, journal_path
from app.labelling.questions import QUESTIONS, SKIP_KEYS, UNDO_KEY, asked, complaint
from app.labelling.sample import draw, item_id, order_for, read_sample, write_sample
from app.labelling.sitting import Sitting
from crawlers.masking import mask
from minsheng.errors import ConfigError

MASKED = mask("停水三天，电话13812345678")[0]
START = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
FULL = {"sentiment": "neg", "aspect": "utilities", "intent": "request", "relevant": "1"}


@pytest.fixture
def sample_file(tmp_path):
    path = tmp_path / "sample.csv"
    rows = "".join(f"第{n}栋停水{n}天了,forum\n" for n in range(40))
    path.write_text("text,source\n" + rows, encoding="utf-8")
    return path


@pytest.fixture
def clock():
    """A clock that goes on by six seconds each time it is asked."""
    ticks = iter(range(10_000))
    return lambda: START + timedelta(seconds=6 * next(ticks))


def mark(item, **answers):
    return Mark(item, answers)


def test_every_key_of_the_page_means_one_thing():
    keys = [choice.key for question in QUESTIONS.values() for choice in question.choices]
    keys += [*SKIP_KEYS.values(), UNDO_KEY]

    assert len(keys) == len(set(keys))


def test_an_unknown_question_is_named_with_the_nearest_one():
    with pytest.raises(ConfigError, match="sentimnt.*sentiment"):
        asked("sentimnt")


def test_no_question_at_all_is_an_error():
    with pytest.raises(ConfigError, match="at least one"):
        asked(" , ")


def test_a_text_about_no_public_matter_is_neutral():
    questions = asked("sentiment,relevant")

    assert complaint(questions, {"sentiment": "neg", "relevant": "0"})
    assert not complaint(questions, {"sentiment": "neu", "relevant": "0"})
    assert complaint(questions, {"relevant": "0"}) == "还没有选“态度”。"


def test_personal_data_is_masked_before_a_text_is_kept(tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_text('{"内容": "停水三天，电话13812345678"}\n{"内容": " "}\nnot json\n', encoding="utf-8")

    sample = read_sample(path)

    assert [item.text for item in sample.items] == [MASKED]
    assert "138" not in MASKED
    assert (sample.masked, sample.empty, sample.bad) == (1, 1, 1)


def test_texts_that_read_the_same_are_asked_once(tmp_path):
    path = tmp_path / "s.tsv"
    path.write_text("text\tsource\n停水三天\ta\n停水三天 \tb\n修路\tc\n", encoding="utf-8")

    sample = read_sample(path)

    assert [(item.text, item.source) for item in sample.items] == [("停水三天", "a"), ("修路", "c")]
    assert sample.repeated == 1


def test_a_file_without_a_column_of_texts_names_its_columns(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("甲,乙\n1,2\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="甲, 乙.*--column"):
        read_sample(path)
    assert [item.text for item in read_sample(path, "乙").items] == ["2"]


def test_a_file_without_any_text_is_an_error(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("text,source\n ,x\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="no text"):
        read_sample(path)


def test_the_second_reader_reads_a_share_of_the_first_ones_texts_in_another_order(sample_file):
    items = read_sample(sample_file).items

    first, second = order_for("A", items, 0.2), order_for("B", items, 0.2)

    assert set(first) == set(items)
    assert set(second) == set(first[:8])
    assert second != first[:8]


def test_a_draw_gives_small_projects_their_share_whatever_the_order_of_the_stream(make_labelled):
    posts = [make_labelled(f"大{n}", projects=("big",)) for n in range(90)]
    posts += [make_labelled(f"小{n}", projects=("small",)) for n in range(5)] + [make_labelled("无", projects=())]

    drawn = draw(posts, 15, seed=0)

    assert {p.post.id for p in drawn} == {p.post.id for p in draw(posts[::-1], 15, seed=0)}
    assert sorted(p.reading.projects for p in drawn) == [()] + [("big",)] * 9 + [("small",)] * 5
    assert {p.post.id for p in drawn} != {p.post.id for p in draw(posts, 15, seed=1)}


def test_a_drawn_sample_is_written_masked_and_never_over_a_file(tmp_path, make_labelled):
    path = tmp_path / "new" / "sample.tsv"
    posts = [make_labelled("停水\t三天\n电话13812345678", source="forum")]

    write_sample(path, posts)

    assert path.read_text(encoding="utf-8") == f"text\tsource\n停水 三天 {mask('电话13812345678')[0]}\tforum\n"
    with pytest.raises(ConfigError, match="is there already"):
        write_sample(path, posts)
    with pytest.raises(ConfigError, match=r"\.tsv"):
        write_sample(tmp_path / "sample.xlsx", posts)
    with pytest.raises(ConfigError, match="no public comment"):
        write_sample(tmp_path / "empty.tsv", [])


def test_a_journal_gives_back_its_marks_after_a_restart(tmp_path, clock):
    path = tmp_path / "x.labels" / "A.jsonl"
    journal = Journal(path)
    journal.write(mark("1", sentiment="neg"), clock())
    journal.write(mark("2", sentiment="pos"), clock())
    journal.write(mark("1", sentiment="neu"), clock())

    again = Journal(path)

    assert dict(again.marks) == {"2": mark("2", sentiment="pos"), "1": mark("1", sentiment="neu")}
    assert list(again.marks) == ["2", "1"], "the latest mark is the one that undo takes back"


def test_a_mark_sent_twice_is_written_once(tmp_path, clock):
    path = tmp_path / "A.jsonl"
    journal = Journal(path)
    journal.write(mark("1", sentiment="neg"), clock())

    journal.write(mark("1", sentiment="neg"), clock())

    assert len(path.read_text(encoding="utf-8").splitlines()) == 1


def test_replaying_a_journal_that_holds_every_line_twice_changes_nothing(tmp_path, clock):
    path = tmp_path / "A.jsonl"
    journal = Journal(path)
    journal.write(mark("1", sentiment="neg"), clock())
    journal.write(Mark("2", skipped="unclear"), clock())
    path.write_bytes(b"".join(line * 2 for line in path.read_bytes().splitlines(keepends=True)))

    assert dict(Journal(path).marks) == dict(journal.marks)


def test_undo_takes_back_the_latest_mark_for_good(tmp_path, clock):
    path = tmp_path / "A.jsonl"
    journal = Journal(path)
    journal.write(mark("1", sentiment="neg"), clock())
    journal.write(mark("2", sentiment="pos"), clock())

    assert journal.undo(clock()) == "2"

    assert list(Journal(path).marks) == ["1"]
    assert journal.undo(clock()) == "1"
    assert journal.undo(clock()) is None


def test_a_line_that_a_crash_cut_off_is_dropped_and_written_over(tmp_path, clock):
    path = tmp_path / "A.jsonl"
    Journal(path).write(mark("1", sentiment="neg"), clock())
    with path.open("ab") as file:
        file.write(b'{"item": "2", "answers": {"senti')

    journal = Journal(path)
    journal.write(mark("3", sentiment="pos"), clock())

    assert list(Journal(path).marks) == ["1", "3"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not a line"),
        ('{"item": "1"}', "answers"),
        ('{"item": "1", "answers": {"sentiment": "bad"}, "skipped": "", "at": "2026-03-10T00:00:00+00:00"}', "'bad'"),
        ('{"item": "1", "answers": {}, "skipped": "lazy", "at": "2026-03-10T00:00:00+00:00"}', "'lazy'"),
    ],
)
def test_a_damaged_line_is_an_error_with_its_number(tmp_path, clock, line, why):
    path = tmp_path / "A.jsonl"
    Journal(path).write(mark("1", sentiment="neg"), clock())
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")

    with pytest.raises(ConfigError, match=f"line 2.*{why}"):
        Journal(path)


def test_a_sitting_goes_on_where_it_was_killed(sample_file, clock):
    path = journal_path(sample_file, "A")
    items = order_for("A", read_sample(sample_file).items, 0.2)
    first = Sitting("A", items, asked("sentiment"), Journal(path), clock)
    first.answer(items[0].id, {"sentiment": "neg"})
    first.skip(items[1].id, "no_comment")

    second = Sitting("A", items, asked("sentiment"), Journal(path), clock)

    assert second.current() == items[2]
    assert (second.pace().done, second.pace().left) == (2, 38)
    second.undo()
    assert second.current() == items[1]


def test_answers_to_other_texts_or_questions_are_not_kept(sample_file, clock):
    journal = Journal(journal_path(sample_file, "A"))
    items = read_sample(sample_file).items
    sitting = Sitting("A", items, asked("sentiment"), journal, clock)

    assert sitting.answer("nothing", {"sentiment": "neg"})
    assert sitting.answer(items[0].id, {"aspect": "cost"})
    assert sitting.skip(items[0].id, "lazy")
    assert not journal.marks
    assert not sitting.answer(items[0].id, {"sentiment": "neg", "aspect": "cost"})
    assert journal.marks[items[0].id].answers == {"sentiment": "neg"}


def test_the_pace_leaves_breaks_out(sample_file):
    minutes = iter([0, 0.1, 0.2, 60, 60.1])
    items = read_sample(sample_file).items
    clock = lambda: START + timedelta(minutes=next(minutes))  # noqa: E731 - five moments
    sitting = Sitting("A", items, asked("sentiment"), Journal(journal_path(sample_file, "A")), clock)
    assert sitting.pace().minutes_left is None

    for item in items[:5]:
        sitting.answer(item.id, {"sentiment": "neg"})

    assert sitting.pace().seconds == pytest.approx(6)
    assert sitting.pace().minutes_left == 4  # 35 texts of 6 seconds


def test_all_read_means_no_current_text(sample_file, clock):
    items = read_sample(sample_file).items[:1]
    sitting = Sitting("A", items, asked("sentiment"), Journal(journal_path(sample_file, "A")), clock)

    sitting.answer(items[0].id, {"sentiment": "neg"})

    assert sitting.current() is None


def test_kappa_is_what_is_worked_out_by_hand():
    table = np.array([[25.0, 13, 12], [12, 2, 16], [3, 15, 2]])

    by_hand = (0.29 - (0.50 * 0.40 + 0.30 * 0.30 + 0.20 * 0.30)) / (1 - 0.35)

    assert kappa(table) == pytest.approx(by_hand)


def test_kappa_is_none_when_both_gave_one_answer_throughout():
    first = {str(n): mark(str(n), sentiment="neg") for n in range(5)}

    (found,) = agreements(first, first)

    assert (found.raw, found.kappa, found.low) == (1.0, None, None)


def test_agreement_comes_with_an_interval_per_question():
    answers = ["neg"] * 30 + ["neu"] * 15 + ["pos"] * 15
    first = {str(n): mark(str(n), sentiment=a, relevant="1") for n, a in enumerate(answers)}
    second = {
        item: mark(item, sentiment="pos" if int(item) % 6 == 0 else each.answers["sentiment"], relevant="1")
        for item, each in first.items()
    }

    sentiment, relevant = agreements(first, second)

    assert sentiment.texts == 60
    assert sentiment.raw == pytest.approx(1 - 8 / 60)  # every sixth of the first 45
    assert sentiment.low < sentiment.kappa < sentiment.high < 1
    assert relevant.question == "relevant"


def test_a_text_that_one_labelled_and_one_skipped_is_to_be_settled():
    first = {"1": mark("1", **FULL), "2": mark("2", **FULL), "3": mark("3", **FULL)}
    second = {"1": mark("1", **FULL | {"intent": "complaint"}), "2": Mark("2", skipped="unclear")}

    found = disagreements(first, second)

    assert [(each.item, each.questions) for each in found] == [("1", ("intent",)), ("2", ())]


def test_what_was_settled_wins_and_what_is_open_has_no_label():
    first = {name: mark(name, **FULL) for name in "abcd"}
    second = {"a": mark("a", **FULL), "b": mark("b", **FULL | {"sentiment": "neu"}), "c": Mark("c", skipped="unclear")}
    agreed = {"b": mark("b", **FULL | {"sentiment": "pos"})}

    found = settled(first, second, agreed)

    assert {name: each.answers["sentiment"] for name, each in found.items()} == {"a": "neg", "b": "pos", "d": "neg"}


def test_an_export_counts_what_it_took_and_what_it_left_out(sample_file, tmp_path):
    items = read_sample(sample_file).items
    a, b, c, d, e, f = (item.id for item in items[:6])
    first = {each: mark(each, **FULL) for each in (a, b, c, d)} | {e: Mark(e, skipped="no_comment")}
    second = {a: mark(a, **FULL), b: mark(b, **FULL | {"intent": "news"}), c: mark(c, **FULL | {"intent": "news"})}
    agreed = {b: mark(b, **FULL | {"intent": "complaint"})}

    done = export(items, Slots(first, second, agreed), tmp_path / "out.tsv")

    assert (done.rows, done.by_settling, done.by_both, done.by_one) == (3, 1, 1, 1)
    assert (done.skipped, done.unsettled, done.unread) == (1, 1, 35)
    with (tmp_path / "out.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == ["text", "sentiment", "aspect", "intent", "relevant", "source"]
    assert [row["intent"] for row in rows] == ["request", "complaint", "request"]
    assert f not in {item_id(row["text"]) for row in rows}


def test_columns_that_nobody_was_asked_for_are_left_out(sample_file, tmp_path):
    items = read_sample(sample_file).items
    slots = Slots({items[0].id: mark(items[0].id, sentiment="neg")}, {}, {})

    export(items, slots, tmp_path / "out.tsv")

    assert (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()[0] == "text\tsentiment\tsource"


def test_an_export_of_nothing_is_an_error(sample_file, tmp_path):
    with pytest.raises(ConfigError, match="nothing is labelled"):
        export(read_sample(sample_file).items, read_slots(sample_file), tmp_path / "out.tsv")


def test_the_training_recipes_read_an_export_as_their_own_data(sample_file, tmp_path):
    from models.training import recipes

    items = read_sample(sample_file).items
    (tmp_path / "civic").mkdir()
    export(items, Slots({items[0].id: mark(items[0].id, **FULL)}, {}, {}), tmp_path / "civic" / "train.tsv")

    (example,) = recipes.civic(tmp_path, "train")

    assert (example.sentiment, example.relevance, example.source) == (0, 1, "forum")
