"""Posts in, JSON lines out, and back: the form in which posts wait in the inbox."""

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime

from minsheng.domain import Kind, Post
from minsheng.errors import BadRow

_FIELDS = {field.name for field in fields(Post)}


def dump_post(post: Post) -> str:
    """Return one line of JSON without a line break; times in ISO 8601, UTC."""
    row = asdict(post)
    row["published_at"] = post.published_at.astimezone(UTC).isoformat()
    row["collected_at"] = post.collected_at.astimezone(UTC).isoformat()
    return json.dumps({key: value for key, value in row.items() if value is not None}, ensure_ascii=False)


def parse_post(line: str) -> Post:
    """Read one line.

    Raises:
        BadRow: The line is not JSON, has a field that a post has not, or lacks one.
    """
    try:
        row = json.loads(line)
        unknown = set(row) - _FIELDS
        if unknown:
            raise BadRow(f"unknown fields: {', '.join(sorted(unknown))}")
        row["kind"] = Kind(row["kind"])
        row["published_at"] = datetime.fromisoformat(row["published_at"])
        row["collected_at"] = datetime.fromisoformat(row["collected_at"])
        return Post(**row)
    except (ValueError, TypeError, KeyError) as error:
        raise BadRow(f"not a post: {error!r}") from error
