"""Command lines in, what is past its time deleted, and sources listed or withdrawn, out."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.auditing import note
from app.progress import bar

if TYPE_CHECKING:
    from app.retention import RetentionReport

out = Console()
sources_cli = typer.Typer(help="列出来源；添加、查看、测试、撤回来源。")
retention_cli = typer.Typer(help="保存期：删除过期的评论。", no_args_is_help=True)
_REASONS = {"age": "过保存期", "withdrawn": "来源已撤回", "opted_out": "网站不愿被收录", "deleted": "网站已删除"}
_PLACES = {
    "index": "索引",
    "inbox": "收件箱",
    "inbox_files": "收件箱文件",
    "rejects": "另存文件",
    "quotes": "提示引文",
    "mails": "邮件正文",
    "claims": "表述提案",
}

Folder = Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")]


@sources_cli.callback(invoke_without_command=True)
def sources(context: typer.Context, folder: Folder = Path()) -> None:
    """列出来源及最近一次采集的结果；撤回来源。"""
    if context.invoked_subcommand is not None:
        return
    from app.bootstrap import Office
    from app.tables import show_sources
    from app.withdrawn import withdrawn

    office = Office(folder, os.environ)
    show_sources(out, office.sources, office.history.latest())
    gone = withdrawn(office.folders.var)
    if gone:
        out.print(f"已撤回，不再采集：{'、'.join(gone)}", highlight=False)
    office.close()


@sources_cli.command()
def withdraw(name: Annotated[str, typer.Argument(help="来源名")], folder: Folder = Path()) -> None:
    """撤回一个来源：删除它带来的一切，并且不再采集；重复运行无害。"""
    from app.bootstrap import Office
    from app.retention import withdraw as take_back

    office = Office(folder, os.environ)
    note(office, "source withdraw", name)
    with bar(out, f"撤回 {name}") as step:
        report = take_back(office, name, step)
    office.close()
    _show(report, "已删除")
    out.print(f"来源 {name} 已撤回，不再采集。已发出的简报和以前的备份不会改动。", highlight=False)
    if report.held[name]:
        out.print("解除封存（retention.legal_hold）后再运行一次，即可删除保留的评论。", highlight=False)


@retention_cli.callback()
def retention() -> None:
    """保存期：删除过期的评论。"""


@retention_cli.command()
def run(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说会删除多少，什么也不动")] = False,
    folder: Folder = Path(),
) -> None:
    """删除超过保存期的评论，以及已撤回来源的一切；服务每天自动做一次。"""
    from app.bootstrap import Office
    from app.retention import retain

    office = Office(folder, os.environ)
    with bar(out, "查找过期评论" if dry_run else "删除过期评论") as step:
        report = retain(office, dry_run=dry_run, progress=step)
    office.close()
    _show(report, "将删除" if dry_run else "已删除")


def _show(report: "RetentionReport", title: str) -> None:
    for source, number in sorted(report.held.items()):
        if number:
            out.print(f"{source}：{number} 条属于封存的项目，保留", highlight=False)
    if not report.deleted:
        out.print("没有要删除的。")
        return
    table = Table(title=title)
    for name in ("来源", "原因", "何处", "数量"):
        table.add_column(name, justify="right" if name == "数量" else "left")
    for (source, reason, place), number in sorted(report.deleted.items()):
        table.add_row(source, _REASONS[reason], _PLACES[place], f"{number:,}")
    out.print(table)
