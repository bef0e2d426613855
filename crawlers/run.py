"""A source in, one crawl in a process of its own, its report out."""

import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from crawlers.masking import mask
from crawlers.settings import check_contact
from crawlers.source import SourceConfig, load_source
from minsheng.crawls import CrawlReport
from minsheng.settings import CrawlSettings

_log = logging.getLogger(__name__)
_LOCK_SECONDS = 2.0
# A crawl that ends in order may still be waiting for its turn at a host (ten minutes at most).
_GRACE_SECONDS = 900.0
_LONGEST_DETAIL = 300
_RUNNING: set[subprocess.Popen[str]] = set()


def crawl(
    config_dir: Path,
    *,
    inbox: Path,
    state: Path,
    settings: CrawlSettings,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    fill_back: bool = False,
) -> CrawlReport:
    """Read one source and wait until that is done. The crawl dies with this process.

    ``progress`` is called with (posts, 0) while posts are found; if it raises, the crawl is stopped. ``fill_back``:
    bring what is missing of the span that ``crawlers.backfill`` holds, instead of what is new.

    Raises:
        ConfigError: ``source.yml`` is wrong, or a foreign host would be read without ``crawl.contact``.
    """
    config = load_source(config_dir)
    check_contact(config, settings)
    state.mkdir(parents=True, exist_ok=True)
    inbox.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with (state / f"{config.name}.lock").open("w") as lock:
        if not _locked(lock):
            return _failed(config, now, started, "another crawl of this source is running")
        report_file = state / f"{config.name}.report.json"
        report_file.unlink(missing_ok=True)
        orders = {
            "config_dir": str(config_dir.absolute()),
            "inbox": str(inbox.absolute()),
            "state": str(state.absolute()),
            "report": str(report_file.absolute()),
            "settings": settings.model_dump(mode="json"),
            "now": now.isoformat(),
            "fill_back": fill_back,
        }
        longest = settings.max_minutes * 60 + _GRACE_SECONDS
        status, last_words = _run_child(orders, lock, progress, longest)
        if report_file.exists():
            report = _read_report(report_file)
        else:
            report = _failed(config, now, started, f"the crawl died (status {status}): {last_words}")
    _log.info(
        "crawl finished source=%s outcome=%s posts=%d pages=%d", config.name, report.outcome, report.posts, report.pages
    )
    return report


def stop_crawls() -> None:
    """Ask every crawl of this process to end after the page it is reading; what it has found is kept."""
    for child in tuple(_RUNNING):
        child.terminate()


def _run_child(
    orders: dict[str, Any], lock: IO[str], progress: Callable[[int, int], None] | None, longest: float
) -> tuple[int, str]:
    """Start the child, listen to it, and return its status and the last line of its log.

    One that does not end by itself, because a page keeps it so busy that it hears nothing, is killed.
    """
    command = [sys.executable, "-m", "crawlers.child"]
    pipe = subprocess.PIPE
    # The child holds the lock too: a successor of this process waits until the child is gone.
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", pass_fds=(lock.fileno(),)
    ) as child:
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise ValueError("the child was started without pipes")
        _RUNNING.add(child)
        words: deque[str] = deque(maxlen=1)
        listener = threading.Thread(target=_listen, args=(child.stderr, words), daemon=True)
        listener.start()
        watchdog = threading.Timer(longest, _put_down, (child, words, longest))
        watchdog.daemon = True
        watchdog.start()
        try:
            child.stdin.write(json.dumps(orders) + "\n")
            child.stdin.flush()
            for line in child.stdout:
                if progress is not None and line.startswith("{"):
                    progress(json.loads(line)["posts"], 0)
            status = child.wait()
        finally:
            watchdog.cancel()
            child.kill()
            _RUNNING.discard(child)
        listener.join()
    return status, mask(words[0])[0][:_LONGEST_DETAIL] if words else "no log"


def _put_down(child: subprocess.Popen[str], words: deque[str], longest: float) -> None:
    child.kill()
    words.append(f"it did not end within {longest:.0f} seconds, and was killed (crawl.max_minutes)")


def _listen(stream: IO[str], words: deque[str]) -> None:
    for line in stream:
        if line.strip():
            words.append(line.strip())
            _log.debug("child source log line=%s", mask(words[0])[0])


def _locked(lock: IO[str]) -> bool:
    """Take the lock of a source; a crawl whose service was killed a moment ago may still be letting go of it."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            os.truncate(lock.fileno(), 0)
            return True


def _read_report(path: Path) -> CrawlReport:
    row = json.loads(path.read_text(encoding="utf-8"))
    for name in ("started_at", "finished_at"):
        row[name] = datetime.fromisoformat(row[name])
    return CrawlReport(**row)


def _failed(config: SourceConfig, now: datetime, started: float, detail: str) -> CrawlReport:
    finished = now + timedelta(seconds=time.monotonic() - started)
    return CrawlReport(config.name, now, finished, "failed", 0, 0, detail=detail)
