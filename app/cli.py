"""Command lines in, work done and said in Chinese out. Errors are one line and exit code 2, never a traceback."""

import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from app.audit_command import audit_cli
from app.backup_commands import backup, restore
from app.brief_command import brief
from app.claims_commands import claims_cli
from app.correction_commands import correct, corrections
from app.evaluate_command import evaluate
from app.export_command import export
from app.index_commands import index_cli
from app.mail_commands import mail_cli
from app.model_commands import adapt, label
from app.opening import open_office
from app.progress import Step, bar
from app.relabel_command import relabel
from app.retention_commands import retention_cli, sources_cli
from app.review_commands import review_cli
from app.rules_commands import rules_cli
from app.search_command import search
from app.similar_command import similar
from app.source_commands import add, check, known, read_page
from app.tables import show_checks, show_findings
from app.tokens_command import tokens_cli
from app.users_command import users_cli
from minsheng.domain import BEIJING
from minsheng.errors import ConfigError, MinshengError
from minsheng.text import printable
from minsheng.words import OUTCOMES

if TYPE_CHECKING:
    from app.bootstrap import Office
    from minsheng.crawls import CrawlReport

cli = typer.Typer(
    name="minsheng",
    help="民声：听见公众怎样看公共项目。About projects, never about people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console()

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
]
HERE = Path()
DAY = ["%Y-%m-%d"]


def main() -> None:
    """Run the command line; every foreseen failure is one clear message."""
    level = os.environ.get("MINSHENG_LOG", "WARNING").upper()
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        cli()
    except MinshengError as error:
        Console(stderr=True, soft_wrap=True).print(
            f"[bold]错误[/bold] {type(error).__name__}: ", end="", highlight=False
        )
        Console(stderr=True, soft_wrap=True).print(printable(str(error)), markup=False, highlight=False)
        raise SystemExit(2) from error


@cli.command()
def init(
    folder: Annotated[Path, typer.Argument(help="新部署的文件夹")] = HERE,
    contact: Annotated[str, typer.Option(help="采集时向网站说明的联系邮箱或网页")] = "",
) -> None:
    """新建一个部署：设置、项目、表述的样例。"""
    from app.starter import init as make

    for path in make(folder, contact):
        out.print(f"已写 {path}", highlight=False)
    out.print("下一步：编辑 projects/ 与 claims/，minsheng sources add 网址，然后 minsheng doctor")


@cli.command()
def crawl(
    names: Annotated[list[str] | None, typer.Argument(help="来源名；不写则全部")] = None,
    since: Annotated[datetime | None, typer.Option(formats=DAY, help="补采：从这一天起发布的（北京时间）")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="补采：到这一天之前；不写则到现在")] = None,
    folder: Folder = HERE,
) -> None:
    """采集来源的新评论，放进收件箱（ingest 读取它）；带 --since 则补采过去，中断后下次接着做。"""
    office = open_office(folder)
    chosen = names or list(office.source_configs)
    if not chosen:
        raise ConfigError(f"{office.folders.sources}: no source to crawl; docs/sources.md shows how to write one")
    if until and not since:
        raise ConfigError("--until: belongs to --since")
    troubles = 0
    for name in chosen:
        known(office, name)
        with bar(out, f"采集 {name}") as step:
            report = _crawl_past(office, name, since, until) if since else _crawl_new(office, name, step)
        troubles += report.outcome not in {"ok", "empty"}
        outcome = OUTCOMES[report.outcome]
        out.print(f"  {name}：{outcome}，{report.posts} 条，{report.pages} 页。{report.detail}", highlight=False)
    office.close()
    raise typer.Exit(1 if troubles else 0)


def _crawl_new(office: "Office", name: str, step: Step) -> "CrawlReport":
    from app.work import crawl_source

    return crawl_source(office, name, step)


def _crawl_past(office: "Office", name: str, since: datetime, until: datetime | None) -> "CrawlReport":
    from app.crawling import ask_back, fill_back

    ask_back(office, name, since.replace(tzinfo=BEIJING), until and until.replace(tzinfo=BEIJING))
    report = fill_back(office, name)
    if report is None:
        raise ConfigError(f"{name}: its wish to be filled back was taken away meanwhile; run the command again")
    return report


@cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV、TSV、XLSX 或 JSONL")],
    source: Annotated[str, typer.Option(help="来源名，成为每条编号的开头")],
    kind: Annotated[Literal["public", "official"], typer.Option(help="public 公众，official 官方")] = "public",
    columns: Annotated[Path | None, typer.Option(help="列名对照 YAML（docs/sources.md）")] = None,
    folder: Folder = HERE,
) -> None:
    """导入文件中的评论；不合格的行连同原因另存。"""
    from app.work import import_posts

    office = open_office(folder)
    with bar(out, f"导入 {file.name}") as step:
        report = import_posts(office, file, source, kind, columns, step)
    out.print(
        f"{report.posts} 条进入收件箱，{report.set_aside} 行另存，遮盖个人信息 {report.masked} 处", highlight=False
    )
    if report.rejects_file:
        out.print(f"另存的行及原因：{report.rejects_file}", highlight=False)
    if report.dropped_columns:
        out.print(f"涉及个人、未读取的列：{'、'.join(report.dropped_columns)}", highlight=False)


@cli.command()
def ingest(folder: Folder = HERE) -> None:
    """读取收件箱：识别情感、项目、主题、重复，写入索引。"""
    from app.work import ingest_inbox

    office = open_office(folder)
    with bar(out, "读取收件箱") as step:
        report = ingest_inbox(office, step)
    office.close()
    if not report.files:
        out.print("收件箱是空的：先 minsheng crawl 或 minsheng import")
        return
    out.print(
        f"{report.files} 个文件，{report.posts} 条，新增 {report.new} 条，另存 {report.set_aside} 行", highlight=False
    )


@cli.command()
def watch(folder: Folder = HERE) -> None:
    """比对表述与公众反应，更新提示，发出邮件。"""
    from app.work import deliver_mail, watch_projects

    office = open_office(folder)
    with bar(out, "比对项目") as step:
        findings, changed = watch_projects(office, step)
    show_findings(out, office.register.projects, findings)
    delivered = deliver_mail(office)
    out.print(
        f"提示变动 {len(changed)} 项；"
        f"邮件发出 {delivered.sent} 封，待发 {delivered.waiting} 封，失败 {delivered.failed} 封。{delivered.note}",
        highlight=False,
    )
    office.close()


@cli.command()
def serve(port: Annotated[int | None, typer.Option(help="端口；默认见设置")] = None, folder: Folder = HERE) -> None:
    """只开控制台（检索、项目、提示、简报）。"""
    from app.service import serve as answer

    answer(open_office(folder), port)


@cli.command()
def run(folder: Folder = HERE) -> None:
    """作为服务运行：定时采集、比对、发信、简报，并开控制台。"""
    from app.service import run as be_service

    be_service(open_office(folder))


@cli.command()
def explain(project: Annotated[str, typer.Argument(help="项目编号")], folder: Folder = HERE) -> None:
    """说明一个项目为何提示或未提示：每条规则的数值、区间与门槛。"""
    from app.explaining import explain_project
    from app.explaining_tables import show_explanation

    office = open_office(folder)
    show_explanation(out, explain_project(office, project))
    office.close()


@cli.command()
def doctor(folder: Folder = HERE) -> None:
    """检查设置、项目、模型、索引、邮件、来源，并说出该修什么。"""
    from app.doctor import examine

    office = open_office(folder)
    checks = examine(office)
    show_checks(out, checks)
    office.close()
    raise typer.Exit(0 if all(check.ok for check in checks) else 1)


@cli.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="演示部署放在哪里")] = Path("var/demo"),
    serve: Annotated[bool, typer.Option(help="结束后打开控制台")] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="把每个项目的结论写成 JSON")] = None,
    port: Annotated[int, typer.Option(help="控制台端口；0 为任意空闲端口")] = 8765,
) -> None:
    """演示城市：从采集到提示、简报、检索的全过程。"""
    from app.demo import run_demo

    run_demo(folder, out, json_file=json_file, port=port if serve else None)


for command in (
    search, similar, export, evaluate, label, adapt, correct, corrections, relabel, backup, restore, brief
):  # fmt: skip
    cli.command()(command)
cli.add_typer(claims_cli, name="claims")
cli.add_typer(rules_cli, name="rules")
sources_cli.command()(add)
sources_cli.command()(check)
sources_cli.command("test")(read_page)
cli.add_typer(sources_cli, name="sources")
cli.add_typer(retention_cli, name="retention")
cli.add_typer(index_cli, name="index")
cli.add_typer(mail_cli, name="mail")
cli.add_typer(review_cli, name="review")
cli.add_typer(users_cli, name="users")
cli.add_typer(tokens_cli, name="tokens")
cli.add_typer(audit_cli, name="audit")


if __name__ == "__main__":
    main()
