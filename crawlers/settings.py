"""The manners of the crawlers in, the settings of Scrapy out."""

from typing import Any

from crawlers.source import SourceConfig
from minsheng.errors import ConfigError
from minsheng.settings import CrawlSettings

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def user_agent(contact: str) -> str:
    """Return the truthful name under which pages are fetched."""
    return f"Minsheng/0.1 (+{contact})" if contact else "Minsheng/0.1 (loopback)"


def check_contact(config: SourceConfig, settings: CrawlSettings) -> None:
    """Refuse to read foreign hosts without a contact.

    Raises:
        ConfigError: A host of the source is not loopback, and ``crawl.contact`` is empty.
    """
    foreign = sorted(config.allowed_hosts - _LOOPBACK)
    if foreign and not settings.contact:
        raise ConfigError(
            f"source {config.name}: {', '.join(foreign)} may be read only by a crawler that says how to reach its "
            "office; set crawl.contact in minsheng.yml to a mail address or page"
        )


def scrapy_settings(config: SourceConfig, settings: CrawlSettings) -> dict[str, Any]:
    """Return Scrapy's settings for one source."""
    return _manners(settings) | _limits(settings) | _parts(settings) | {"BOT_NAME": config.name}


def _manners(settings: CrawlSettings) -> dict[str, Any]:
    return {
        "USER_AGENT": user_agent(settings.contact),
        "ROBOTSTXT_OBEY": True,
        "COOKIES_ENABLED": False,
        "REFERRER_POLICY": "same-origin",
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "CONCURRENT_REQUESTS": 2,
        "DOWNLOAD_DELAY": settings.delay_seconds,
        # No pause at all is for tests and the demo: there is nobody to be gentle to.
        "AUTOTHROTTLE_ENABLED": settings.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": settings.delay_seconds,
        "AUTOTHROTTLE_MAX_DELAY": 60.0,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,*/*;q=0.5",
            "Accept-Language": "zh-CN,zh;q=0.9",
        },
    }


def _limits(settings: CrawlSettings) -> dict[str, Any]:
    return {
        "DOWNLOAD_MAXSIZE": settings.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": settings.page_seconds,
        "DEPTH_LIMIT": settings.max_depth,
        "DEPTH_STATS_VERBOSE": False,
        "REDIRECT_MAX_TIMES": 5,
        "RETRY_TIMES": settings.retries,
        "CLOSESPIDER_TIMEOUT": settings.max_minutes * 60,
        "CLOSESPIDER_PAGECOUNT": settings.max_pages,
        "MEMUSAGE_LIMIT_MB": 1024,
        "MEMUSAGE_CHECK_INTERVAL_SECONDS": 5.0,
    }


def _parts(settings: CrawlSettings) -> dict[str, Any]:
    return _resolver(settings.allow_private_hosts) | {
        "SPIDER_MODULES": ["crawlers.engines"],
        "ITEM_PIPELINES": {
            "crawlers.pipelines.MaskPipeline": 100,
            "crawlers.pipelines.CheckPipeline": 200,
            "crawlers.backfill.SpanPipeline": 250,
            "crawlers.pipelines.InboxPipeline": 300,
        },
        # One item after the other: the end of a thread must come after its posts.
        "CONCURRENT_ITEMS": 1,
        "DOWNLOADER_MIDDLEWARES": {
            "crawlers.middlewares.HostGuard": 40,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawlers.middlewares.Robots": 100,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "crawlers.middlewares.Patience": 550,
            "crawlers.pages.Conditional": 560,
            "crawlers.turns.HostTurns": 950,
        },
        # From the spider outwards: pages of a thread, what a page wants, what went wrong.
        "SPIDER_MIDDLEWARES": {
            "crawlers.pages.WholeThreads": 970,
            "crawlers.pages.PageRules": 960,
            "crawlers.pages.Tolerance": 950,
        },
        "EXTENSIONS": {"scrapy.extensions.memusage.MemoryUsage": None, "crawlers.memory.PresentMemory": 0},
        # Only the settings of the deployment decide where requests go, not variables of the environment.
        "HTTPPROXY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        "LOG_FORMATTER": "crawlers.middlewares.QuietLog",
        "STATS_DUMP": False,
    }


def _resolver(allowed: bool | tuple[str, ...]) -> dict[str, Any]:
    if allowed is True:
        return {}
    return {"TWISTED_DNS_RESOLVER": "crawlers.middlewares.PublicResolver", "PRIVATE_HOSTS": list(allowed or ())}
