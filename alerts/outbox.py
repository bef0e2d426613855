"""Mails in, mails handed over out: kept on the disk until the channel took them, tried again with growing pauses."""

import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from alerts.bounces import Bounce
from alerts.channels.base import Channel, Mail, PartlyDelivered, RefusedForGood, Unreachable
from alerts.database import Database, moment, stamp
from alerts.hours import Hours
from minsheng.domain import BEIJING
from minsheng.errors import DeliveryFailed, QueryError

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
_HOUR = timedelta(hours=1)
_ALWAYS = Hours()


class MailState(StrEnum):
    """Where a mail stands. The last three wait for a person: nothing tries them again by itself."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    GAVE_UP = "gave_up"
    BOUNCED = "bounced"


STUCK = (MailState.REFUSED, MailState.GAVE_UP, MailState.BOUNCED)
"""Those that wait for a person."""


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail with its fate so far. ``reply`` is the last answer; ``refused`` names recipients refused for good."""

    mail: Mail
    state: MailState
    tries: int
    next_try: datetime
    sent_at: datetime | None
    reply: str
    refused: tuple[str, ...]

    @property
    def fates(self) -> Mapping[str, MailState]:
        """Where the mail stands for each recipient."""
        is_done = self.state not in {MailState.WAITING, MailState.SENDING, MailState.GAVE_UP}
        waiting: set[str] = set() if is_done else set(self.mail.envelope)
        refused = MailState.BOUNCED if self.state is MailState.BOUNCED else MailState.REFUSED
        return {
            address: refused if address in self.refused else self.state if address in waiting else MailState.SENT
            for address in self.mail.to
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, or what came of one.

    ``outcome``: sent, partly, failed, refused, gave_up, interrupted, again (a person's wish), delayed or bounced.
    """

    mail: str
    at: datetime
    outcome: str
    reply: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one delivery did; ``note`` says in Chinese why mails that were due were left waiting."""

    sent: int
    failed: int
    waiting: int
    note: str = ""


class Outbox:
    """The mails of a store, and the only place from which they leave.

    - a mail leaves ``waiting`` only for ``sending``, and ``sending`` only with the channel's answer. A mail found in
      ``sending`` when no delivery runs was cut off by a crash: it is tried again with the same Message-ID.
    - one delivery at a time, over all processes; a second one returns at once and says so.
    """

    def __init__(
        self, path: Path, *, per_hour: int = 60, max_age: timedelta = timedelta(days=7), hours: Hours = _ALWAYS
    ) -> None:
        self._database = Database(path)
        self._hours = hours
        self._per_hour = per_hour
        self._max_age = max_age

    def deliver(self, channel: Channel, now: datetime) -> DeliveryReport:
        """Try every mail that is due, oldest first, at most ``per_hour`` in any hour, none outside of ``hours``."""
        with self._database.alone() as is_alone:
            if not is_alone:
                return self._report(0, 0, "另一次投递正在进行")
            self._recover(now)
            opens = self._hours.opens(now)
            if opens > now and self._due(now):
                return self._report(0, 0, f"现在不是发信的时间，{opens.astimezone(BEIJING):%m-%d %H:%M} 后再发")
            return self._deliver_due(channel, now)

    def bounced(self, bounce: Bounce, now: datetime) -> bool:
        """Note what a mail server said later of a mail that it had taken; return whether that is news.

        A recipient that failed for good is added to those refused, and a person may send it again. What is no mail of
        ours, names nobody that it went to, or was noted already, changes nothing.
        """
        with self._database.write() as rows:
            row = rows.execute(_SELECT, (bounce.mail,)).fetchone()
            if row is None or (recipient := _among(json.loads(row["body"])["to"], bounce.recipient)) is None:
                return False
            outcome, reply = ("bounced" if bounce.is_final else "delayed"), f"{recipient}: {bounce.reply}"
            refused = set(json.loads(row["refused"]))
            known = rows.execute(
                "SELECT 1 FROM attempts WHERE mail = ? AND outcome = ? AND reply = ?", (bounce.mail, outcome, reply)
            ).fetchone()
            if known or (bounce.is_final and recipient in refused):
                return False
            _note(rows, bounce.mail, now, outcome, reply)
            if bounce.is_final:
                rows.execute(
                    "UPDATE mails SET state = ?, refused = ?, reply = ? WHERE id = ?",
                    (MailState.BOUNCED, json.dumps(sorted(refused | {recipient})), reply, bounce.mail),
                )
        logger.warning("mail %s mail=%s", outcome, bounce.mail)
        return True

    def add(self, mail: Mail) -> bool:
        """Put a mail in line; False if one of its Message-ID is known, whatever became of it."""
        with self._database.write() as rows:
            return enqueue(rows, [mail]) == 1

    def knows(self, mail_id: str) -> bool:
        """Return whether a mail of this Message-ID was ever put in line, whatever became of it."""
        with self._database.read() as rows:
            return rows.execute("SELECT 1 FROM mails WHERE id = ?", (mail_id,)).fetchone() is not None

    def waiting(self) -> list[QueuedMail]:
        """Return the mails that are still to leave, those due first."""
        return [mail for mail in self.mails() if mail.state in (MailState.WAITING, MailState.SENDING)]

    def mails(self, state: MailState | None = None) -> list[QueuedMail]:
        """Return mails with their fate, the next to be tried first."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT * FROM mails WHERE ?1 IS NULL OR state = ?1 ORDER BY next_try, created_at, id", (state,)
            ).fetchall()
        return [_queued(row) for row in found]

    def log(self, mail: str | None = None, limit: int = 200) -> list[Attempt]:
        """Return the last tries, newest first."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT * FROM attempts WHERE ?1 IS NULL OR mail = ?1 ORDER BY number DESC LIMIT ?2", (mail, limit)
            ).fetchall()
        return [Attempt(row["mail"], moment(row["at"]), row["outcome"], row["reply"]) for row in found]

    def retry(self, mail_id: str, now: datetime) -> None:
        """Put a mail that was refused or given up back in line, for the recipients that it has not reached.

        Raises:
            QueryError: No such mail waits for a person.
        """
        with self._database.write() as rows:
            row = rows.execute(f"{_SELECT} AND state IN (?, ?, ?)", (mail_id, *STUCK)).fetchone()
            if row is None:
                raise QueryError(f"mail {mail_id}: is not one that was refused, given up or bounced; see the outbox")
            left = json.loads(row["refused"]) + json.loads(row["pending"])
            rows.execute(
                "UPDATE mails SET state = ?, pending = ?, refused = '[]', next_try = ?, since = ?, tries = 0"
                " WHERE id = ?",
                (MailState.WAITING, json.dumps(left), stamp(now), stamp(now), mail_id),
            )
            _note(rows, mail_id, now, "again", "")

    def _recover(self, now: datetime) -> None:
        """Put mails that a crash cut off back in line; one that is cut off again and again must pause in between."""
        with self._database.write() as rows:
            cut_off = rows.execute("SELECT id, tries FROM mails WHERE state = ?", (MailState.SENDING,)).fetchall()
            for row in cut_off:
                due = now if row["tries"] <= 1 else now + pause(row["tries"])
                rows.execute(
                    "UPDATE mails SET state = ?, next_try = ? WHERE id = ?", (MailState.WAITING, stamp(due), row["id"])
                )
                _note(rows, row["id"], now, "interrupted", "上次投递中断，结果未知；用同一 Message-ID 再投")
                logger.warning("mail interrupted mail=%s", row["id"])

    def _deliver_due(self, channel: Channel, now: datetime) -> DeliveryReport:
        sent = failed = 0
        for mail_id in self._due(now):
            note = self._held_back(now)
            if note:
                return self._report(sent, failed, note)
            queued = self._claim(mail_id)
            try:
                reply = channel.send(queued.mail)
            except DeliveryFailed as error:
                failed += 1
                self._record_failure(queued, error, now)
                if isinstance(error, Unreachable):
                    return self._report(sent, failed, f"发信通道不可用：{error}")
            else:
                sent += 1
                self._record_success(queued, reply, now)
        return self._report(sent, failed, "")

    def _due(self, now: datetime) -> list[str]:
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT id FROM mails WHERE state = ? AND next_try <= ? ORDER BY next_try, created_at, id",
                (MailState.WAITING, stamp(now)),
            ).fetchall()
        return [row["id"] for row in found]

    def _held_back(self, now: datetime) -> str:
        """Say why no further mail may leave in this hour, or nothing."""
        with self._database.read() as rows:
            times = rows.execute(
                "SELECT sent_at FROM mails WHERE sent_at > ? ORDER BY sent_at", (stamp(now - _HOUR),)
            ).fetchall()
        if len(times) < self._per_hour:
            return ""
        free = moment(times[len(times) - self._per_hour]["sent_at"]) + _HOUR
        return f"一小时内已发 {len(times)} 封，达到上限 {self._per_hour}；{free.astimezone(BEIJING):%H:%M} 后再发"

    def _claim(self, mail_id: str) -> QueuedMail:
        with self._database.write() as rows:
            rows.execute("UPDATE mails SET state = ?, tries = tries + 1 WHERE id = ?", (MailState.SENDING, mail_id))
            return _queued(rows.execute(_SELECT, (mail_id,)).fetchone())

    def _record_success(self, queued: QueuedMail, reply: str, now: datetime) -> None:
        state = MailState.REFUSED if queued.refused else MailState.SENT
        with self._database.write() as rows:
            rows.execute(
                "UPDATE mails SET state = ?, sent_at = ?, reply = ?, pending = '[]' WHERE id = ?",
                (state, stamp(now), reply, queued.mail.id),
            )
            _note(rows, queued.mail.id, now, "sent", reply)
        logger.info("mail sent mail=%s alert=%s tries=%d", queued.mail.id, queued.mail.alert, queued.tries)

    def _record_failure(self, queued: QueuedMail, error: DeliveryFailed, now: datetime) -> None:
        refused, pending = set(queued.refused), queued.mail.envelope
        if isinstance(error, RefusedForGood):
            refused, pending = refused | set(pending), ()
        if isinstance(error, PartlyDelivered):
            refused, pending = refused | set(error.never), error.later
        with self._database.write() as rows:
            since = moment(rows.execute(_SELECT, (queued.mail.id,)).fetchone()["since"])
            state, outcome = self._after_failure(error, pending, now - since)
            rows.execute(
                "UPDATE mails SET state = ?, reply = ?, refused = ?, pending = ?, next_try = ? WHERE id = ?",
                (state, str(error), json.dumps(sorted(refused)), json.dumps(pending),
                 stamp(now + pause(queued.tries)), queued.mail.id),
            )  # fmt: skip
            _note(rows, queued.mail.id, now, outcome, str(error))
        logger.warning("mail %s mail=%s alert=%s tries=%d", outcome, queued.mail.id, queued.mail.alert, queued.tries)

    def _after_failure(self, error: DeliveryFailed, pending: tuple[str, ...], age: timedelta) -> tuple[MailState, str]:
        if not pending:
            return MailState.REFUSED, "partly" if isinstance(error, PartlyDelivered) else "refused"
        if age >= self._max_age:
            return MailState.GAVE_UP, "gave_up"
        return MailState.WAITING, "partly" if isinstance(error, PartlyDelivered) else "failed"

    def _report(self, sent: int, failed: int, note: str) -> DeliveryReport:
        with self._database.read() as rows:
            (waiting,) = rows.execute(
                "SELECT count(*) FROM mails WHERE state IN (?, ?)", (MailState.WAITING, MailState.SENDING)
            ).fetchone()
        if note:
            logger.warning("delivery stopped sent=%d failed=%d waiting=%d note=%s", sent, failed, waiting, note)
        return DeliveryReport(sent, failed, waiting, note)


