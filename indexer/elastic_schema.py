"""Labelled posts in, Elasticsearch documents out, and back; and the mapping of the indices."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, get_args

import orjson

from indexer.base import Facet, part_of
from indexer.nearness import MOST_NUMBERS
from indexer.portable import load_labelled, row_of
from indexer.times import beijing_day, to_micros
from indexer.tokens import normals_of, tokens
from minsheng.domain import LabelledPost, Vector

VERSION = 4

_LARGEST = 127

_KEYWORD = {"type": "keyword"}
_FOUND_BY_ALONE = {"type": "keyword", "doc_values": False}
_SHOWN_ALONE = {"type": "keyword", "index": False}
# The whitespace analyzer is in the core; texts come as separate units, see ``indexer.tokens``. Pairs of neighbouring
# units are indexed too: a piece of two is then one look-up.
_UNITS = {"type": "text", "analyzer": "whitespace", "norms": False, "index_phrases": True}

MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"minsheng": VERSION},
    "properties": {
        "id": _SHOWN_ALONE,  # found by ``key`` and ``_id``
        "key": {"type": "long"},
        "part": {"type": "integer", "doc_values": False},
        "published": {"type": "long"},
        "day": {"type": "integer", "index": False},
        "title": _UNITS,
        "text": _UNITS,
        "length": {"type": "integer", "index": False},
        "source": _KEYWORD,
        "kind": _KEYWORD,
        "sentiment": _KEYWORD,
        "topic": _KEYWORD,
        "aspect": _KEYWORD,
        "intent": _KEYWORD,
        "projects": _KEYWORD,
        "model": _KEYWORD,
        "corrected": _KEYWORD,
        "linked": _FOUND_BY_ALONE,
        "copy": {"type": "boolean", "doc_values": False},
        "fold": {"type": "long"},
        "thread": _FOUND_BY_ALONE,
        "reply_to": _FOUND_BY_ALONE,
        # A flat list of vectors: every one is compared, none is guessed at by a graph.
        "vector": {
            "type": "dense_vector",
            "element_type": "byte",
            "dims": MOST_NUMBERS,
            "similarity": "cosine",
            "index_options": {"type": "flat"},
        },
        "space": _FOUND_BY_ALONE,
        "body": {"type": "keyword", "index": False, "doc_values": False},
    },
}
"""Every field; ``document_of`` says what each holds. ``dynamic: strict`` refuses any other."""


def document_id(post_id: str) -> str:
    """Return 128 bits of a digest: Elasticsearch refuses ids of more than 512 bytes, and keeps such as these in 16."""
    digest = blake2b(post_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def digest_of(text: str) -> int:
    """Return 64 bits of a digest: thousands of ids or clusters are looked for at once, which is fast by number only."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)


def document_of(labelled: LabelledPost) -> dict[str, Any]:
    """Return what is searched by, and in ``body`` the whole post.

    Facets are as a person has corrected them, ``linked`` are the projects of the reading; ``sentiment`` is the
    attitude; ``length`` counts the characters of both normal forms; ``part`` says to which share of the corpus the post
    belongs, ``key`` is a digest of its id. ``fold`` is a digest of the cluster, and ``copy`` is true unless that is
    named after this very post. ``vector`` is filled up with zeros, which changes no cosine.
    """
    post, reading, label = labelled.post, labelled.reading, labelled.label
    published = to_micros(post.published_at)
    title, text = normals_of(labelled)
    return {
        "id": post.id,
        "key": digest_of(post.id),
        "part": part_of(post.id),
        "published": published,
        "day": beijing_day(published),
        "title": tokens(title),
        "text": tokens(text),
        "length": len(title) + len(text),
        "source": post.source,
        "kind": post.kind.value,
        "sentiment": label.attitude,
        "topic": label.topic,
        "aspect": label.aspect,
        "intent": label.intent,
        "projects": list(label.projects),
        "model": reading.model,
        "corrected": list(label.marks),
        "linked": list(reading.projects),
        "copy": reading.cluster != post.id,
        "fold": digest_of(reading.cluster),
        "thread": post.thread,
        "reply_to": post.reply_to,
        **_meaning(labelled.reading.vector),
        "body": _dump(labelled),
    }


def space_of(vector: Vector) -> str:
    """Return the name under which a vector is stored: those of two lengths are never compared either."""
    return f"{vector.space}:{len(vector.numbers)}"


def numbers_of(vector: Vector) -> list[int]:
    """Return the numbers of a vector as a question to Elasticsearch has them."""
    return [byte - 256 if byte > _LARGEST else byte for byte in _filled(vector)]


def labelled_of(document: dict[str, Any]) -> LabelledPost:
    return load_labelled(document["body"])


def field_of(name: str) -> str:
    """Return the field of documents that holds what a post is told by."""
    return {"project": "projects", "cluster": "fold"}.get(name, name)


def stored_as(name: str, values: Iterable[str]) -> list[Any]:
    """Return what that field holds for these values."""
    return list(map(digest_of, values)) if name == "cluster" else list(values)


FACET_FIELDS = tuple(map(field_of, get_args(Facet)))


def _meaning(vector: Vector | None) -> dict[str, Any]:
    return {} if vector is None else {"vector": _filled(vector).hex(), "space": space_of(vector)}


def _filled(vector: Vector) -> bytes:
    return vector.numbers.ljust(MOST_NUMBERS, b"\0")


def _dump(labelled: LabelledPost) -> str:
    row = row_of(labelled)
    try:
        return orjson.dumps(row).decode("utf-8")
    except orjson.JSONEncodeError:
        return json.dumps(row)  # with escapes a lone surrogate of a broken emoji survives
