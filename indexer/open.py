"""The setting ``index`` in, the index it names out."""

import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from indexer.base import PostIndex
from minsheng.errors import ConfigError

KNOWN = ("sqlite", "sqlite:PATH", "memory", "elasticsearch:URL")
"""What the setting may hold; a relative PATH lies in the run-time folder, the path of URL is the index's prefix."""


def open_index(setting: str, var: Path) -> PostIndex:
    """Open an index; ``var`` is the folder of run-time data.

    Raises:
        ConfigError: The setting names no back end; the message lists the known ones.
        IndexUnavailable: The index is known but cannot be opened.
    """
    scheme, _, rest = setting.partition(":")
    match scheme, rest:
        case "memory", "":
            from indexer.memory import MemoryIndex

            return MemoryIndex()
        case "sqlite", _ if rest or setting == "sqlite":
            from indexer.sqlite import SqliteIndex

            return SqliteIndex(var / (rest or "index.sqlite"))
        case "elasticsearch", _ if rest:
            from indexer.elastic import ElasticIndex

            url = _check_url(rest)
            return ElasticIndex(url._replace(path="").geturl(), url.path.strip("/") or "minsheng")
    raise ConfigError(f"index: {setting!r} names no index; known: {', '.join(KNOWN)}")


def _check_url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        is_good = url.scheme in {"http", "https"} and bool(url.hostname) and bool(url.port)
    except ValueError:
        is_good = False
    if not is_good or url.query or url.fragment or not re.fullmatch(r"/?[a-z0-9-]*", url.path):
        raise ConfigError("index: elasticsearch wants http://host:port or https://host:port, then if you like /prefix")
    return url
