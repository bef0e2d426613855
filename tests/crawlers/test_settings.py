import pytest

from crawlers.settings import check_contact, scrapy_settings, user_agent
from minsheng.errors import ConfigError
from minsheng.settings import CrawlSettings


def test_the_manners_are_those_of_the_deployment(make_plan):
    settings = CrawlSettings(
        contact="office@city.example", delay_seconds=2.5, max_page_bytes=2000, max_depth=7, retries=3
    )

    scrapy = scrapy_settings(make_plan().config, settings)

    assert scrapy["USER_AGENT"] == "Minsheng/0.1 (+office@city.example)"
    assert (scrapy["DOWNLOAD_DELAY"], scrapy["DOWNLOAD_MAXSIZE"], scrapy["DEPTH_LIMIT"], scrapy["RETRY_TIMES"]) == (
        2.5,
        2000,
        7,
        3,
    )
    assert (scrapy["ROBOTSTXT_OBEY"], scrapy["AUTOTHROTTLE_ENABLED"], scrapy["COOKIES_ENABLED"]) == (True, True, False)
    assert scrapy["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert not scrapy["TELNETCONSOLE_ENABLED"]
    assert not scrapy["REMOTE_CONTROL_ENABLED"]


def test_private_addresses_are_resolved_only_where_they_are_allowed(make_plan):
    config = make_plan().config

    assert scrapy_settings(config, CrawlSettings())["TWISTED_DNS_RESOLVER"] == "crawlers.middlewares.PublicResolver"
    assert "TWISTED_DNS_RESOLVER" not in scrapy_settings(config, CrawlSettings(allow_private_hosts=True))


def test_loopback_needs_no_contact_and_foreign_hosts_do(make_plan):
    home = make_plan(start_urls=["http://127.0.0.1:8000/"]).config
    foreign = make_plan(hosts=["img.forum.example"]).config

    check_contact(home, CrawlSettings())
    check_contact(foreign, CrawlSettings(contact="https://city.example/about"))

    with pytest.raises(ConfigError, match="forum.example, img.forum.example may be read only"):
        check_contact(foreign, CrawlSettings())
    assert user_agent("") == "Minsheng/0.1 (loopback)"
