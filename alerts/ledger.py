"""Claims that were proposed, and what persons decided on them, in; accepted claims and their whole history out."""

import hashlib
import logging
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from alerts.claims import checked
from alerts.database import Database, moment, stamp
from alerts.entries import LEDGER, Draft, Entry, EntryState, Event, dump_entry, load_entry
from minsheng.domain import Claim, Project
from minsheng.errors import ConfigError
from minsheng.strict import nearest
from minsheng.text import han_key

logger = logging.getLogger(__name__)

_GONE = "原文已改，不再有这句话"
_HINT = 200
"""Letters of a hint, at most."""
_BACK = "原文又有这句话"
_PREFIX = "c-"


class ClaimLedger:
    """All claims that were proposed on a deployment, in one file that several threads and processes may use at once.

    - a sentence of one origin is proposed once, whatever became of it: a rejected one comes back only if it changes.
    - what ``accept`` returned from is among ``claims``; nothing else is.
    - every change and its line of history are stored together or not at all.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, LEDGER)

    @property
    def path(self) -> Path:
        return self._database.path

    def propose(
        self, origin: str, drafts: Sequence[Draft], now: datetime, *, held: Collection[Draft] = ()
    ) -> list[Entry]:
        """Take in all claims of one origin; return the new ones.

        Where a sentence is no longer among them the text has changed: a waiting proposal is superseded (and waits
        again should the sentence come back), of an accepted claim the history says so. Drafts that are ``held``
        elsewhere are not taken in.
        """
        wrong = {draft.origin for draft in drafts} - {origin}
        if wrong:
            raise ValueError(f"drafts of {sorted(wrong)} among those of {origin}")
        with self._database.write() as rows:
            known = _compare(rows, origin, {_said(draft) for draft in drafts}, now)
            fresh = [draft for draft in drafts if _said(draft) not in known and draft not in held]
            entries = [_entry(draft, number, now) for number, draft in enumerate(fresh)]
            for entry in entries:
                _insert(rows, entry)
                _remember(rows, entry.id, now, EntryState.PROPOSED, f"读自原文（规则第 {entry.reader} 版）")
        if entries:
            logger.info("claims proposed origin=%s number=%d", origin, len(entries))
        return entries

    def entries(self, state: EntryState | None = None, project: str | None = None) -> list[Entry]:
        """Return entries, the latest claimed first."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT * FROM entries WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR project = ?2)",
                (state, project),
            ).fetchall()
        entries = [load_entry(row) for row in found]
        return sorted(entries, key=lambda entry: (entry.claim.published_at, entry.id), reverse=True)

    def entry(self, entry_id: str) -> Entry:
        """Return an entry.

        Raises:
            ConfigError: There is none of this id.
        """
        with self._database.read() as rows:
            return _find(rows, entry_id)

    def history(self, entry_id: str) -> list[Event]:
        """Return what happened to an entry, oldest first."""
        return self.histories().get(entry_id, [])

    def histories(self) -> dict[str, list[Event]]:
        """Return what happened to each entry, oldest first."""
        with self._database.read() as rows:
            found = rows.execute("SELECT * FROM history ORDER BY number").fetchall()
        events: dict[str, list[Event]] = {}
        for row in found:
            event = Event(moment(row["at"]), EntryState(row["state"]), row["reason"])
            events.setdefault(row["entry"], []).append(event)
        return events

    def claims(self) -> tuple[Claim, ...]:
        """Return the accepted claims, the latest first."""
        return tuple(entry.claim for entry in self.entries(EntryState.ACCEPTED))

    def accept(
        self,
        entry_id: str,
        now: datetime,
        *,
        projects: Mapping[str, Project],
        changes: Mapping[str, object] | None = None,
        supersedes: str | None = None,
    ) -> Entry:
        """Make a claim of a proposal, with the changes of the person who accepts it.

        One that was rejected, withdrawn or superseded may be accepted too: minds change, and the history says so.

        Args:
            entry_id: The proposal.
            now: When it is accepted.
            projects: The register: the claim must name one of them.
            changes: Key → value as in a claims file, for what was read wrongly.
            supersedes: An accepted entry that this one takes the place of.

        Raises:
            ConfigError: There is no such entry, it is accepted already, or the claim would not be valid.
        """
        with self._database.write() as rows:
            entry = _find(rows, entry_id)
            if entry.state is EntryState.ACCEPTED:
                raise ConfigError(f"claim {entry_id}: is accepted already; `minsheng claims show {entry_id}`")
            claim = replace(checked(entry.claim, changes or {}, projects), reviewed=True)
            if claim.id != entry.id:
                raise ConfigError(f"claim {entry_id}: the id cannot be changed")
            if supersedes is not None:
                _take_place(rows, supersedes, entry, now)
            return _move(rows, replace(entry, claim=claim), EntryState.ACCEPTED, now, _differences(entry.claim, claim))

    def reject(self, entry_id: str, reason: str, now: datetime) -> Entry:
        """Refuse a proposal; its sentence is not proposed again.

        Raises:
            ConfigError: There is no such entry, or it is not waiting.
        """
        return self._decide(entry_id, EntryState.PROPOSED, EntryState.REJECTED, reason, now)

    def withdraw(self, entry_id: str, reason: str, now: datetime) -> Entry:
        """Take an accepted claim back: it is compared no longer, its alerts close at the next watch.

        Raises:
            ConfigError: There is no such entry, or it is not accepted.
        """
        return self._decide(entry_id, EntryState.ACCEPTED, EntryState.WITHDRAWN, reason, now)

    def _decide(self, entry_id: str, wanted: EntryState, state: EntryState, reason: str, now: datetime) -> Entry:
        if not reason.strip():
            raise ConfigError(f"claim {entry_id}: give a reason; whoever reads the history will ask")
        with self._database.write() as rows:
            entry = _find(rows, entry_id)
            if entry.state is not wanted:
                raise ConfigError(
                    f"claim {entry_id}: is {entry.state.value}; only what is {wanted.value} can be {state.value}"
                )
            return _move(rows, entry, state, now, reason.strip())


