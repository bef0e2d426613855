"""A saved page and a source in, what its engine reads from it out; nothing is asked of the site."""

import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawlers.items import Row, ThreadEnd
from crawlers.pipelines import MaskPipeline, row_to_post
from crawlers.plan import CrawlPlan
from crawlers.source import SourceConfig, load_source
from crawlers.state import CrawlState
from minsheng.domain import Post
from minsheng.errors import BadRow, ConfigError
from minsheng.settings import CrawlSettings

if TYPE_CHECKING:
    from scrapy.http import Response

    from crawlers.engines.base import PlannedSpider

# Which callback reads the page of one thread, where it is not parse_thread.
_THREAD_CALLBACKS = ("parse_thread", "parse_topic", "parse_post")
_MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page yields: posts, the reasons of rows set aside, and the addresses that a crawl would ask for next."""

    posts: tuple[Post, ...]
    set_aside: tuple[str, ...]
    following: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]
    says_empty: bool


def read_saved(
    config_dir: Path, page: Path, now: datetime, settings: CrawlSettings, *, url: str = "", thread: bool = False
) -> Reading:
    """Read a saved page as the engine of the source does; ``thread``: it is the page of one thread.

    Raises:
        ConfigError: ``source.yml`` is wrong, or the page cannot be read.
        SourceChanged: The page is of another shape.
        SourceRefused: It shows a login wall.
    """
    config = load_source(config_dir)
    try:
        body = page.read_bytes()
    except OSError as error:
        raise ConfigError(f"{page}: cannot be read: {error}") from error
    with tempfile.TemporaryDirectory(prefix="minsheng-") as folder:
        state = CrawlState(Path(folder) / f"{config.name}.sqlite", Path(folder) / "inbox")
        plan = CrawlPlan(config, settings, state, Path(folder) / "inbox", "saved", now, lambda _posts, _pages: None)
        spider = _spider(plan)
        items = _items(spider, _response(config, page.name, url, body), thread=thread)
        reading = _sort(items, plan)
        state.close()
    return reading


def _spider(plan: CrawlPlan) -> "PlannedSpider":
    from scrapy.settings import Settings
    from scrapy.spiderloader import SpiderLoader

    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["crawlers.engines"]}))
    spider: Any = loader.load(plan.config.engine)()
    spider.plan = plan
    return spider  # type: ignore[no-any-return]  # Scrapy's loader knows spiders alone, not whose they are


def _response(config: SourceConfig, name: str, url: str, body: bytes) -> "Response":
    from scrapy import Request
    from scrapy.responsetypes import responsetypes

    address = url or config.start_urls[0]
    kind = responsetypes.from_args(filename=name, body=body)
    return kind(url=address, body=body, request=Request(address))


def _items(spider: Any, response: "Response", *, thread: bool) -> Iterator[Any]:
    if not thread:
        return iter(spider.parse(response))
    callback: Callable[..., Iterable[Any]] | None = next(
        (found for name in _THREAD_CALLBACKS if (found := getattr(spider, name, None))), None
    )
    if callback is None:
        raise ConfigError(f"engine {spider.name} reads no pages of threads; leave out --thread")
    return iter(callback(response, address=response.url, activity=None))


def _sort(items: Iterator[Any], plan: CrawlPlan) -> Reading:
    posts, reasons, following = [], [], []
    masking = MaskPipeline(plan)
    for item in itertools.islice(items, _MOST_ITEMS):
        if isinstance(item, Row):
            masking.process_item(item)
            try:
                posts.append(row_to_post(item, plan))
            except BadRow as error:
                reasons.append(f"{item.native}: {error}")
        elif not isinstance(item, ThreadEnd):
            following.append(item.url)
    left_out = tuple(sorted(plan.tally.left_out.items()))
    return Reading(tuple(posts), tuple(reasons), tuple(following), left_out, plan.tally.says_empty)
