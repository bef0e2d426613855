"""Command lines in, a backup written, checked or restored out."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.progress import bar

if TYPE_CHECKING:
    from app.archive import Manifest

out = Console()
_DAY_AND_MINUTE = "%Y-%m-%d %H:%M"

File = Annotated[Path, typer.Argument(help="备份文件（ZIP）")]
Folder = Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")]


def backup(
    file: File,
    *,
    check: Annotated[bool, typer.Option("--check", help="只核对这份备份是否完整，不写任何东西")] = False,
    folder: Folder = Path(),
) -> None:
    """备份整个部署：设置、登记、索引、收件箱、提示、简报；服务可以照常运行。"""
    from app import archive
    from app.backup import back_up
    from app.bootstrap import Office
    from minsheng.domain import BEIJING

    started = time.monotonic()
    if check:
        with bar(out, "核对备份", of_bytes=True) as step:
            manifest = archive.check(file, step)
        made = f"{manifest.made_at.astimezone(BEIJING):{_DAY_AND_MINUTE}}"
        out.print(
            f"备份完整：北京时间 {made}，评论 {manifest.posts} 条，文件 {len(manifest.entries)} 个", highlight=False
        )
        return
    office = Office(folder, os.environ)
    with bar(out, "备份") as step:
        settings = office.settings
        manifest = back_up(office.folders, settings.index, file, office.now(), step, settings.elasticsearch)
    seconds = time.monotonic() - started
    size = file.stat().st_size / 1e6
    out.print(
        f"已写 {file}：{_contents(manifest)}，{size:.1f} MB，用时 {seconds:.1f} 秒，已核对",
        highlight=False,
        soft_wrap=True,
    )
    if office.settings.index.partition(":")[0] == "memory":
        out.print("索引设为 memory，只在内存里，没有可备份的内容。", highlight=False)


def restore(
    file: File,
    *,
    force: Annotated[bool, typer.Option("--force", help="文件夹里已有内容时，把它移到一旁再恢复")] = False,
    folder: Folder = Path(),
) -> None:
    """从备份恢复：先核对每个文件，再动手；原有内容只移到一旁，不删除。"""
    from app.clock import utc_now
    from app.restore import restore as bring_back
    from minsheng.domain import BEIJING

    started = time.monotonic()
    with bar(out, "恢复", of_bytes=True) as step:
        done = bring_back(folder.resolve(), file, os.environ, utc_now(), force=force, progress=step)
    made = f"{done.manifest.made_at.astimezone(BEIJING):{_DAY_AND_MINUTE}}"
    seconds = time.monotonic() - started
    out.print(
        f"已恢复到 {folder.resolve()}：北京时间 {made} 的备份，评论 {done.manifest.posts} 条，用时 {seconds:.1f} 秒",
        highlight=False,
        soft_wrap=True,
    )
    if done.aside:
        out.print(f"原有内容移到 {done.aside}", highlight=False, soft_wrap=True)
    if done.withdrawn:
        out.print(
            f"备份之后撤回过、恢复内容里仍有的来源：{'、'.join(done.withdrawn)}。请运行 minsheng retention run",
            highlight=False,
            soft_wrap=True,
        )


def _contents(manifest: "Manifest") -> str:
    return f"评论 {manifest.posts} 条，文件 {len(manifest.entries)} 个"
