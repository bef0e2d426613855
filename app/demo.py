"""The demo city in, its flagged projects out: the whole job on a web site that a second process plays."""

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from app.bootstrap import Office
from app.clock import utc_now
from app.progress import bar
from app.summary import Outcome, summarise
from app.tables import show_findings, show_sources
from app.work import brief, crawl_source, deliver_mail, ingest_inbox, queue_digest, watch_projects
from minsheng.crawls import CrawlReport
from minsheng.errors import MinshengError

CRAWLS_AT_ONCE = 2


def run_demo(folder: Path, out: Console, *, json_file: Path | None, port: int | None) -> None:
    """Play the city, do the whole job on it, show what was found; then serve the console unless ``port`` is None."""
    started = time.monotonic()
    with _city(folder) as url:
        out.print(f"演示城市已开张：{url}（虚构，另一个进程扮演）", highlight=False)
        shutil.rmtree(folder / "var", ignore_errors=True)
        office = Office(folder, {})
        outcomes = _whole_job(office, out)
        if json_file:
            _write_json(json_file, outcomes)
        out.print(f"全程 {time.monotonic() - started:.0f} 秒", highlight=False)
        if port is not None:
            _serve(office, port, out)
        office.close()


def _serve(office: Office, port: int, out: Console) -> None:
    from app.service import PortTaken, serve

    out.print("打开控制台，看每个判断的依据；Ctrl-C 结束演示")
    try:
        serve(office, port)
    except PortTaken:
        out.print(f"端口 {port} 已被占用，换一个空闲的", highlight=False)
        serve(office, 0)


def _whole_job(office: Office, out: Console) -> list[Outcome]:
    _crawl_all(office, out)
    with bar(out, "识别与入库") as step:
        taken = ingest_inbox(office, step)
    out.print(f"入库 {taken.new} 条，另存 {taken.set_aside} 行", highlight=False)
    with bar(out, "比对项目") as step:
        findings, _ = watch_projects(office, step)
    queue_digest(office)
    delivered = deliver_mail(office)
    # Briefings are about whole days; the demo's alerts opened today, so it looks up to the end of today.
    tomorrow = office.now() + timedelta(days=1)
    files = [*brief(office, "daily", tomorrow), *brief(office, "weekly", tomorrow)]
    show_sources(out, office.sources, office.history.latest())
    show_findings(out, office.register.projects, findings)
    out.print(f"邮件 {delivered.sent} 封：{office.folders.var / 'mail'}", highlight=False, soft_wrap=True)
    for path in files:
        out.print(f"简报：{path}", highlight=False, soft_wrap=True)
    return summarise(office.register.projects, findings)


def _crawl_all(office: Office, out: Console) -> None:
    names = list(office.source_configs)
    with bar(out, "采集来源") as step, ThreadPoolExecutor(CRAWLS_AT_ONCE) as pool:
        step(0, len(names))
        reports: list[CrawlReport] = []
        for report in pool.map(lambda name: crawl_source(office, name), names):
            reports.append(report)
            step(len(reports), len(names))
    masked = sum(report.masked for report in reports)
    posts = sum(report.posts for report in reports)
    pages = sum(report.pages for report in reports)
    out.print(f"采集 {posts} 条（{pages} 页），写盘前遮盖个人信息 {masked} 处", highlight=False)


def _write_json(path: Path, outcomes: Sequence[Outcome]) -> None:
    rows = []
    for outcome in outcomes:
        row = asdict(outcome)
        rows.append({"id": row.pop("project"), "n": row.pop("posts"), **row})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


@contextlib.contextmanager
def _city(folder: Path) -> Iterator[str]:
    """Start the city's web server; it ends with this block, or with this process however that ends."""
    command = [sys.executable, "-m", "demo", str(folder), "--now", utc_now().isoformat(), "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise MinshengError(f"the demo city did not start in {folder}; its message stands above")
            yield str(json.loads(line)["url"])
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait(timeout=10)
