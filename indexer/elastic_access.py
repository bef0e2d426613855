"""Addresses and secrets in, a connection to Elasticsearch out that waits where waiting helps; failures in our words."""

import logging
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from elasticsearch import ApiError, Elasticsearch, NotFoundError, SSLError, TransportError
from elasticsearch import ConnectionError as NoConnection

from minsheng.errors import ConfigError, IndexUnavailable
from minsheng.settings import ElasticSettings

_log = logging.getLogger(__name__)

BUSY = frozenset({429, 502, 503, 504})
"""Answers that may be another one soon: the cluster is overloaded, or looks for a shard or a master."""

READ_PATIENCE = 20.0
"""Seconds that a reader waits at most: somebody sits before a page."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.3, 5.0
_random = secrets.SystemRandom()
_Answer = TypeVar("_Answer")


class Connection:
    """A cluster, reached through any of its nodes.

    Each call is tried again while the cluster is busy or does not answer, after pauses that grow and differ, until the
    patience is over: everything that Minsheng sends may be sent twice.

    Raises:
        ConfigError: The addresses or the certificate file are wrong.
        IndexUnavailable: From every call, when the cluster refuses or patience is over.
    """

    def __init__(self, urls: tuple[str, ...], name: str, settings: ElasticSettings) -> None:
        hosts = ",".join(str(urlsplit(url).hostname) for url in urls)
        self.where = f"index {hosts}/{name}"
        self.patience = settings.patience_seconds
        try:
            self.client = Elasticsearch(
                list(urls), request_timeout=settings.timeout_seconds, max_retries=0, **_login(settings)
            )
        except ValueError as error:
            raise ConfigError(f"{self.where}: not an address of Elasticsearch: {error}") from error

    def close(self) -> None:
        self.client.close()

    def ask(self, call: Callable[[], _Answer], patience: float = READ_PATIENCE) -> _Answer:
        """Return what a call answers."""
        with self._translated():
            return self._patiently(call, min(patience, self.patience))

    def _patiently(self, call: Callable[[], _Answer], patience: float) -> _Answer:
        pauses = Pauses(patience)
        while True:
            try:
                answer = call()
            except (NoConnection, ApiError) as error:
                if not _is_passing(error) or not pauses.wait():
                    raise
                _log.warning(
                    "elasticsearch busy or away where=%s reason=%s waited=%.1f",
                    self.where,
                    _short(error),
                    pauses.waited,
                )
            else:
                if pauses.waited:
                    _log.warning("elasticsearch answers again where=%s waited=%.1f", self.where, pauses.waited)
                return answer

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ApiError as error:
            raise IndexUnavailable(f"{self.where}: {_explain(error)}") from error
        except SSLError as error:
            raise IndexUnavailable(
                f"{self.where}: its certificate is not trusted ({error.errors[0] if error.errors else error}); set "
                "elasticsearch.ca_file to the certificate of who vouches for it, and name the host as it does"
            ) from error
        except TransportError as error:
            raise IndexUnavailable(
                f"{self.where}: Elasticsearch does not answer ({type(error).__name__}: {_short(error)}); check that it "
                "runs and the address in the setting `index`"
            ) from error


class Pauses:
    """Pauses that grow from one to the next, each of random length so that many clients do not come back at once."""

    def __init__(self, patience: float) -> None:
        self._patience, self._pause = patience, _FIRST_PAUSE
        self._started = time.monotonic()
        self.waited = 0.0

    def wait(self) -> bool:
        """Pause and return True, or return False at once where patience is over."""
        if time.monotonic() - self._started >= self._patience:
            return False
        time.sleep(_random.uniform(self._pause / 2, self._pause))
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self.waited = time.monotonic() - self._started
        return True


def _login(settings: ElasticSettings) -> dict[str, Any]:
    login: dict[str, Any] = {}
    if settings.ca_file:
        login["ssl_context"] = _trusting(settings.ca_file)
    if key := settings.api_key.get_secret_value():
        login["api_key"] = key
    elif settings.username:
        login["basic_auth"] = (settings.username, settings.password.get_secret_value())
    return login


def _trusting(file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"elasticsearch.ca_file: {file}: cannot be read as certificates (PEM): {error}") from error


def _is_passing(error: ApiError | TransportError) -> bool:
    if isinstance(error, ApiError):
        return error.status_code in BUSY
    return not isinstance(error, SSLError)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200]


def _explain(error: ApiError) -> str:
    match error.status_code:
        case 401:
            return (
                "Elasticsearch does not know this login; set elasticsearch.username and "
                "MINSHENG_ELASTICSEARCH__PASSWORD, or MINSHENG_ELASTICSEARCH__API_KEY"
            )
        case 403:
            return f"Elasticsearch does not allow this: {_reason(error)}; docs/operate.md lists the rights it takes"
    if isinstance(error, NotFoundError):
        return f"is gone: {_reason(error)}; `minsheng index setup` makes it anew"
    return f"Elasticsearch refused: {_reason(error)}"


def _reason(error: ApiError) -> str:
    match error.body:
        case {"error": {"reason": str(reason)}}:
            return reason[:500]
    return error.message
