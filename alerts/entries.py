"""Claims on their way into the ledger as values, and the rows that keep them, without loss."""

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from alerts.database import Schema, moment
from minsheng.domain import Claim, ClaimBound, ClaimKind, ClaimStatus

LEDGER = Schema(
    "claims",
    1,
    """
CREATE TABLE entries (
    id TEXT PRIMARY KEY, origin TEXT NOT NULL, source TEXT NOT NULL, said TEXT NOT NULL, project TEXT NOT NULL,
    state TEXT NOT NULL, proposed_at TEXT NOT NULL, changed_at TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX entries_origin ON entries (origin, said);
CREATE INDEX entries_state ON entries (state, proposed_at);

CREATE TABLE history (
    number INTEGER PRIMARY KEY, entry TEXT NOT NULL REFERENCES entries, at TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX history_entry ON history (entry, number);
""",
    "proposed and accepted claims are then gone, those in claims/*.yml stay",
)


class EntryState(StrEnum):
    """The life of an entry: a person accepts or rejects it, withdraws it later, or a newer one takes its place."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim as it was read, before it has a place in the ledger.

    ``origin`` is the post or table it stands in, ``source`` the source of that; ``context`` the words around the
    sentence; ``due`` when something shall be done, in the words of the sentence; ``reader`` what read it.
    """

    claim: Claim
    origin: str
    source: str
    sentence: str
    context: str
    due: str
    reader: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim in the ledger with its sentence."""

    claim: Claim
    state: EntryState
    origin: str
    source: str
    sentence: str
    context: str
    due: str
    reader: str
    proposed_at: datetime
    changed_at: datetime

    @property
    def id(self) -> str:
        return self.claim.id


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an entry, when and why; never who did it."""

    at: datetime
    state: EntryState
    reason: str


def dump_entry(entry: Entry) -> str:
    claim = asdict(entry.claim) | {"published_at": entry.claim.published_at.isoformat()}
    kept = {
        "claim": claim,
        "sentence": entry.sentence,
        "context": entry.context,
        "due": entry.due,
        "reader": entry.reader,
    }
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace").decode()


def load_entry(row: sqlite3.Row) -> Entry:
    body = json.loads(row["body"])
    fields = body["claim"]
    claim = Claim(
        **fields
        | {
            "published_at": datetime.fromisoformat(fields["published_at"]),
            "kind": ClaimKind(fields["kind"]),
            "status": ClaimStatus(fields["status"]),
            "bound": ClaimBound(fields["bound"]),
        }
    )
    return Entry(
        claim, EntryState(row["state"]), row["origin"], row["source"], body["sentence"], body["context"], body["due"],
        body["reader"], moment(row["proposed_at"]), moment(row["changed_at"]),
    )  # fmt: skip
