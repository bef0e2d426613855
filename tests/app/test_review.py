"""A person's short audit of a watch: drawn by lot, blind, in order, and it decides."""

from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook

from alerts.sequential.labels import MOST_LABELS, Outcome
from app.bootstrap import Office
from app.review import COLUMNS, case_of, cover, draw, read, rows
from app.work import watch_projects
from console.workbook import fill
from minsheng.detection import Tier
from minsheng.domain import Kind, LabelledPost, Opinion, Post, Reading
from minsheng.errors import ConfigError
from minsheng.words import SENTIMENTS
from models.open import SHIPPED_FOLDER
from models.version import version_of

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
PROJECTS = """\
departments: [{id: jtj, name: 市交通局, recipients: [jtj@example.cn]}]
projects: [{id: road, name: 新华路改造, region: 示例市, department: jtj}]
"""
CLAIMS = """\
claims:
- {id: c1, project: road, text: 满意率95%, kind: satisfaction, status: level, value: 95%, publisher: 市交通局,
   source_url: "http://gov.example/1", date: 2026-03-01, reviewed: true}
"""
BAD = Opinion(0.9, 0.06, 0.04)
MODEL = version_of(SHIPPED_FOLDER)


class Clock:
    at = START

    def __call__(self) -> datetime:
        return self.at


def said(day: float, number: int) -> LabelledPost:
    name, when = f"forum:{day:g}-{number}", START + timedelta(days=day, minutes=number)
    thread = f"http://forum.example/{day:g}"
    post = Post(name, "forum", Kind.PUBLIC, f"{thread}#{number}", thread, "路", f"第{number}条：又坏了", when, when)
    return LabelledPost(post, Reading(("road",), BAD, "urban", "quality", name, MODEL))


@pytest.fixture
def office(tmp_path):
    for name, text in {"minsheng.yml": "office: 联络办\n", "projects/p.yml": PROJECTS, "claims/c.yml": CLAIMS}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    office = Office(tmp_path, {}, Clock())
    yield office
    office.close()


def stand(office):
    return watch_of(office).evidence.detection


def watch_of(office):
    watch_projects(office)
    return next(finding for finding in office.alerts.findings() if finding.rule == "divergence")


@pytest.fixture
def watched(office):
    """A claim that one complaint a day has just put on watch; ten comments a day since."""
    for day in range(30):
        office.index.add([said(day, 0)])
        office.now.at = START + timedelta(days=day + 1)
        if stand(office).tier is Tier.WATCH:
            break
    assert stand(office).tier is Tier.WATCH
    last = (office.now.at - START).days
    office.index.add([said(last + more, n) for more in (1, 2) for n in range(50)])
    office.now.at += timedelta(days=3)
    return office


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
