"""What the forms of the console change, on a real office: decided, corrected, silenced, made; and what they refuse."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.acts import acts_of
from app.bootstrap import Office
from app.crawling import is_due
from app.papers import papers_of
from console.access.visit import FIELD
from console.app import create_app
from minsheng.errors import QueryError

TABLE = "项目名称,完成率\n滨江路,80%\n没有这个项目,50%\n"
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def office(open_desk):
    return open_desk()


@pytest.fixture
def send(office):
    """Return a sender of forms as a page of this console sends them; answers with the page that is shown then."""
    client = TestClient(
        create_app(replace(office.desk(), acts=acts_of(office))),
        base_url="http://127.0.0.1:8600",
        follow_redirects=True,
    )

    def sent(address, files=None, **fields):
        token = re.search(f'name="{FIELD}" value="([^"]+)"', client.get("/briefings").text)[1]
        return client.post(address, data={FIELD: token, **fields}, files=files)

    return sent


@pytest.fixture
def propose(office, make_labelled):
    """Return a proposer of one more claim."""
    from app.claim_work import propose_claims
    from minsheng.domain import Kind

    def proposed(share):
        post = make_labelled(
            f"向阳小区改造居民满意率达到{share}。", id=f"votes:extra{next(NUMBERS)}-{share}", source="votes",
            kind=Kind.OFFICIAL, projects=("renewal",),
        )  # fmt: skip
        (entry,) = propose_claims(office, [post])
        return entry

    return proposed


def test_a_proposal_is_accepted_as_it_stands(office, send, propose):
    entry = propose("91%")

    answer = send("/claims/accept", id=entry.id)

    assert "已接受" in answer.text
    assert office.ledger.entry(entry.id).claim.value == pytest.approx(0.91)
    assert office.ledger.history(entry.id)[-1].reason == "照提案接受"


def test_a_proposal_is_accepted_with_what_a_person_puts_right(office, send, propose):
    entry = propose("92%")

    send("/claims/accept", id=entry.id, value="90%", aspect="quality", kind="satisfaction", survey_size="")

    claim = office.ledger.entry(entry.id).claim
    assert (claim.value, claim.aspect, claim.reviewed) == (0.9, "quality", True)
    assert "修改后接受" in office.ledger.history(entry.id)[-1].reason


@pytest.mark.parametrize("fields", [{"value": "900%"}, {"project": "nowhere"}, {"aspect": "x"}, {"kind": "mood"}])
def test_a_claim_that_would_not_be_valid_is_refused_with_the_reason(office, send, propose, fields):
    entry = propose("93%")

    answer = send("/claims/accept", id=entry.id, **fields)

    assert answer.status_code == 400
    assert "请求有误" in answer.text
    assert office.ledger.entry(entry.id).state.value == "proposed"


def test_a_proposal_is_rejected_and_a_claim_withdrawn_only_with_a_reason_that_names_nobody(office, send, propose):
    rejected, accepted = propose("94%"), propose("95%")
    send("/claims/accept", id=accepted.id)

    without = send("/claims/reject", id=rejected.id, reason="  ")
    send("/claims/reject", id=rejected.id, reason="电话13812345678说不是本项目")
    send("/claims/withdraw", id=accepted.id, reason="原文已更正")

    assert without.status_code == 400
    assert office.ledger.entry(rejected.id).state.value == "rejected"
    assert "13812345678" not in office.ledger.history(rejected.id)[-1].reason
    assert office.ledger.entry(accepted.id).state.value == "withdrawn"


def test_an_entry_that_is_not_there_is_not_found(send):
    assert send("/claims/accept", id="c-0").status_code == 404
    assert send("/claims/reject", id="c-0", reason="x").status_code == 404


def test_a_progress_table_becomes_proposals_and_what_cannot_be_read_is_told(office, send):
    answer = send(
        "/claims/import",
        url="https://gov.example/table",
        date="2026-03-01",
        files={"table": ("进展.csv", TABLE.encode())},
    )

    assert "新提案 1 条，另存 1 行" in answer.text, re.findall('class="flash.*', answer.text)
    assert any(entry.claim.source_url == "https://gov.example/table" for entry in office.ledger.entries())


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"url": "https://gov.example/t", "date": "2026-03-01"}, "a.exe", "读不了“.exe”文件"),
        ({"url": "https://gov.example/t", "date": "soon"}, "a.csv", "请写公布日期"),
        ({"url": "javascript:alert(1)", "date": "2026-03-01"}, "a.csv", "public address"),
    ],
)
def test_a_table_that_cannot_be_taken_is_refused_with_the_reason(send, fields, name, said):
    answer = send("/claims/import", files={"table": (name, TABLE.encode())}, **fields)

    assert answer.status_code == 400
    assert said in answer.text


def test_a_form_without_a_file_is_refused(send):
    assert "请选择一个文件" in send("/claims/import", url="https://gov.example/t", date="2026-03-01").text


def test_an_alert_is_silenced_until_the_end_of_a_day_and_the_silence_ended(office, send):
    alert = office.alerts.alerts()[0]
    day = (office.now() + timedelta(days=9)).date()

    silenced = send("/alerts/silence", id=alert.id, until=f"{day}", reason="整改中")
    until = office.alerts.alert(alert.id).silenced_until
    ended = send("/alerts/silence", id=alert.id, end="now", reason="整改完成")

    assert "整改中" in silenced.text
    assert timedelta(days=8) < until - office.now() < timedelta(days=11)
    assert "静默已结束" in ended.text
    assert office.alerts.alert(alert.id).silenced_until is None
    assert [reason for _, _, reason in office.alerts.history(alert.id)][-1] == "结束静默：整改完成"


@pytest.mark.parametrize(
    "fields",
    [{"until": "2199-01-01", "reason": "x"}, {"until": "soon", "reason": "x"}, {"until": "2020-01-01", "reason": "x"}],
)
def test_a_silence_has_an_end_that_is_near(office, send, fields):
    alert = office.alerts.alerts()[0]

    assert send("/alerts/silence", id=alert.id, **fields).status_code == 400


def test_a_silence_without_a_reason_or_an_alert_is_refused(office, send):
    day = f"{office.now().date() + timedelta(days=2)}"

    assert send("/alerts/silence", id=office.alerts.alerts()[0].id, until=day).status_code == 400
    assert send("/alerts/silence", id="none", until=day, reason="x").status_code == 404


def test_a_label_is_corrected_with_a_masked_reason_and_the_correction_taken_back(office, send):
    send("/correct", post="replies:3", sentiment="positive", topic="transport", why="电话13812345678讲", back="/search")
    after = office.index.get("replies:3")
    send("/correct", post="replies:3", sentiment="-", back="/search")

    assert (after.label.attitude, after.label.topic) == ("positive", "transport")
    assert "13812345678" not in after.corrections[0].why
    assert office.index.get("replies:3").label.attitude == "negative"


@pytest.mark.parametrize(
    "fields", [{}, {"sentiment": "unsure"}, {"sentiment": ["positive", "neutral"]}, {"project": "x"}]
)
def test_a_correction_that_says_nothing_or_nonsense_is_refused(send, fields):
    assert send("/correct", post="replies:4", **fields).status_code == 400


def test_a_correction_leads_back_to_this_site_alone(send):
    answer = send("/correct", post="replies:5", sentiment="neutral", back="//evil.example/")

    assert answer.url.host == "127.0.0.1"


def test_a_source_rests_until_it_is_read_again(office, send):
    assert is_due(office, "votes")

    resting = send("/sources/rest", source="votes", what="pause")
    due = is_due(office, "votes")
    send("/sources/rest", source="votes", what="resume")

    assert "已暂停" in resting.text
    assert not due
    assert is_due(office, "votes")


def test_who_opens_the_console_without_a_login_cannot_take_a_source_back(office, send):
    answer = send("/sources/withdraw", source="votes", sure="votes")

    assert answer.status_code == 403
    assert office.index.get("votes:gov") is not None


def test_a_briefing_is_made_and_stands_in_the_list(office, send):
    answer = send("/briefings/make", kind="daily")

    assert "已生成日报" in answer.text
    assert list(office.folders.briefings.glob("daily-*.html"))
    assert send("/briefings/make", kind="../x").status_code == 400


def test_a_console_without_acts_shows_no_forms(office):
    client = TestClient(create_app(office.desk()), base_url="http://127.0.0.1:8600")

    pages = "".join(client.get(address).text for address in ("/search", "/alerts", "/claims", "/sources", "/briefings"))

    assert 'method="post"' not in pages


def test_a_special_report_of_one_project_is_made_and_sent_once_through_the_outbox(office):
    settings = office.folders.root / "minsheng.yml"
    recipients = "briefing: {recipients: {special: [head@office.example, deputy@office.example]}}\n"
    settings.write_text(settings.read_text(encoding="utf-8") + recipients, encoding="utf-8")
    sending = Office(office.folders.root, {}, office.now)
    papers = papers_of(sending)

    (html, *_) = papers.make("special", "renewal")
    first, again = papers.send(html.stem), papers.send(html.stem)
    (queued,) = papers.mailed(html.stem)

    assert (first, again) == (True, False)
    assert queued.mail.to == ("head@office.example", "deputy@office.example")
    assert queued.mail.attachments
    assert html.stem in queued.mail.id
    with pytest.raises(QueryError, match="没有这一期"):
        papers.send("special-nothing")
    with pytest.raises(QueryError, match="briefing.recipients"):
        papers.send(papers.make("daily", "")[0].stem)
    sending.close()
