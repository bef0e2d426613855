"""The file of accounts, sessions, tokens and failed logins, and its tables."""

from pathlib import Path

from alerts.database import Database, Schema

_SCHEMA = Schema(
    "accounts",
    1,
    """
CREATE TABLE staff (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, department TEXT NOT NULL, password TEXT NOT NULL, made_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
    digest TEXT PRIMARY KEY, who TEXT NOT NULL REFERENCES staff ON DELETE CASCADE,
    began_at TEXT NOT NULL, seen_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE attempts (key TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX attempts_key ON attempts (key, at);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, title TEXT NOT NULL, scopes TEXT NOT NULL,
    department TEXT NOT NULL, made_at TEXT NOT NULL, expires_at TEXT NOT NULL, revoked_at TEXT
) WITHOUT ROWID;
""",
    "accounts and tokens must then be made anew",
)


def open_store(path: Path) -> Database:
    """Open the file, made if it is not there; only its owner may read it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    return Database(path, _SCHEMA)
