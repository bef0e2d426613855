"""A source in, what follows its crawl done: posts that went are deleted, the operator is told once, gaps are filled."""

import hashlib
import logging
from datetime import datetime, timedelta
from pathlib import Path

from alerts.channels.base import Mail
from alerts.mail import compose_notice, message_id
from app.bootstrap import Office
from app.lock import only_one
from app.paused import is_paused
from app.retention import follow_site
from app.withdrawn import refuse as refuse_withdrawn
from crawlers import backfill, deletions
from crawlers.pace import next_pause
from crawlers.run import crawl
from minsheng.crawls import CrawlReport, SourceHealth
from minsheng.domain import BEIJING, Window
from minsheng.errors import ConfigError
from minsheng.hours import is_quiet
from minsheng.words import HEALTH

logger = logging.getLogger(__name__)

_LOOKED_AT = 12
_SLACK = timedelta(minutes=1)
_ADVICE = {
    "blocked": "对方声明不允许读取（robots.txt、登录墙）。本系统照办，不绕过；请改用对方公开的入口，或停用该来源。",
    "changed": "页面结构与来源说明不符。请按新页面修改 source.yml，再运行 minsheng crawl 核对。",
    "failing": "连续多次读取失败。请检查网络与地址。",
    "fewer": "读到的条数远少于以往。请打开网站核对：是真的少了，还是页面改了。",
}


class QuietHours(ConfigError):
    """A source is to be read in the hours in which no site is asked. Raised before a crawl starts."""


def refuse_now(office: Office, name: str) -> None:
    """Do nothing for a source that may be read now.

    Raises:
        Withdrawn: It must never be.
        QuietHours: It may be later.
    """
    refuse_withdrawn(office.folders.var, name)
    hours = office.settings.crawl.quiet_hours
    if is_quiet(hours, office.now()):
        raise QuietHours(f"quiet hours {hours} (crawl.quiet_hours): no site is asked now; try again after them")


def is_due(office: Office, name: str) -> bool:
    """Return whether the pace of a source, and the hour, want a crawl now; one that rests is never due."""
    if is_paused(office.folders.var, name):
        return False
    reports = office.history.reports(name, _LOOKED_AT)
    if is_quiet(office.settings.crawl.quiet_hours, office.now()):
        return False
    if not reports or name not in office.source_configs:
        return True
    usual = office.source_configs[name].crawl_every
    pause = next_pause(reports, usual, office.settings.crawl.requests_per_day)
    return office.now() >= reports[0].started_at + pause - _SLACK


def after_crawl(office: Office, report: CrawlReport) -> None:
    """Note how a crawl went, follow the site, and tell the operator of a source that is broken, once."""
    office.history.add(report)
    if deletions.pending(office.folders.crawl_state / f"{report.source}.sqlite"):
        gone = follow_site(office, report.source)
        logger.info("followed site source=%s deleted=%d", report.source, gone.deleted.total())
    for health in office.history.untold():
        tell_operator(office, health)


def ask_back(office: Office, name: str, since: datetime, until: datetime | None) -> None:
    """Note that what was published between two moments is to be brought; None: until now.

    Asked again while it is under way, it goes on.

    Raises:
        ConfigError: There is no such time, or the source is being crawled.
    """
    refuse_withdrawn(office.folders.var, name)
    state = _state(office, name)
    wish = backfill.pending(state)
    if wish is not None and wish.since == since and until in {None, wish.until}:
        return
    until = until or office.now()
    if since >= until:
        raise ConfigError(f"--since {since:%Y-%m-%d} is not before --until {until:%Y-%m-%d}")
    state.parent.mkdir(parents=True, exist_ok=True)
    with only_one(state.with_suffix(".lock"), f"a crawl of {name}"):
        backfill.ask_for(state, office.folders.inbox, Window(since, until))


def fill_back(office: Office, name: str) -> CrawlReport | None:
    """Go on bringing what a source published within the span that was asked for; None if nothing is left to do.

    Its report does not count for the source's pace and health: it tells of the past.
    """
    if backfill.pending(_state(office, name)) is None:
        return None
    refuse_now(office, name)
    return crawl(
        office.folders.sources / name,
        inbox=office.folders.inbox,
        state=office.folders.crawl_state,
        settings=office.settings.crawl,
        now=office.now(),
        fill_back=True,
    )


def tell_operator(office: Office, health: SourceHealth) -> None:
    """Write the operator one mail about a broken source; without an operator the log, doctor and console say it."""
    to = office.settings.mail.operator
    if to:
        office.outbox.add(_compose(office, health, to))
    else:
        logger.warning("source broken source=%s state=%s; mail.operator is empty", health.source, health.state)
    office.history.told(health.source)


def _compose(office: Office, health: SourceHealth, to: tuple[str, ...]) -> Mail:
    title = office.sources[health.source].title if health.source in office.sources else health.source
    since = f"{health.since.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    digest = hashlib.sha256(f"{health.source} {health.since.isoformat()}".encode()).hexdigest()[:24]
    word = HEALTH[health.state]
    lines = [
        f"来源“{title}”（{health.source}）自 {since}（北京时间）起：{word}。",
        f"最近一次：{health.last.detail or '没有更多说明'}",
        _ADVICE[health.state],
        "恢复正常之前不再就此来源发信；详情见控制台“来源”或 minsheng doctor。",
    ]
    identity = message_id("source", digest, to, office.settings.mail.sender)
    subject = f"【民声运维】来源 {title}：{word}"
    return compose_notice(identity, to, subject, lines, office=office.settings.office, now=office.now())


def _state(office: Office, name: str) -> Path:
    return office.folders.crawl_state / f"{name}.sqlite"
