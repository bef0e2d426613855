"""Command lines in, a watch drawn out for a person to read, and what the person said taken in."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from minsheng.errors import ConfigError

out = Console()
review_cli = typer.Typer(help="人工复核：抽取评论请人判读，确认或排除一项关注。", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
]
HERE = Path()
_SAID = {
    "confirmed": "确认：下次比对时提示，并发邮件",
    "refuted": "排除：关注结束，重新累计",
    "open": "尚不足以下结论：继续填写，或过些天再抽取",
}


@review_cli.command()
def draw(
    name: Annotated[str, typer.Argument(help="项目、表述或提示的编号")],
    file: Annotated[Path, typer.Option("--to", help="写入的 XLSX 文件")] = Path("review.xlsx"),
    folder: Folder = HERE,
) -> None:
    """随机抽取至多 60 条列入关注之后的新评论，写成表格请人判读（不显示模型的判读）。"""
    from app.bootstrap import Office
    from app.review import COLUMNS, case_of, cover, rows
    from app.review import draw as draw_comments
    from console.workbook import fill

    if file.suffix.lower() != ".xlsx" or file.exists():
        raise ConfigError(f"{file}: name an .xlsx file that is not there yet (--to)")
    office = Office(folder, os.environ)
    case = case_of(office, name)
    posts = draw_comments(office, case)
    if not posts:
        out.print("列入关注之后还没有新评论可抽；过些天再来", highlight=False)
        raise typer.Exit(1)
    with file.open("wb") as sheet:
        for _ in fill(sheet, cover(case, len(posts)), COLUMNS, rows(case, posts), office.now()):
            pass
    office.close()
    out.print(f"已写 {file}：{len(posts)} 条，“{case.claim.text}”", highlight=False)


@review_cli.command()
def read(file: Annotated[Path, typer.Argument(help="填好的表格（XLSX 或 CSV）")], folder: Folder = HERE) -> None:
    """读入填好的表格：证据达到 20 即确认，读完 60 条仍不到即排除。"""
    from app.bootstrap import Office
    from app.review import read as read_labels

    office = Office(folder, os.environ)
    case, found = read_labels(office, file)
    office.close()
    counts = f"判读 {found.read} 条（负面 {found.negative}，正面 {found.positive}），证据 {found.evidence:.1f}，门槛 20"
    out.print(f"“{case.claim.text}”：{counts}。{_SAID[found.outcome]}", highlight=False)
