"""The review of a watch in the console: the same draw, the same decision as the workbook, a label at a time."""

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from alerts.sequential.labels import MOST_LABELS, Outcome
from app.acts import acts_of
from app.review import case_of, draw
from app.reviewing import reviews_of
from app.work import watch_projects
from console.access.visit import FIELD
from console.app import create_app
from minsheng.domain import Sentiment
from minsheng.errors import QueryError

from .on_watch import Clock, open_office, put_on_watch

MODEL_WORDS = ("把握", 'class="sentiment')


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A claim that one complaint a day has just put on watch; ten comments a day since."""
    opened = put_on_watch(open_office(tmp_path_factory.mktemp("review"), Clock()))
    yield opened
    opened.close()


@pytest.fixture
def client(office):
    app = create_app(replace(office.desk(), acts=acts_of(office)))
    return TestClient(app, base_url="http://127.0.0.1:8600")


@pytest.fixture
def send(client):
    """Send a form with the token of the page and what the page says of the comment that it shows."""

    def sent(address, page="/briefings", **fields):
        html = client.get(page).text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
        return client.post(address, data={**hidden, **fields})

    return sent


def test_a_review_is_read_in_the_console_label_by_label_until_it_decides(office, client, send):
    """One test: each step rests on the one before, and putting a claim on watch takes seconds."""
    first = send("/review/draw", claim="c1").text
    drawn = [one.post for one in office.detectors.drawn(("road", "c1"), case_of(office, "c1").round)]
    again = [labelled.post.id for labelled in draw(office, case_of(office, "c1"))]

    assert "第 1 条，共抽取 60 条" in first
    assert re.search(r'name="post" value="([^"]+)"', first)[1] == drawn[0]
    assert not any(word in first for word in MODEL_WORDS), "a review is blind"
    assert drawn == again, "the workbook draws the same"

    send("/review/label", "/review/c1", label="neutral")
    second = send("/review/label", "/review/c1", label="positive").text
    assert "第 3 条" in second
    put_right = send("/review/label", "/review/c1?again=1", label="negative").text
    assert "第 3 条" in put_right
    assert [one.label for one in office.detectors.drawn(("road", "c1"), case_of(office, "c1").round)[:3]] == [
        Sentiment.NEUTRAL,
        Sentiment.NEGATIVE,
        None,
    ]

    reviews, name = reviews_of(office), case_of(office, "c1").name
    with pytest.raises(QueryError, match="更早的"):
        reviews.label(name, drawn[0], Sentiment.NEGATIVE, True)
    with pytest.raises(QueryError, match="顺序"):
        reviews.label(name, drawn[7], Sentiment.NEGATIVE, False)

    listed = client.get("/review").text
    assert "尚不足以下结论" in listed
    assert "判读 2 条：负面 1，正面 0" in listed
    answers = 2
    while "/review/c1" in (page := send("/review/label", "/review/c1", label="negative")).url.path:
        answers += 1
        assert answers < MOST_LABELS
    assert "复核结束：确认" in page.text
    assert "确认" in client.get("/review").text
    assert client.get("/review/c1").status_code == 404, "nothing is left to review"
    (past,) = reviews.past()
    assert (past.audit.outcome, past.over) == (Outcome.CONFIRMED, True)
    assert past.low > past.allowed

    findings, _ = watch_projects(office)
    assert next(found for found in findings if found.rule == "divergence").evidence.detection.by_review
    assert [queued.mail.to for queued in office.outbox.mails()] == [("jtj@example.cn",)]


def test_a_label_that_is_none_and_a_claim_that_is_not_on_watch_are_refused(client, send):
    assert send("/review/label", round="c1@2026-03-01", post="x", label="bad").status_code == 400
    assert send("/review/draw", claim="nothing").status_code == 404
    assert client.get("/review/nothing").status_code == 404


def test_a_form_without_the_token_draws_nothing(client):
    assert client.post("/review/draw", data={"claim": "c1", FIELD: "x"}).status_code == 403
