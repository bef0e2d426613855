"""The same comments in what one would write without a search engine: a table with LIKE, and FTS5's ``trigram``."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from minsheng.domain import LabelledPost
from minsheng.text import normalise

COLUMNS = ("source", "kind", "sentiment", "topic", "aspect", "intent")
_FACETS = ("project", *COLUMNS)


@dataclass(frozen=True, slots=True)
class Only:
    """What is left of the matches; empty means any. ``since`` is in seconds since 1970."""

    projects: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    since: float = 0.0


EVERYTHING = Only()


class Plain(Protocol):
    """What baselines are asked for."""

    def page(self, word: str, only: Only = EVERYTHING) -> object:
        """Find the number of matches and twenty of them, newest first."""
        ...

    def facets(self, word: str, only: Only = EVERYTHING) -> object: ...

    def histogram(self, word: str) -> object: ...

    def count(self, word: str) -> int: ...


class PlainIndex:
    """One SQLite table with the columns that are filtered and counted, and an index on time.

    With ``trigram`` words are looked up in an FTS5 table with that tokenizer, else by ``LIKE '%…%'``.
    """

    def __init__(self, path: Path, *, trigram: bool) -> None:
        self._path = path
        self._trigram = trigram
        self._db = sqlite3.connect(path)
        for name, value in (("journal_mode", "WAL"), ("cache_size", -16_000), ("synchronous", "FULL")):
            self._db.execute(f"PRAGMA {name} = {value}")
        self._db.execute(
            "CREATE TABLE posts (n INTEGER PRIMARY KEY, id TEXT UNIQUE, published REAL, project TEXT, source TEXT, "
            "kind TEXT, sentiment TEXT, topic TEXT, aspect TEXT, intent TEXT, day TEXT, text TEXT, normal TEXT)"
        )
        self._db.execute("CREATE INDEX by_time ON posts (published)")
        if trigram:
            self._db.execute(
                "CREATE VIRTUAL TABLE words USING fts5(normal, content='posts', content_rowid='n', tokenize='trigram')"
            )

    @property
    def size(self) -> int:
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self._path.stat().st_size

    def add(self, posts: Iterable[LabelledPost]) -> None:
        with self._db:
            (last,) = self._db.execute("SELECT coalesce(max(n), 0) FROM posts").fetchone()
            self._db.executemany(f"INSERT INTO posts VALUES (NULL{', ?' * 12})", map(_row, posts))
            if self._trigram:
                self._db.execute("INSERT INTO words (rowid, normal) SELECT n, normal FROM posts WHERE n > ?", (last,))

    def page(self, word: str, only: Only = EVERYTHING) -> list[object]:
        where = f"{self._holds} AND {_said(only)}"
        found = self._all(f"SELECT count(*) FROM posts WHERE {where}", word)
        return found + self._all(f"SELECT * FROM posts WHERE {where} ORDER BY published DESC LIMIT 20", word)

    def facets(self, word: str, only: Only = EVERYTHING) -> list[object]:
        return [
            self._all(f"SELECT {name}, count(*) FROM posts WHERE {self._holds} AND {_said(only)} GROUP BY 1", word)
            for name in _FACETS
        ]

    def histogram(self, word: str) -> list[object]:
        return self._all(f"SELECT day, count(*) FROM posts WHERE {self._holds} GROUP BY 1", word)

    def count(self, word: str) -> int:
        number: int = self._db.execute(
            f"SELECT count(*) FROM posts WHERE {self._holds}", (self._said(word),)
        ).fetchone()[0]
        return number

    def best(self, words: Sequence[str], limit: int) -> list[str]:
        """Return the ids of what holds all words: the most relevant by BM25, or the newest where there is no FTS5."""
        if self._trigram:
            said, order = [" ".join(f'"{word}"' for word in words)], "rank"
            of = "(SELECT rowid AS n, rank FROM words WHERE words MATCH ?) JOIN posts USING (n)"
        else:
            said, order = [f"%{word}%" for word in words], "published DESC"
            of = f"posts WHERE {' AND '.join('normal LIKE ?' for _ in words)}"
        rows = self._db.execute(f"SELECT id FROM {of} ORDER BY {order} LIMIT {limit}", said)
        return [row[0] for row in rows]

    def close(self) -> None:
        self._db.close()

    @property
    def _holds(self) -> str:
        return "n IN (SELECT rowid FROM words WHERE words MATCH ?)" if self._trigram else "normal LIKE ?"

    def _said(self, word: str) -> str:
        return f'"{word}"' if self._trigram else f"%{word}%"

    def _all(self, sql: str, word: str) -> list[object]:
        return self._db.execute(sql, (self._said(word),)).fetchall()


def _said(only: Only) -> str:
    parts = [f"published >= {only.since}"]
    if only.projects:
        parts.append(f"({' OR '.join(f'project LIKE {chr(39)}%,{id_},%{chr(39)}' for id_ in only.projects)})")
    for column, values in (("kind", only.kinds), ("sentiment", only.sentiments)):
        if values:
            parts.append(f"{column} IN ({', '.join(map(repr, values))})")
    return " AND ".join(parts)


def _row(labelled: LabelledPost) -> tuple[object, ...]:
    post, reading = labelled.post, labelled.reading
    return (
        post.id, post.published_at.timestamp(), f",{','.join(reading.projects)},", post.source, post.kind.value,
        reading.attitude, reading.topic, reading.aspect, reading.intent, str(post.published_at.date()),
        f"{post.title}\n{post.text}", normalise(f"{post.title}\n{post.text}"),
    )  # fmt: skip
