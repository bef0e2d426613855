"""The setting ``index`` in, the index it names out."""

import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from indexer.base import PostIndex
from minsheng.errors import ConfigError
from minsheng.settings import ElasticSettings

KNOWN = ("sqlite", "sqlite:PATH", "memory", "elasticsearch:URL")
"""What the setting may hold; a relative PATH lies in the run-time folder, the path of URL is the index's prefix."""


def open_index(setting: str, var: Path, elasticsearch: ElasticSettings | None = None) -> PostIndex:
    """Open an index; ``var`` is the folder of run-time data, ``elasticsearch`` how such a cluster is reached.

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

            return ElasticIndex(*cluster_of(setting), elasticsearch)
    raise ConfigError(f"index: {setting!r} names no index; known: {', '.join(KNOWN)}")


def cluster_of(setting: str) -> tuple[tuple[str, ...], str]:
    """Return the addresses of the nodes that ``elasticsearch:URL,URL…/prefix`` names, and the prefix.

    Raises:
        ConfigError: It does not name a cluster in this way, or holds a password.
    """
    urls = [_check_url(each) for each in setting.partition(":")[2].split(",")]
    prefixes = [url.path.strip("/") for url in urls]
    if any(prefixes[:-1]):
        raise ConfigError("index: the prefix stands behind the last address of elasticsearch")
    return tuple(url._replace(path="").geturl() for url in urls), prefixes[-1] or "minsheng"


def _check_url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        is_good = url.scheme in {"http", "https"} and bool(url.hostname) and bool(url.port)
    except ValueError:
        is_good = False
    if is_good and "@" in url.netloc:
        raise ConfigError(
            "index: the address of elasticsearch holds a login; set elasticsearch.username and "
            "MINSHENG_ELASTICSEARCH__PASSWORD, or MINSHENG_ELASTICSEARCH__API_KEY"
        )
    if not is_good or url.query or url.fragment or not re.fullmatch(r"/?[a-z0-9-]*", url.path):
        raise ConfigError(
            "index: elasticsearch wants http://host:port or https://host:port (several with commas between them), "
            "then if you like /prefix"
        )
    return url
