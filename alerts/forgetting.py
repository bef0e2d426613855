"""The files of alerts, mails and claims in, those files without the words of some posts out; what was judged stays."""

import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path

from alerts.database import Database
from alerts.entries import LEDGER, EntryState
from alerts.evidence import LONGEST
from alerts.rows import load_finding
from alerts.wording import shorten
from minsheng.domain import Finding, Post, Quote
from minsheng.plain import dumped

NOTE = "（邮件所引评论的来源已撤回或已过保存期，正文已删除。主题、收件人和时间保留。）"
_SHOWN = 300
_QUOTED = re.compile(r"^\d+\. “(.*)”(?: ×\d+)?$", re.MULTILINE)
"""A comment as ``alert.txt.j2`` shows it."""

_BODIES = {
    "findings": "SELECT key AS name, body FROM findings",
    "alerts": "SELECT id AS name, body FROM alerts",
}
_UPDATES = {
    "findings": "UPDATE findings SET body = ? WHERE key = ?",
    "alerts": "UPDATE alerts SET body = ? WHERE id = ?",
}

_LISTED = "IN (SELECT value FROM json_each(?))"
_IN_POSTS = f"origin {_LISTED}"
_KEPT = frozenset({EntryState.ACCEPTED.value, EntryState.WITHDRAWN.value})

Doomed = Callable[[str, Quote], bool]
"""Whether a quote under a project must go."""


class EvidenceEraser:
    """Takes quoted words out of findings, alerts and mails; numbers, reasons and states stay as they were."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path) if path.exists() else None

    def forget_quotes(self, doomed: Doomed) -> int:
        """Remove quotes from all findings and alerts; return how many."""
        if self._database is None:
            return 0
        with self._database.write() as rows:
            return sum(_clean(rows, name, doomed) for name in _BODIES)

    def count_quotes(self, doomed: Doomed) -> int:
        """Return how many quotes ``forget_quotes`` would remove."""
        if self._database is None:
            return 0
        with self._database.read() as rows:
            bodies = [row["body"] for name in ("findings", "alerts") for row in rows.execute(_BODIES[name]).fetchall()]
        findings = [load_finding(body) for body in bodies]
        return sum(doomed(each.project, quote) for each in findings for quote in _quotes(each))

    def mails_quoting(self) -> dict[str, set[str]]:
        """Return each quoted text → ids of the mails that quote it."""
        found: dict[str, set[str]] = {}
        if self._database is None:
            return found
        with self._database.read() as rows:
            for row in rows.execute("SELECT id, body FROM mails"):
                for text in _QUOTED.findall(json.loads(row["body"])["text"]):
                    found.setdefault(text, set()).add(row["id"])
        return found

    def forget_bets(self, posts: Collection[str]) -> None:
        """Remove the names of posts from what the daily watch and its reviews remember; evidence and labels stay."""
        if self._database is None or not posts:
            return
        named = json.dumps(list(posts))
        with self._database.write() as rows:
            rows.execute(f"DELETE FROM bets WHERE stream IN (SELECT number FROM streams) AND name {_LISTED}", (named,))
            rows.execute(f"UPDATE drawn SET post = '' WHERE label IS NOT NULL AND post {_LISTED}", (named,))
            rows.execute(f"DELETE FROM drawn WHERE label IS NULL AND post {_LISTED}", (named,))

    def forget_mails(self, ids: Collection[str]) -> None:
        """Put a note in place of what these mails say; one that waits is sent so."""
        if self._database is None or not ids:
            return
        with self._database.write() as rows:
            for mail in ids:
                row = rows.execute("SELECT body FROM mails WHERE id = ?", (mail,)).fetchone()
                body = json.loads(row["body"]) | {"text": NOTE, "html": f"<p>{NOTE}</p>"}
                rows.execute("UPDATE mails SET body = ? WHERE id = ?", (json.dumps(body, ensure_ascii=False), mail))


class LedgerEraser:
    """Takes the words of posts out of the ledger of claims.

    What a person has accepted stays: it is the office's own record of what it said. Its context goes. Proposals and
    what was rejected go whole, with their history.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, LEDGER) if path.exists() else None

    def forget(self, posts: Collection[str]) -> int:
        """Remove what was read from these posts; return how many entries that were."""
        if self._database is None or not posts:
            return 0
        with self._database.write() as rows:
            return _forget_entries(rows, _IN_POSTS, json.dumps(list(posts)))

    def forget_source(self, source: str) -> int:
        """Remove what was read from any post of a source; return how many entries that were."""
        if self._database is None:
            return 0
        with self._database.write() as rows:
            return _forget_entries(rows, "source = ?", source)

    def count(self, posts: Collection[str]) -> int:
        """Return how many entries ``forget`` would touch."""
        if self._database is None or not posts:
            return 0
        with self._database.read() as rows:
            return len(_touched(rows, _IN_POSTS, json.dumps(list(posts))))


def _touched(rows: sqlite3.Connection, where: str, value: str) -> list[sqlite3.Row]:
    found = rows.execute(f"SELECT id, state, body FROM entries WHERE {where}", (value,)).fetchall()
    return [row for row in found if row["state"] not in _KEPT or json.loads(row["body"])["context"]]


def _forget_entries(rows: sqlite3.Connection, where: str, value: str) -> int:
    touched = _touched(rows, where, value)
    for row in touched:
        if row["state"] in _KEPT:
            body = json.loads(row["body"]) | {"context": ""}
            rows.execute("UPDATE entries SET body = ? WHERE id = ?", (json.dumps(body, ensure_ascii=False), row["id"]))
            continue
        rows.execute("DELETE FROM history WHERE entry = ?", (row["id"],))
        rows.execute("DELETE FROM entries WHERE id = ?", (row["id"],))
    return len(touched)


def as_quoted(post: Post) -> str:
    """Return the words of a post as a mail would quote them."""
    text = post.text or post.title
    return shorten(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…", _SHOWN)


def _clean(rows: sqlite3.Connection, table: str, doomed: Doomed) -> int:
    removed = 0
    for row in rows.execute(_BODIES[table]).fetchall():
        finding = load_finding(row["body"])
        kept = _without(finding, doomed)
        gone = len(_quotes(finding)) - len(_quotes(kept))
        if gone:
            rows.execute(_UPDATES[table], (dumped(kept), row["name"]))
            removed += gone
    return removed


def _without(finding: Finding, doomed: Doomed) -> Finding:
    def kept(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
        return tuple(quote for quote in quotes if not doomed(finding.project, quote))

    evidence = finding.evidence
    evidence = replace(evidence, quotes=kept(evidence.quotes), counter_quotes=kept(evidence.counter_quotes))
    return replace(finding, evidence=evidence)


def _quotes(finding: Finding) -> tuple[Quote, ...]:
    return finding.evidence.quotes + finding.evidence.counter_quotes
