"""Orders on stdin, one crawl in this process; progress as JSON lines on stdout, the report in a file.

Twisted's reactor runs once in a process, so each crawl has its own. Started by ``crawlers.run`` only.
"""

import json
import os
import sys
import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers.backfill import go_deep, pending, reach_far
from crawlers.inbox import new_run
from crawlers.plan import CrawlPlan
from crawlers.settings import scrapy_settings
from crawlers.source import SourceConfig, load_source
from crawlers.state import CrawlState
from minsheng.files import write_whole
from minsheng.settings import CrawlSettings

_ORPHANED = 3


def main() -> None:
    """Read the orders, crawl, write the report."""
    orders = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    config = load_source(Path(orders["config_dir"]))
    now = datetime.fromisoformat(orders["now"])
    inbox = Path(orders["inbox"])
    state_file = Path(orders["state"]) / f"{config.name}.sqlite"
    state = CrawlState(state_file, inbox)
    settings = CrawlSettings(**orders["settings"])
    span = pending(state_file) if orders["fill_back"] else None
    if span is not None:
        config, settings = reach_far(config), go_deep(settings)
    state.fill_back(span)
    plan = CrawlPlan(config, settings, state, inbox, new_run(now), now, _tell)
    was_complete = state.was_complete
    state.begin()
    _crawl(config, plan)
    report = plan.report()
    is_unread = was_complete and plan.is_resting and not plan.tally.pages
    if is_unread or (plan.outcome in {"ok", "empty"} and plan.is_full):
        state.finish()
    state.close()
    content: dict[str, Any] = asdict(report)
    content |= {"started_at": report.started_at.isoformat(), "finished_at": report.finished_at.isoformat()}
    write_whole(Path(orders["report"]), json.dumps(content, ensure_ascii=False).encode())


def _crawl(config: SourceConfig, plan: CrawlPlan) -> None:
    from scrapy.crawler import CrawlerProcess

    process = CrawlerProcess(scrapy_settings(config, plan.settings))
    crawler = process.create_crawler(config.engine)
    process.crawl(crawler, plan=plan)
    process.start()
    if not plan.is_closed:
        plan.end("failed", "the crawl did not start, or was stopped by force; the next one reads again what is missing")


def _tell(posts: int, pages: int) -> None:
    print(json.dumps({"posts": posts, "pages": pages}), flush=True)  # noqa: T201 - the line that crawlers.run reads


def _die_with_parent() -> None:
    """Wait for the end of stdin: it comes when the parent has gone, however it went. Being killed is safe."""
    # Not sys.stdin.read(): a thread inside a buffered reader keeps the interpreter from ending.
    while os.read(0, 1024):
        pass
    os._exit(_ORPHANED)


if __name__ == "__main__":
    main()
