"""Labelled posts in, Elasticsearch documents out, and back; and the mapping of the index."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from indexer.times import beijing_day, from_micros, to_micros
from indexer.tokens import normals_of, tokens
from minsheng.domain import Kind, LabelledPost, Opinion, Post, Reading

VERSION = 2

_KEYWORD = {"type": "keyword"}
# The whitespace analyzer is in the core; texts come as separate units, see ``indexer.tokens``.
_UNITS = {"type": "text", "analyzer": "whitespace", "norms": False}

# A single shard, so that counts of values are exact.
SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"minsheng": VERSION},
    "properties": {
        "published": {"type": "long"},
        "day": {"type": "integer"},
        "title": _UNITS,
        "text": _UNITS,
        "body": {"type": "keyword", "index": False, "doc_values": False},
    }
    | dict.fromkeys(
        ("id", "source", "kind", "sentiment", "topic", "aspect", "intent", "cluster", "thread", "reply_to", "projects"),
        _KEYWORD,
    ),
}


def document_id(post_id: str) -> str:
    """Elasticsearch refuses ids of more than 512 bytes, so its own is a digest of ours."""
    return hashlib.sha256(post_id.encode("utf-8")).hexdigest()


def document_of(labelled: LabelledPost) -> dict[str, Any]:
    """Return what is searched by, and in ``body`` the whole post; ``sentiment`` is the attitude."""
    post, reading = labelled.post, labelled.reading
    published = to_micros(post.published_at)
    title, text = map(tokens, normals_of(labelled))
    return {
        "id": post.id,
        "published": published,
        "day": beijing_day(published),
        "source": post.source,
        "kind": post.kind.value,
        "sentiment": reading.attitude,
        "topic": reading.topic,
        "aspect": reading.aspect,
        "intent": reading.intent,
        "cluster": reading.cluster,
        "thread": post.thread,
        "reply_to": post.reply_to,
        "projects": list(reading.projects),
        "title": title,
        "text": text,
        "body": _dump(labelled),
    }


def labelled_of(document: dict[str, Any]) -> LabelledPost:
    row = json.loads(document["body"])
    post, reading = row["post"], row["reading"]
    post["kind"] = Kind(post["kind"])
    post["published_at"] = from_micros(post["published_at"])
    post["collected_at"] = from_micros(post["collected_at"])
    reading["projects"] = tuple(reading["projects"])
    reading["opinion"] = Opinion(**reading["opinion"])
    return LabelledPost(Post(**post), Reading(**reading))


def _dump(labelled: LabelledPost) -> str:
    row = asdict(labelled)
    row["post"]["published_at"] = to_micros(labelled.post.published_at)
    row["post"]["collected_at"] = to_micros(labelled.post.collected_at)
    return json.dumps(row)  # ASCII with escapes: a lone surrogate of a broken emoji survives
