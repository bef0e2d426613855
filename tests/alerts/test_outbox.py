"""Mails in, mails handed over out: nothing lost, nothing twice, whatever the channel or the process does."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from alerts.channels.base import Mail, PartlyDelivered, RefusedForGood, Unreachable
from alerts.channels.folder import FolderChannel
from alerts.outbox import DeliveryReport, MailState, Outbox, enqueue, pause
from alerts.store import AlertStore
from minsheng.errors import DeliveryFailed, QueryError

START = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ROOT = Path(__file__).resolve().parents[2]


class Scripted:
    """A channel that answers each try with the next thing of its script, and takes everything once it is through."""

    def __init__(self, *script: BaseException | str) -> None:
        self.script = list(script)
        self.seen: list[Mail] = []

    def send(self, mail: Mail) -> str:
        self.seen.append(mail)
        answer = self.script.pop(0) if self.script else "250 OK"
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Killed(BaseException):
    """Stands for the process ending in the middle of a try."""


def mail(name: str = "a", at: datetime = START, to: tuple[str, ...] = ("a@example.cn",)) -> Mail:
    return Mail(f"<{name}@example.cn>", to, f"【民声提示】{name}", "文", "<p>文</p>", at, name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.sqlite"


@pytest.fixture
def outbox(path: Path) -> Outbox:
    return Outbox(path)


def put(outbox: Outbox, *mails: Mail) -> None:
    with outbox._database.write() as rows:
        enqueue(rows, mails)


def state(outbox: Outbox, name: str = "a") -> MailState:
    return next(queued.state for queued in outbox.mails() if queued.mail.alert == name)


def test_a_mail_taken_by_the_channel_is_sent_once(outbox):
    channel = Scripted()
    put(outbox, mail("a"), mail("b"))

    first = outbox.deliver(channel, START)
    second = outbox.deliver(channel, START + HOUR)

    assert (first, second) == (DeliveryReport(2, 0, 0), DeliveryReport(0, 0, 0))
    assert channel.seen == [mail("a"), mail("b")]
    assert [(q.state, q.sent_at, q.reply) for q in outbox.mails(MailState.SENT)] == [("sent", START, "250 OK")] * 2


def test_a_mail_queued_twice_under_one_message_id_is_one_mail(outbox):
    put(outbox, mail("a"))
    put(outbox, mail("a"))

    assert [queued.mail for queued in outbox.waiting()] == [mail("a")]


def test_a_failure_that_may_pass_is_tried_again_after_a_growing_pause(outbox):
    channel = Scripted(DeliveryFailed("451 later"), DeliveryFailed("451 later"))
    put(outbox, mail())

    reports = [outbox.deliver(channel, START + m * MINUTE).sent for m in (0, 0.5, 1, 2, 3)]

    assert reports == [0, 0, 0, 0, 1]
    assert [(a.at - START, a.outcome, a.reply) for a in outbox.log("<a@example.cn>")] == [
        (3 * MINUTE, "sent", "250 OK"),
        (1 * MINUTE, "failed", "451 later"),
        (0 * MINUTE, "failed", "451 later"),
    ]


def test_pauses_double_up_to_an_hour():
    assert [pause(tries) / MINUTE for tries in (1, 2, 3, 6, 7, 8, 500)] == [1, 2, 4, 32, 60, 60, 60]


def test_after_seven_days_the_outbox_gives_up_visibly_and_a_person_can_try_again(outbox):
    channel = Scripted(*[DeliveryFailed("451 later")] * 3)
    put(outbox, mail())

    for days in (0, 6.9, 7, 8):
        outbox.deliver(channel, START + days * DAY)
    given_up = outbox.mails(MailState.GAVE_UP)
    outbox.retry("<a@example.cn>", START + 9 * DAY)
    outbox.deliver(channel, START + 9 * DAY)

    assert [(q.mail.alert, q.reply, q.tries) for q in given_up] == [("a", "451 later", 3)]
    assert [a.outcome for a in outbox.log()] == ["sent", "again", "gave_up", "failed", "failed"]


def test_a_mail_refused_for_good_is_kept_and_not_tried_again_by_itself(outbox):
    channel = Scripted(RefusedForGood("550 no such mailbox"))
    put(outbox, mail())

    report = outbox.deliver(channel, START)
    later = outbox.deliver(channel, START + DAY)

    assert (report, later) == (DeliveryReport(0, 1, 0), DeliveryReport(0, 0, 0))
    assert [(q.reply, q.refused) for q in outbox.mails(MailState.REFUSED)] == [
        ("550 no such mailbox", ("a@example.cn",))
    ]
    outbox.retry("<a@example.cn>", START + DAY)
    assert outbox.deliver(channel, START + DAY).sent == 1


def test_recipients_that_got_the_mail_do_not_get_it_again(outbox):
    channel = Scripted(PartlyDelivered("c refused", later=("b@x.cn",), never=("c@x.cn",)))
    put(outbox, mail(to=("a@x.cn", "b@x.cn", "c@x.cn")))

    outbox.deliver(channel, START)
    outbox.deliver(channel, START + MINUTE)

    assert [m.envelope for m in channel.seen] == [("a@x.cn", "b@x.cn", "c@x.cn"), ("b@x.cn",)]
    assert {m.id for m in channel.seen} == {"<a@example.cn>"}
    assert [(q.state, q.refused) for q in outbox.mails()] == [(MailState.REFUSED, ("c@x.cn",))]
    outbox.retry("<a@example.cn>", START + HOUR)
    outbox.deliver(channel, START + HOUR)
    assert channel.seen[-1].envelope == ("c@x.cn",)


def test_a_mail_for_which_only_refused_recipients_are_left_waits_for_a_person(outbox):
    put(outbox, mail(to=("a@x.cn", "b@x.cn")))

    outbox.deliver(Scripted(PartlyDelivered("b refused", later=(), never=("b@x.cn",))), START)

    assert [(q.state, q.refused) for q in outbox.mails()] == [(MailState.REFUSED, ("b@x.cn",))]
    assert [a.outcome for a in outbox.log()] == ["partly"]


def test_only_a_mail_that_waits_for_a_person_can_be_put_back(outbox):
    put(outbox, mail())

    with pytest.raises(QueryError, match="not one that was refused"):
        outbox.retry("<a@example.cn>", START)


def test_when_the_server_is_down_the_other_mails_wait_their_turn(outbox):
    channel = Scripted(Unreachable("smtp.example:587: refused"))
    put(outbox, mail("a"), mail("b"))

    report = outbox.deliver(channel, START)

    assert report == DeliveryReport(0, 1, 2, "发信通道不可用：smtp.example:587: refused")
    assert [m.alert for m in channel.seen] == ["a"]
    assert outbox.deliver(channel, START + MINUTE).sent == 2
    assert [m.alert for m in channel.seen] == ["a", "b", "a"]


def test_no_more_mails_leave_in_an_hour_than_allowed_and_the_report_says_so(path):
    outbox = Outbox(path, per_hour=2)
    put(outbox, *(mail(name) for name in "abcde"))

    first = outbox.deliver(Scripted(), START)
    too_early = outbox.deliver(Scripted(), START + 59 * MINUTE)
    second = outbox.deliver(Scripted(), START + HOUR)

    assert first == DeliveryReport(2, 0, 3, "一小时内已发 2 封，达到上限 2；13:00 后再发")
    assert (too_early.sent, second.sent, second.waiting) == (0, 2, 1)


def test_a_try_cut_off_before_the_answer_is_repeated_under_the_same_message_id(outbox):
    channel = Scripted(Killed())
    put(outbox, mail())

    with pytest.raises(Killed):
        outbox.deliver(channel, START)
    assert state(outbox) == MailState.SENDING
    outbox.deliver(channel, START + MINUTE)

    assert state(outbox) == MailState.SENT
    assert channel.seen == [mail(), mail()]
    assert [a.outcome for a in outbox.log()] == ["sent", "interrupted"]


def test_a_mail_that_is_cut_off_again_and_again_does_not_hold_up_the_others(outbox):
    put(outbox, mail("bad"))
    for _ in range(2):
        with pytest.raises(Killed):
            outbox.deliver(Scripted(Killed()), START)
    put(outbox, mail("good"))

    assert outbox.deliver(Scripted(), START).sent == 1
    assert state(outbox, "good") == MailState.SENT
    assert state(outbox, "bad") == MailState.WAITING


def test_two_deliveries_at_once_send_each_mail_once(outbox, path):
    inside, leave = threading.Event(), threading.Event()

    class Slow(Scripted):
        def send(self, mail: Mail) -> str:
            inside.set()
            leave.wait(20)
            return super().send(mail)

    slow, quick = Slow(), Scripted()
    put(outbox, mail())
    first = threading.Thread(target=outbox.deliver, args=(slow, START))
    first.start()
    inside.wait(20)

    report = Outbox(path).deliver(quick, START)
    leave.set()
    first.join()

    assert (report.sent, report.note) == (0, "另一次投递正在进行")
    assert (len(slow.seen), len(quick.seen)) == (1, 0)
    assert outbox.deliver(quick, START + HOUR) == DeliveryReport(0, 0, 0)


def test_a_try_cut_off_after_the_file_was_written_leaves_one_file(outbox, tmp_path):
    folder = FolderChannel(tmp_path / "mail", "minsheng@example.cn")

    class DiesAfterwards(Scripted):
        def send(self, mail: Mail) -> str:
            folder.send(mail)
            raise Killed

    put(outbox, mail())
    with pytest.raises(Killed):
        outbox.deliver(DiesAfterwards(), START)

    outbox.deliver(folder, START + MINUTE)

    assert [p.name for p in (tmp_path / "mail").iterdir()] == ["a.eml"]
    assert state(outbox) == MailState.SENT


SERVICE = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from alerts.channels.base import Mail
from alerts.channels.folder import FolderChannel
from alerts.outbox import Outbox
from alerts.store import AlertStore
from minsheng.domain import Evidence, Finding, Verdict, Window

start = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
var, matters = Path(sys.argv[1]), int(sys.argv[2])
store, channel = AlertStore(var / "alerts.sqlite"), FolderChannel(var / "mail", "minsheng@example.cn")
outbox = Outbox(store.path, per_hour=100_000)
evidence = Evidence("讨论量", 85, 60.0, Window(start - timedelta(days=30), start))

def compose(alert):
    return [Mail(f"<alert.{alert.id}@example.cn>", ("a@example.cn",), "题", "文", "<p>", alert.opened_at, alert.id)]

print("ready", flush=True)
done = len(store.findings())
for number in range(max(done - 1, 0), matters):
    now = start + timedelta(minutes=number)
    store.apply([Finding("surge", f"p{number}", True, Verdict.TENSION, "why", evidence)], now, compose)
    outbox.deliver(channel, now + timedelta(days=1))
    print(number, flush=True)
outbox.deliver(channel, start + timedelta(days=3))
print("end", flush=True)
"""


