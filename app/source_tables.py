"""What trials of sources read in, tables on the terminal out."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawlers.beside import beside, texts_of
from crawlers.saved import Reading
from crawlers.trial import Trial
from minsheng.domain import BEIJING, Post
from minsheng.text import printable
from minsheng.words import KINDS, OUTCOMES

_SHOWN = 5
_MOST_ROWS = 50
_LONGEST = 160
NOT_THERE = "（页面上没有找到这些字）"


@dataclass(frozen=True, slots=True)
class Health:
    """How the trial of one source ended."""

    name: str
    engine: str
    trial: Trial
    seconds: float

    @property
    def is_well(self) -> bool:
        return self.trial.outcome == "empty" or (self.trial.outcome == "ok" and bool(self.trial.posts))


def show_beside(out: Console, trial: Trial) -> None:
    """Show up to five posts beside the words of their page."""
    texts = texts_of(trial.shown)
    table = Table(title="采到的与页面原文（个人信息已遮盖）", expand=True, show_lines=True)
    table.add_column("采到的", ratio=1)
    table.add_column("页面原文", ratio=1)
    for post in trial.posts[:_SHOWN]:
        table.add_row(_head(post).append("\n" + _short(post.text)), Text(printable(beside(post, texts)) or NOT_THERE))
    out.print(table)


def show_health(out: Console, healths: Sequence[Health]) -> None:
    """Show how each source is read today."""
    table = Table(title="来源现状（各读头几页，不入库）", expand=True)
    for column in ("来源", "引擎", "结果", "条数", "页", "秒", "最新一条", "说明"):
        table.add_column(column, justify="right" if column in {"条数", "页", "秒"} else "left")
    for health in healths:
        trial = health.trial
        newest = max((post.published_at for post in trial.posts), default=None)
        table.add_row(
            health.name,
            health.engine,
            Text(OUTCOMES[trial.outcome], style="" if health.is_well else "bold"),
            str(len(trial.posts)),
            str(trial.pages),
            f"{health.seconds:.0f}",
            f"{newest.astimezone(BEIJING):%Y-%m-%d %H:%M}" if newest else "",
            Text(printable(trial.detail)),
        )
    out.print(table)


def show_reading(out: Console, reading: Reading) -> None:
    """Show what a saved page yields."""
    table = Table(title=f"{len(reading.posts)} 条", expand=True)
    for column in ("位置", "类别", "时间", "标题与正文", "赞同"):
        table.add_column(column)
    for post in reading.posts[:_MOST_ROWS]:
        words = Text(printable(post.title), style="dim").append(f"\n{_short(post.text)}", style="not dim")
        time = f"{post.published_at.astimezone(BEIJING):%Y-%m-%d %H:%M}\n{printable(post.shown_at)}"
        table.add_row(str(post.place or ""), KINDS[post.kind], Text(time), words, str(post.likes or ""))
    out.print(table)
    for reason in reading.set_aside:
        out.print(Text(printable(f"另存：{reason}")))
    for kind, number in reading.left_out:
        out.print(f"未采 {kind}：{number}", highlight=False)
    if reading.following:
        out.print(f"接着会读 {len(reading.following)} 页：", highlight=False)
        for url in reading.following[:_SHOWN]:
            out.print(Text(printable(f"  {url}")))
    if reading.says_empty:
        out.print("页面自己说：没有内容")


def _head(post: Post) -> Text:
    place = f"第 {post.place} 楼 " if post.place else ""
    return Text(f"{place}{KINDS[post.kind]} {printable(post.shown_at)}", style="dim")


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
