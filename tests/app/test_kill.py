"""SIGKILL at random moments of crawl, ingest and service loses nothing and doubles nothing."""

import contextlib
import email
import email.policy
import random
import signal
import subprocess
import time

import pytest

from alerts.store import AlertStore
from indexer.base import Query
from indexer.sqlite import SqliteIndex
from minsheng.domain import Kind

# (command, how often, between which seconds after its start): 20 moments in all.
KILLS = [("crawl", 6, 0.5, 4.0), ("ingest", 5, 0.5, 3.0), ("watch", 3, 0.5, 4.0), ("run", 6, 1.0, 6.0)]
# The daily watch of claims counts comments as they arrive, and kills change that; that people have fallen silent does not
# depend on it.
RULE = "mails: true\nmax_chance: 0.05\n"


@pytest.mark.timeout(600)
def test_twenty_kills_leave_what_one_undisturbed_run_leaves(spawn, deployment, board):
    moments = random.Random(20261123)
    (deployment / "rules").mkdir()
    (deployment / "rules/silence.yml").write_text(RULE, encoding="utf-8")
    for command, times, earliest, latest in KILLS:
        for _ in range(times):
            kill_after(spawn(command), moments.uniform(earliest, latest))

    log = deployment / "log.txt"
    before = len(log.read_text(encoding="utf-8"))
    service = spawn("run")
    # What was left to do may be done before the service hears signals: it does once it has said where it listens.
    wait_until(lambda: "控制台" in log.read_text(encoding="utf-8")[before:] and all_is_done(deployment, board), service)
    service.send_signal(signal.SIGTERM)

    assert service.wait(timeout=60) == 0
    assert stored(deployment) == expected(board)
    assert mails_per_matter(deployment) == opened_matters(deployment)
    assert opened_matters(deployment)
    assert list((deployment / "var" / "inbox").iterdir()) == []


def kill_after(process, seconds):
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)
    process.kill()
    process.wait()


def wait_until(true, process, seconds=120):
    ends = time.monotonic() + seconds
    while not true():
        assert process.poll() is None, "the service ended by itself"
        assert time.monotonic() < ends, "did not happen in time"
        time.sleep(0.5)


def all_is_done(deployment, board):
    complete = stored(deployment) == expected(board)
    return complete and opened_matters(deployment) and mails_per_matter(deployment) == opened_matters(deployment)


def expected(board):
    public = {f"replies:{m.id}" for m in board.replies} | {f"votes:{m.id}" for m in board.votes}
    replies = {f"replies:{m.id}:reply" for m in board.replies if m.reply}
    return sorted(public), sorted(replies)


def stored(deployment):
    path = deployment / "var" / "index.sqlite"
    if not path.exists():
        return [], []
    index = SqliteIndex(path)
    found = {kind: sorted(item.post.id for item in index.stream(Query(kinds=(kind,)))) for kind in Kind}
    index.close()
    return found[Kind.PUBLIC], found[Kind.OFFICIAL]


def opened_matters(deployment):
    """Return the matters that opened with a mail of their own; each must have exactly one."""
    store = AlertStore(deployment / "var" / "alerts.sqlite")
    alerts = [alert for alert in store.alerts() if alert.finding.rule == "silence"]
    return {alert.id: 1 for alert in alerts}


def mails_per_matter(deployment):
    found = {}
    for path in (deployment / "var" / "mail").glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if "【民声提示】" in message["Subject"]:
            matter = message["Message-ID"].strip("<>").split("@")[0]
            found[matter] = found.get(matter, 0) + 1
    store = AlertStore(deployment / "var" / "alerts.sqlite")
    by_mail = {
        alert.id: sum(count for matter, count in found.items() if alert.id in matter) for alert in store.alerts()
    }
    return {alert: count for alert, count in by_mail.items() if count}