def enqueue(rows: sqlite3.Connection, mails: Iterable[Mail]) -> int:
    """Put mails in line inside the caller's transaction; one whose Message-ID is known is left as it is."""
    count = 0
    for mail in mails:
        body = asdict(mail)
        del body["id"], body["created_at"], body["alert"], body["pending"]
        if not mail.attachments:
            del body["attachments"]
        text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace").decode()
        created = stamp(mail.created_at)
        count += rows.execute(
            "INSERT INTO mails (id, state, created_at, alert, body, pending, next_try, since)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (mail.id, MailState.WAITING, created, mail.alert, text, json.dumps(mail.pending), created, created),
        ).rowcount
    return count


def pause(tries: int) -> timedelta:
    """Return how long to wait after the given number of failed tries: 1, 2, 4 … minutes, at most an hour."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)


_SELECT = "SELECT * FROM mails WHERE id = ?"


def _among(addresses: Iterable[str], wanted: str) -> str | None:
    """Return the address as we wrote it, whatever letters the server wrote it in."""
    return next((address for address in addresses if address.casefold() == wanted.casefold()), None)


def _queued(row: sqlite3.Row) -> QueuedMail:
    body = json.loads(row["body"])
    mail = Mail(
        row["id"], tuple(body["to"]), body["subject"], body["text"], body["html"], moment(row["created_at"]),
        row["alert"], tuple(json.loads(row["pending"])), tuple(body.get("attachments", ())),
    )  # fmt: skip
    return QueuedMail(
        mail, MailState(row["state"]), row["tries"], moment(row["next_try"]),
        moment(row["sent_at"]) if row["sent_at"] else None, row["reply"], tuple(json.loads(row["refused"])),
    )  # fmt: skip


def _note(rows: sqlite3.Connection, mail_id: str, now: datetime, outcome: str, reply: str) -> None:
    rows.execute(
        "INSERT INTO attempts (mail, at, outcome, reply) VALUES (?, ?, ?, ?)", (mail_id, stamp(now), outcome, reply)
    )