def _compare(rows: sqlite3.Connection, origin: str, said: Collection[str], now: datetime) -> set[str]:
    """Note what an origin says no longer, and says again; return every sentence of it that is known."""
    known = rows.execute("SELECT * FROM entries WHERE origin = ?", (origin,)).fetchall()
    for row in known:
        entry, last = load_entry(row), _last_reason(rows, row["id"])
        if row["said"] in said:
            if entry.state is EntryState.SUPERSEDED and last == _GONE:
                _move(rows, entry, EntryState.PROPOSED, now, _BACK)
        elif entry.state is EntryState.PROPOSED:
            _move(rows, entry, EntryState.SUPERSEDED, now, _GONE)
        elif entry.state is EntryState.ACCEPTED and last != _GONE:
            _remember(rows, entry.id, now, entry.state, _GONE)
    return {row["said"] for row in known}


def _last_reason(rows: sqlite3.Connection, entry_id: str) -> str:
    row = rows.execute(
        "SELECT reason FROM history WHERE entry = ? ORDER BY number DESC LIMIT 1", (entry_id,)
    ).fetchone()
    return str(row["reason"]) if row else ""


def _take_place(rows: sqlite3.Connection, older_id: str, newer: Entry, now: datetime) -> None:
    older = _find(rows, older_id)
    if older.state is not EntryState.ACCEPTED or older.id == newer.id:
        raise ConfigError(f"claim {older_id}: is {older.state.value}; only another accepted claim can be superseded")
    _move(rows, older, EntryState.SUPERSEDED, now, f"由 {newer.id} 取代")


def _find(rows: sqlite3.Connection, entry_id: str) -> Entry:
    row = rows.execute("SELECT * FROM entries WHERE id = ?", (entry_id,)).fetchone()
    if row is None:
        known = [each["id"] for each in rows.execute("SELECT id FROM entries ORDER BY proposed_at DESC LIMIT 200")]
        hint = nearest(entry_id, known) if known else "the ledger is empty"
        raise ConfigError(
            f"no claim {entry_id!r} in the ledger; {hint if len(hint) < _HINT else 'see minsheng claims list'}"
        )
    return load_entry(row)


def _move(rows: sqlite3.Connection, entry: Entry, state: EntryState, now: datetime, reason: str) -> Entry:
    moved = replace(entry, state=state, changed_at=now)
    rows.execute(
        "UPDATE entries SET state = ?, changed_at = ?, project = ?, body = ? WHERE id = ?",
        (state, stamp(now), moved.claim.project, dump_entry(moved), moved.id),
    )
    _remember(rows, entry.id, now, state, reason)
    logger.info("claim moved claim=%s state=%s", entry.id, state)
    return moved


def _insert(rows: sqlite3.Connection, entry: Entry) -> None:
    rows.execute(
        "INSERT INTO entries (id, origin, source, said, project, state, proposed_at, changed_at, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.id, entry.origin, entry.source, _key(entry.sentence), entry.claim.project, entry.state,
            stamp(entry.proposed_at), stamp(entry.changed_at), dump_entry(entry),
        ),
    )  # fmt: skip


def _remember(rows: sqlite3.Connection, entry_id: str, now: datetime, state: EntryState, reason: str) -> None:
    rows.execute(
        "INSERT INTO history (entry, at, state, reason) VALUES (?, ?, ?, ?)", (entry_id, stamp(now), state, reason)
    )


def _entry(draft: Draft, number: int, now: datetime) -> Entry:
    name = hashlib.sha256("\0".join((draft.origin, _said(draft), str(number))).encode()).hexdigest()[:12]
    claim = replace(draft.claim, id=_PREFIX + name, reviewed=False)
    return Entry(
        claim, EntryState.PROPOSED, draft.origin, draft.source, draft.sentence, draft.context, draft.due, draft.reader,
        now, now,
    )  # fmt: skip


def _said(draft: Draft) -> str:
    return _key(draft.sentence)


def _key(sentence: str) -> str:
    """Tell sentences apart by their letters and digits: a changed comma is no new sentence, a changed number is."""
    return hashlib.sha256(han_key(sentence.replace(".", "点").replace("%", "百分")).encode()).hexdigest()[:16]


def _differences(before: Claim, after: Claim) -> str:
    old, new = asdict(before), asdict(after)
    changed = [
        f"{name}：{_shown(old[name])} → {_shown(new[name])}"
        for name in old
        if old[name] != new[name] and name != "reviewed"
    ]
    return "照提案接受" if not changed else f"修改后接受（{'；'.join(changed)}）"


def _shown(value: object) -> str:
    return "空" if value in {None, ""} else value.isoformat() if isinstance(value, datetime) else str(value)
