"""A source, or an address alone, in; what a few of its pages show and yield, read with the manners of a crawl, out.

Nothing is kept: the trial has a folder of its own, which is removed. What it read does not count as read.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from crawlers.inbox import inbox_files
from crawlers.masking import mask
from crawlers.settings import check_contact
from crawlers.source import FILE_NAME, SourceConfig, load_source
from minsheng.domain import Post
from minsheng.errors import ConfigError
from minsheng.jsonl import parse_post
from minsheng.settings import CrawlSettings

_LONGEST_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it came: its address after redirects, status, headers by small letters, and text."""

    url: str
    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Trial:
    """How a trial ended, in the words of a crawl; the posts that it read, and the pages that it saw."""

    outcome: str
    detail: str
    pages: int
    set_aside: int
    masked: int
    posts: tuple[Post, ...]
    shown: tuple[Seen, ...]


def look_at(url: str, settings: CrawlSettings, now: datetime) -> Trial:
    """Fetch one page, whatever its status; robots.txt, private addresses and the contact hold as for a crawl.

    Raises:
        ConfigError: The address is none, or a foreign host would be read without ``crawl.contact``.
    """
    content = {
        "name": "look",
        "title": "look",
        "kind": "public",
        "engine": "feed",
        "start_urls": [url],
        "crawl_every": "1d",
        "assertions": {"posts_per_crawl": {"min": 0, "max": 1}},
    }
    with tempfile.TemporaryDirectory(prefix="minsheng-") as folder:
        place = Path(folder) / "look"
        place.mkdir()
        (place / FILE_NAME).write_text(yaml.safe_dump(content), encoding="utf-8")
        return _run(place, settings, now, 1, look=True)


def try_source(config_dir: Path, settings: CrawlSettings, now: datetime, pages: int) -> Trial:
    """Read the first pages of a source with its real engine.

    Raises:
        ConfigError: ``source.yml`` is wrong, or a foreign host would be read without ``crawl.contact``.
    """
    return _run(config_dir, settings, now, pages, look=False)


@contextmanager
def drafted(text: str, name: str) -> Iterator[Path]:
    """Yield a folder that holds this ``source.yml`` for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="minsheng-") as folder:
        place = Path(folder) / name
        place.mkdir()
        (place / FILE_NAME).write_text(text, encoding="utf-8")
        yield place


def _run(config_dir: Path, settings: CrawlSettings, now: datetime, pages: int, *, look: bool) -> Trial:
    config = load_source(config_dir)
    check_contact(config, settings)
    with tempfile.TemporaryDirectory(prefix="minsheng-") as folder:
        orders = {
            "config_dir": str(config_dir.absolute()),
            "folder": folder,
            "settings": settings.model_dump(mode="json"),
            "now": now.isoformat(),
            "pages": pages,
            "look": look,
        }
        answer = _ask_child(orders, config)
        lines = [line for file in inbox_files(Path(folder) / "inbox") for line in file.read_text("utf-8").splitlines()]
        posts = tuple(parse_post(line) for line in lines)
    return Trial(posts=posts, shown=tuple(Seen(**page) for page in answer.pop("shown")), **answer)


def _ask_child(orders: dict[str, Any], config: SourceConfig) -> dict[str, Any]:
    """Run the child, which has a reactor of its own and ends by itself.

    Raises:
        ConfigError: It did not answer.
    """
    command, text = [sys.executable, "-m", "crawlers.trial_child"], json.dumps(orders) + "\n"
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, input=text, capture_output=True, encoding="utf-8", timeout=_LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(f"source {config.name}: the trial did not end within {_LONGEST_SECONDS} seconds") from error
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        last = mask((done.stderr.strip().splitlines() or ["no log"])[-1])[0]
        raise ConfigError(f"source {config.name}: the trial died (status {done.returncode}): {last}")
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer
