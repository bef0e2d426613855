"""Labelled posts in, rows of the SQLite tables out, and back.

``posts`` holds what is shown, as the model read it (its column ``sentiment`` holds the attitude), and beside that the
history of corrections, NULL where there is none. ``words`` is a contentless FTS5 index of pairs, see
``indexer.tokens``. ``vectors`` holds what a post means, where that is known. ``names`` and ``blocks`` hold what is
counted, see ``indexer.sqlite_columns``, as persons have corrected it; ``state`` numbers transactions and rows, and
counts how often names were forgotten.
"""

import functools
import json
from typing import Any

from indexer.portable import corrections_of, dump_corrections
from indexer.times import from_micros, to_micros
from minsheng.domain import UNSURE, Kind, LabelledPost, Opinion, Post, Reading, Vector
from minsheng.quick import quick

APPLICATION_ID = 0x6D736867
"""Marks the file as ours ("mshg" in ASCII)."""

VERSION = 5

CREATE_VECTORS = "CREATE TABLE vectors (n INTEGER PRIMARY KEY, space TEXT NOT NULL, numbers BLOB NOT NULL)"

CREATE = (
    """CREATE TABLE posts (
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, published INTEGER NOT NULL, source TEXT NOT NULL,
        kind TEXT NOT NULL, sentiment TEXT NOT NULL, topic TEXT NOT NULL, aspect TEXT NOT NULL, intent TEXT NOT NULL,
        cluster TEXT NOT NULL, thread TEXT NOT NULL, reply_to TEXT, url TEXT NOT NULL, title TEXT NOT NULL,
        text TEXT NOT NULL, collected INTEGER NOT NULL, shown_at TEXT NOT NULL, project TEXT, place INTEGER,
        likes INTEGER, projects TEXT NOT NULL, negative REAL NOT NULL, neutral REAL NOT NULL, positive REAL NOT NULL,
        model TEXT NOT NULL, norm_title TEXT NOT NULL, norm_text TEXT NOT NULL, corrections TEXT)""",
    "CREATE VIRTUAL TABLE words USING fts5(title, text, content='', columnsize=0, tokenize='ascii')",
    CREATE_VECTORS,
    "CREATE TABLE names (n INTEGER PRIMARY KEY, field TEXT NOT NULL, code INTEGER NOT NULL, value TEXT NOT NULL)",
    "CREATE TABLE blocks (block INTEGER PRIMARY KEY, version INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX blocks_version ON blocks (version)",
    "CREATE TABLE state (version INTEGER NOT NULL, last INTEGER NOT NULL, forgotten INTEGER NOT NULL)",
    "INSERT INTO state VALUES (0, 0, 0)",
)

FULL = """n, id, published, source, kind, sentiment, topic, aspect, intent, cluster, thread, reply_to, url, title, text,
    collected, shown_at, project, place, likes, projects, negative, neutral, positive, model, corrections, space,
    numbers"""
"""Columns of ``POSTS`` from which ``labelled_of`` reads a post."""

POSTS = "posts LEFT JOIN vectors USING (n)"

_KINDS = {kind.value: kind for kind in Kind}
_post, _opinion, _reading, _labelled = quick(Post), quick(Opinion), quick(Reading), quick(LabelledPost)

INSERT_POST = f"INSERT INTO posts VALUES ({', '.join('?' * 28)})"

UPDATE_LABEL = """UPDATE posts SET sentiment = ?, topic = ?, aspect = ?, intent = ?, projects = ?, negative = ?,
    neutral = ?, positive = ?, model = ?, corrections = ? WHERE n = ?"""
"""What a new reading or a correction changes."""


def post_row(n: int, labelled: LabelledPost, normals: tuple[str, str]) -> tuple[Any, ...]:
    post, reading, opinion = labelled.post, labelled.reading, labelled.reading.opinion
    return (
        n, post.id, to_micros(post.published_at), post.source, post.kind.value, reading.attitude, reading.topic,
        reading.aspect, reading.intent, reading.cluster, post.thread, post.reply_to, post.url, _storable(post.title),
        _storable(post.text), to_micros(post.collected_at), post.shown_at, post.project, post.place, post.likes,
        json.dumps(reading.projects), opinion.negative, opinion.neutral, opinion.positive, reading.model, *normals,
        _written(labelled),
    )  # fmt: skip


def label_row(n: int, labelled: LabelledPost) -> tuple[Any, ...]:
    """Return the values of ``UPDATE_LABEL``."""
    reading, opinion = labelled.reading, labelled.reading.opinion
    return (
        reading.attitude, reading.topic, reading.aspect, reading.intent, json.dumps(reading.projects),
        opinion.negative, opinion.neutral, opinion.positive, reading.model, _written(labelled), n,
    )  # fmt: skip


def labelled_of(row: tuple[Any, ...]) -> LabelledPost:
    """Return the post of a row selected as ``FULL``."""
    (_, post_id, published, source, kind, attitude, topic, aspect, intent, cluster, thread, reply_to, url, title, text,
     collected, shown_at, project, place, likes, projects, negative, neutral, positive, model, corrections, space,
     numbers) = row  # fmt: skip
    post = _post(
        post_id, source, _KINDS[kind], url, thread, _restored(title), _restored(text), from_micros(published),
        from_micros(collected), shown_at, reply_to, project, place, likes,
    )  # fmt: skip
    opinion = _opinion(negative, neutral, positive)
    vector = Vector(space, numbers) if space else None
    reading = _reading(
        _projects_of(projects), opinion, topic, aspect, cluster, model, intent, attitude == UNSURE, vector
    )
    return _labelled(post, reading, corrections_of(json.loads(corrections)) if corrections else ())


@functools.lru_cache(maxsize=4096)
def _projects_of(text: str) -> tuple[str, ...]:
    """Return a post's projects: few lists of them stand in very many rows."""
    return tuple(json.loads(text))


def _written(labelled: LabelledPost) -> str | None:
    return json.dumps(dump_corrections(labelled.corrections)) if labelled.corrections else None


def _storable(text: str) -> str | bytes:
    """Pages hold broken emoji: a lone surrogate is no Unicode text, so such a text is kept as bytes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def _restored(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")
