"""What was recognised of a site in, the text of its ``source.yml`` out."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from crawlers.masking import mask
from crawlers.recognise import Sighting
from minsheng.text import printable

_LONGEST_NAME = 32
_YIELD = {"min": 1, "max": 5000}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator says of a source; empty: as the page says, or not at all."""

    name: str = ""
    title: str = ""
    kind: str = ""
    project: str = ""


def name_for(url: str) -> str:
    """Return a name for a source: its host, and the number of the board if the address has one."""
    parts = urlsplit(url)
    host = (parts.hostname or "source").removeprefix("www.")
    board = re.search(r"(?:forum|thread|category|c/[\w-]+)[-/](\d+)", parts.path)
    number = board[1] if board else next(iter(parse_qs(parts.query).get("fid", [])), "")
    number = number[:12]
    words = re.sub(r"[^a-z0-9]+", "_", host.lower()).strip("_")
    words = words if words[:1].isalpha() else f"s_{words}"
    room = _LONGEST_NAME - len(number) - 1 if number else _LONGEST_NAME
    return f"{words[:room].rstrip('_')}_{number}" if number else words[:room].rstrip("_")


def write_draft(sighting: Sighting, wishes: Wishes, title: str) -> str:
    """Return a ``source.yml``; its first line says by what the engine was known."""
    content: dict[str, Any] = {
        "name": wishes.name or name_for(sighting.start),
        "title": wishes.title or mask(printable(title))[0] or urlsplit(sighting.start).hostname,
        "kind": wishes.kind or sighting.kind.value,
        "engine": sighting.engine,
        "start_urls": [sighting.start],
        "crawl_every": "2h",
        "assertions": {"posts_per_crawl": _YIELD},
    }
    content |= {"project": wishes.project} if wishes.project else {}
    content |= {"hosts": list(sighting.hosts)} if sighting.hosts else {}
    content |= {"options": dict(sighting.options)} if sighting.options else {}
    if sighting.thread is not None:
        content["thread"] = sighting.thread.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    why = " ".join(printable(sighting.why).split())
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100)
    return f"# Written by minsheng sources add; engine {sighting.engine}: {why}\n{body}"
