"""A failed request in, one short word for the kind of failure out: what reports count errors by."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.middlewares import Forbidden

_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (Forbidden, "forbidden"),
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "no such host"),
    (DownloadConnectionRefusedError, "connection refused"),
    (ResponseDataLossError, "cut off"),
    (DownloadCancelledError, "too large"),
    (DownloadFailedError, "connection broken"),
    (IgnoreRequest, "too large or too many redirects"),
)


def kind_of(error: BaseException | None) -> str:
    """Return the kind of a failure: ``timeout``, ``http 503``, or the name of an error that is not foreseen."""
    if isinstance(error, HttpError):
        return f"http {error.response.status}"
    return next((word for kind, word in _KINDS if isinstance(error, kind)), type(error).__name__)
