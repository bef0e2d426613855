"""The sources page: how the last reading of each source ended, and what to do about it."""

from dataclasses import dataclass

from fastapi import HTTPException, Request, Response

from console.access.entry import back, form_of
from console.desk import Desk
from console.language import say
from console.render import acts_of, desk_of, page
from indexer.base import Query
from minsheng import words
from minsheng.crawls import CrawlReport, SourceHealth
from minsheng.domain import BEIJING, Source
from minsheng.errors import QueryError

ADVICE = {
    "ok": "",
    "empty": "页面可读但没有内容。若连续多次如此，请核对来源的起始地址。",
    "fewer": "读到的条数远少于以往或预期。请打开网站核对：是真的少了，还是页面改了。",
    "changed": "页面结构与来源说明不符，本次没有入库。请运维按新页面修改来源说明后重新读取。",
    "refused": "对方声明不允许读取（robots.txt、登录墙或内网地址）。本系统照办，不绕过；请改用对方公开的入口。",
    "failed": "网络或对方服务器出错，下次会再试。若持续超过一天，请运维检查网络与地址。",
}
NEVER_READ = "尚未读取"
WAITS = "等待第一次读取；若定时任务已开而久未读取，请运维查看日志。"
ASK_OPERATOR = "请运维查看日志。"


@dataclass(frozen=True, slots=True)
class Row:
    """One source with its last report, the word for its outcome and the number of posts in the index."""

    source: Source
    report: CrawlReport | None
    outcome: str
    advice: str
    posts: int
    health: SourceHealth | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the source brings what is expected of it."""
        state = self.health.state if self.health else self.report and self.report.outcome
        return state == "ok"


def show(request: Request) -> Response:
    """Answer with the table of sources, those in trouble first."""
    desk = desk_of(request)
    crawls, health = desk.crawls(), desk.health()
    posts = desk.index.facet(Query(), "source", limit=1000)
    rows = [
        _row(source, crawls.get(name), posts.get(name, 0), health.get(name)) for name, source in desk.sources.items()
    ]
    rows.sort(key=lambda row: (row.is_ok, row.source.name))
    acts = desk.acts
    return page(
        request,
        "sources.html",
        rows=rows,
        resting=acts.resting() if acts else (),
        withdrawn=acts.withdrawn() if acts else (),
    )


def rest(request: Request) -> Response:
    """Let a source rest, or let it be read again."""
    acts, name = acts_of(request), _named(request)
    if form_of(request).get("what") == "resume":
        acts.resume(name)
        return back(request, "/sources", say("已恢复定时采集。"))
    acts.pause(name)
    return back(request, "/sources", say("已暂停：定时采集跳过它，已有的内容不动。"))


def withdraw(request: Request) -> Response:
    """Take a source back with all that it gave; its name must be typed, for there is no way back."""
    acts, name = acts_of(request), _named(request)
    if form_of(request).get("sure") != name:
        raise QueryError(say("撤回会删除这个来源带来的一切。请照写来源的编号“%(name)s”再提交。") % {"name": name})
    acts.withdraw(name)
    return back(request, "/sources", say("已撤回：它带来的内容已删除，以后不再采集。"))


def _named(request: Request) -> str:
    name = str(form_of(request).get("source", ""))
    if name not in desk_of(request).sources:
        raise HTTPException(404, say("没有这个来源。"))
    return name


def unhealthy(desk: Desk) -> dict[str, str]:
    """Return the sources that do not read well: name and the word for it, with the day since when."""
    crawls, health = desk.crawls(), desk.health()
    troubled: dict[str, str] = {}
    for name in desk.sources:
        if name in health and health[name].state != "ok":
            since = health[name].since.astimezone(BEIJING)
            troubled[name] = f"{words.HEALTH[health[name].state]}，自 {since.month} 月 {since.day} 日起"
        elif name not in health and name in crawls and crawls[name].outcome != "ok":
            troubled[name] = words.OUTCOMES.get(crawls[name].outcome, crawls[name].outcome)
    return troubled


def _row(source: Source, report: CrawlReport | None, posts: int, health: SourceHealth | None) -> Row:
    if report is None:
        return Row(source, None, NEVER_READ, WAITS, posts)
    word = words.OUTCOMES.get(report.outcome, report.outcome)
    advice = ADVICE.get(report.outcome, ASK_OPERATOR)
    if health is not None and health.state == "fewer":
        word, advice = words.HEALTH["fewer"], ADVICE["fewer"]
    return Row(source, report, word, advice, posts, health)
