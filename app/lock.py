"""A lock file in, one holder at a time out: between the service and the command line."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from minsheng.errors import ConfigError


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it; the kernel frees it when the process dies, however it dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Hold the lock or refuse.

    Raises:
        ConfigError: Another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"{path}: {what} already runs on this deployment; stop it first") from error
        yield
