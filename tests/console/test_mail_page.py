"""The page of mails over a real outbox: the fate of each recipient, the server's words as text, another try."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels.base import Mail, PartlyDelivered
from alerts.outbox import MailState, Outbox

AT = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
TO = ("a@office.example", "b@office.example", "c@office.example")


class Server:
    """A mail server that takes a mail for the first, puts the second off, and refuses the third."""

    def send(self, mail):
        if "c@office.example" in mail.envelope:
            raise PartlyDelivered(
                "250 ok; but <b>c</b>: 550 no such user", ("b@office.example",), ("c@office.example",)
            )
        return f"250 taken for {len(mail.envelope)}"


@pytest.fixture
def outbox(tmp_path):
    """One mail that has been tried once."""
    made = Outbox(tmp_path / "alerts.sqlite")
    made.add(Mail("<alert.1@example.cn>", TO, "【民声提示】滨河路", "第一行\n<script>pwned()</script>", "<p>x</p>", AT))
    made.deliver(Server(), AT)
    return made


@pytest.fixture
def admin(guarded, log_in, desk, acts):
    client = guarded(replace(desk, acts=acts))
    log_in(client, "zhao")
    return client


@pytest.mark.usefixtures("outbox")
def test_each_recipient_has_a_state_the_last_answer_is_text_and_the_next_try_has_a_time(admin):
    page = admin.get("/mail").text

    row = page[page.index("<tbody>") : page.index("</tbody>")]
    fates = [part.partition("</li>")[0] for part in row.split("<li>")[1:4]]
    assert [("已发" in fate, "待发" in fate, "被拒收" in fate) for fate in fates] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert "&lt;b&gt;c&lt;/b&gt;: 550" in row
    assert "<script>" not in row
    assert "下次 2026-03-10 11:01" in row
    assert "试过 1 次" in row


def test_an_admin_sends_again_to_those_alone_who_have_not_got_it(outbox, admin, token_of, audit):
    outbox.deliver(Server(), AT + timedelta(minutes=2))
    assert outbox.mails()[0].state is MailState.REFUSED
    form = {"csrf": token_of(admin, "/mail"), "id": "<alert.1@example.cn>"}

    answer = admin.post("/mail/retry", data=form)
    again = admin.post("/mail/retry", data=form)

    assert answer.headers["Location"] == "/mail"
    assert outbox.mails()[0].mail.envelope == ("c@office.example",)
    assert again.status_code == 400, "it waits by now"
    assert [entry.what for entry in audit.entries()].count("retry mail") == 2


@pytest.mark.usefixtures("outbox")
def test_a_test_mail_shows_the_answer_and_a_page_may_be_of_one_state(admin, token_of):
    admin.post("/mail/test", data={"csrf": token_of(admin, "/mail"), "to": "head@office.example"})

    assert "已交出：taken for head@office.example" in admin.get("/mail").text
    assert "没有邮件" in admin.get("/mail?state=bounced").text
    assert "滨河路" in admin.get("/mail?state=waiting").text
    assert admin.get("/mail?state=lost").status_code == 404