def _run_service(var: Path, matters: int, lines: int | None, pause_seconds: float = 0.0) -> bool:
    """Start the service, kill it a moment after some lines of progress; return whether it came to its end."""
    service = subprocess.Popen(
        [sys.executable, "-c", SERVICE, str(var), str(matters)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with service:
        printed = [service.stdout.readline() for _ in range(lines or 0)]
        if lines is not None:
            time.sleep(pause_seconds)
            service.send_signal(signal.SIGKILL)
        printed += service.stdout.readlines()
    return "end\n" in printed


def test_sigkill_at_any_moment_loses_nothing_and_doubles_nothing(tmp_path):
    matters, rounds, chance = 60, 12, random.Random(7)

    ended = [_run_service(tmp_path, matters, chance.randint(1, 4), chance.uniform(0, 0.02)) for _ in range(rounds)]
    assert _run_service(tmp_path, matters, lines=None)

    store, outbox = AlertStore(tmp_path / "alerts.sqlite"), Outbox(tmp_path / "alerts.sqlite")
    ids = sorted(f"<alert.{alert.id}@example.cn>" for alert in store.alerts())
    files = (tmp_path / "mail").glob("*.eml")
    assert ended.count(False) >= 10
    assert len(ids) == matters
    assert {queued.state for queued in outbox.mails()} == {MailState.SENT}
    assert sorted(BytesParser(policy=policy.SMTP).parsebytes(file.read_bytes())["Message-ID"] for file in files) == ids
    assert all(len(store.history(alert.id)) == 1 for alert in store.alerts())


def test_the_stored_recipients_are_readable_json(outbox):
    put(outbox, mail(to=("a@x.cn", "b@x.cn")))

    with outbox._database.read() as rows:
        body = json.loads(rows.execute("SELECT body FROM mails").fetchone()["body"])
    assert body == {"to": ["a@x.cn", "b@x.cn"], "subject": "【民声提示】a", "text": "文", "html": "<p>文</p>"}
