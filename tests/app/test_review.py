"""A person's short audit of a watch: drawn by lot, blind, in order, and it decides."""

import pytest
from openpyxl import load_workbook

from alerts.sequential.labels import MOST_LABELS, Outcome
from app.review import COLUMNS, case_of, cover, draw, read, rows
from console.workbook import fill
from minsheng.errors import ConfigError
from minsheng.words import SENTIMENTS

from .on_watch import Clock, open_office, put_on_watch, watch_of


@pytest.fixture
def office(tmp_path):
    office = open_office(tmp_path, Clock())
    yield office
    office.close()


@pytest.fixture
def watched(office):
    """A claim that one complaint a day has just put on watch; fifty comments a day since."""
    return put_on_watch(office)


def filled(office, tmp_path, label: str, *, keep: int = MOST_LABELS, name: str = "review.xlsx"):
    """Draw, write the file, fill in the first labels as a person does; return the file and the case."""
    case = case_of(office, "road")
    posts = draw(office, case)
    file = tmp_path / name
    with file.open("wb") as sheet:
        list(fill(sheet, cover(case, len(posts)), COLUMNS, rows(case, posts), office.now()))
    book = load_workbook(file)
    for row in list(book["结果"].iter_rows(min_row=2))[:keep]:
        row[2].value = label
    book.save(file)
    return file, case


def test_what_is_drawn_was_said_after_the_watch_began_and_the_file_does_not_say_what_the_model_thinks(
    watched,
):
    case = case_of(watched, "road")

    drawn = draw(watched, case)
    lines = list(rows(case, drawn))

    assert len(drawn) == MOST_LABELS
    assert min(labelled.post.published_at.date() for labelled in drawn) > case.stream.watch_began
    assert [row[1] for row in lines] != sorted(row[1] for row in lines)
    assert not any(word in str(lines) for word in SENTIMENTS.values())


def test_drawing_again_gives_the_same_comments_until_they_are_labelled(watched):
    case = case_of(watched, "c1")

    first, again = draw(watched, case), draw(watched, case)

    assert [one.post.id for one in again] == [one.post.id for one in first]


def test_complaints_confirm_a_watch_and_the_next_watch_opens_an_alert_with_a_mail(watched, tmp_path):
    file, _ = filled(watched, tmp_path, "负面")

    _, found = read(watched, file)
    after = watch_of(watched)

    assert found.outcome is Outcome.CONFIRMED
    assert found.read < 20
    assert after.evidence.detection.by_review
    assert after.fired
    assert "人工复核" in after.why
    assert [queued.mail.to for queued in watched.outbox.mails()] == [("jtj@example.cn",)]


def test_praise_ends_a_watch(watched, tmp_path):
    file, case = filled(watched, tmp_path, "正面")

    _, found = read(watched, file)

    assert found.outcome is Outcome.REFUTED
    assert not watched.detectors.streams()[case.key].on_watch
    with pytest.raises(ConfigError, match="on watch"):
        case_of(watched, "road")


def test_labels_below_a_gap_do_not_count_and_reading_twice_changes_nothing(watched, tmp_path):
    file, _ = filled(watched, tmp_path, "中性", keep=3)
    book = load_workbook(file)
    book["结果"]["C6"].value = "负面"
    book.save(file)

    first, second = read(watched, file)[1], read(watched, file)[1]

    assert first == second
    assert (first.outcome, first.read, first.negative) == (Outcome.OPEN, 3, 0)


def test_a_label_that_was_read_is_not_changed_and_rows_are_not_added(watched, tmp_path):
    file, _ = filled(watched, tmp_path, "中性", keep=2)
    read(watched, file)
    book = load_workbook(file)
    sheet = book["结果"]
    first = next(sheet.iter_rows(min_row=2))
    first[2].value = "负面"
    book.save(file)

    with pytest.raises(ConfigError, match="labels are not changed"):
        read(watched, file)

    first[2].value, first[1].value = "负面", "forum:chosen"
    book.save(file)
    with pytest.raises(ConfigError, match="was not drawn"):
        read(watched, file)


def test_a_word_that_is_no_label_is_named_with_its_row(watched, tmp_path):
    file, _ = filled(watched, tmp_path, "很差", keep=1)

    with pytest.raises(ConfigError, match=r"review.xlsx:2: 标签 '很差'"):
        read(watched, file)
