"""Labelled posts in, lines of JSON out, and back without loss: what exports and checksums are made of."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from indexer.times import from_micros, to_micros
from minsheng.correcting import Change
from minsheng.corrections import Correction
from minsheng.domain import Kind, LabelledPost, Opinion, Post, Reading, Vector
from minsheng.errors import BadRow

_BYTES = 16
_MODULUS = 1 << (8 * _BYTES)


def _reader(kind: type) -> Callable[[Any], dict[str, Any]]:
    """Return what reads the fields of a dataclass by name, as they are: ``asdict`` takes ten times as long."""
    names = tuple(field.name for field in fields(kind))
    read = attrgetter(*names)
    return lambda value: dict(zip(names, read(value), strict=True))


_post, _reading, _opinion, _correction = map(_reader, (Post, Reading, Opinion, Correction))


def dump_labelled(labelled: LabelledPost) -> str:
    """Return one line without a line break; equal posts give equal lines. Times are microseconds since 1970 UTC."""
    # ASCII with escapes: a lone surrogate of a broken emoji survives.
    return json.dumps(row_of(labelled), sort_keys=True)


def row_of(labelled: LabelledPost) -> dict[str, Any]:
    """Return what JSON can say: times as microseconds since 1970 UTC, a vector as its space and base64.

    Where there are no corrections there is no field for them, as in earlier versions.
    """
    post, reading, vector = labelled.post, labelled.reading, labelled.reading.vector
    row: dict[str, Any] = {
        "post": _post(post)
        | {"published_at": to_micros(post.published_at), "collected_at": to_micros(post.collected_at)},
        "reading": _reading(reading)
        | {
            "opinion": _opinion(reading.opinion),
            "vector": None if vector is None else [vector.space, b64encode(vector.numbers).decode("ascii")],
        },
    }
    if labelled.corrections:
        row["corrections"] = dump_corrections(labelled.corrections)
    return row


def load_labelled(line: str) -> LabelledPost:
    """Read one line.

    Raises:
        BadRow: The line is not JSON, has a field that a post has not, or lacks one.
    """
    try:
        row = json.loads(line)
        post, reading = row["post"], row["reading"]
        post["kind"] = Kind(post["kind"])
        for name in ("published_at", "collected_at"):
            post[name] = from_micros(post[name])
        reading["projects"] = tuple(reading["projects"])
        reading["opinion"] = Opinion(**reading["opinion"])
        if reading.get("vector") is not None:  # lines of an earlier Minsheng have none
            space, numbers = reading["vector"]
            reading["vector"] = Vector(space, b64decode(numbers, validate=True))
        return LabelledPost(Post(**post), Reading(**reading), corrections_of(row.get("corrections", ())))
    except (ValueError, TypeError, KeyError) as error:
        raise BadRow(f"not a labelled post: {error!r}") from error


def dump_corrections(corrections: Iterable[Correction]) -> list[dict[str, Any]]:
    """Return rows that JSON can hold."""
    return [_correction(correction) | {"at": to_micros(correction.at)} for correction in corrections]


def corrections_of(rows: Sequence[dict[str, Any]]) -> tuple[Correction, ...]:
    """Return the corrections of such rows.

    Raises:
        ValueError, TypeError, KeyError: A row is none, or corrects to what cannot be.
    """
    return tuple(map(_correction_of, rows))


def _correction_of(row: dict[str, Any]) -> Correction:
    after = None if row["after"] is None else tuple(row["after"])
    Change(row["field"], after)  # refuses what no person could have chosen
    return Correction(**row | {"at": from_micros(row["at"]), "before": tuple(row["before"]), "after": after})


def fingerprint(labelled: LabelledPost) -> int:
    """Return a number that tells this content under this id from any other."""
    return int.from_bytes(hashlib.blake2b(dump_labelled(labelled).encode(), digest_size=_BYTES).digest())


def checksum(fingerprints: Iterable[int]) -> str:
    """Return a sum that does not depend on the order; a sum, not an XOR, so that two equal posts do not cancel."""
    return f"{sum(fingerprints) % _MODULUS:0{2 * _BYTES}x}"
