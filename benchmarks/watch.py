"""A city of projects with comments and claims in, the seconds of its daily watch and of those between out.

Run ``python -m benchmarks.watch [--quick] [--comments N] [--projects N] [--folder FOLDER] [--json FILE]``: 1,000,000
comments on 1,000 projects (1 GB of disk, five to ten minutes to fill), or 40,000 on 40 with ``--quick``. A FOLDER is filled
if it is not there, and copied for the watches, so that the next run need not fill it. The comments are those of
``benchmarks.comments``: 500 days of them, a twelfth by offices. Every project has two reviewed claims, every tenth a
reply rate besides. What is measured is what the service does: ``app.work.watch_projects`` on a deployment folder, with
all rules, the shipped calibration and the alerts stored. CPU seconds, of all processes together, stand beside the seconds
by the clock, because cores may be shared; a figure by the clock is only as good as the machine is idle. Between full
watches come the comments of half an hour: of a day of the 500 (0.2 % of the comments), and of one on which 1 % of them
come; they are spread over projects at random.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from app.bootstrap import Office
from app.work import watch_projects
from benchmarks.comments import END, SPAN, make_comments
from benchmarks.report import Measure, arguments, report
from minsheng.domain import LabelledPost
from models.open import SHIPPED_FOLDER
from models.version import version_of

WATCHES_A_DAY = 48
BUSY = 0.01
"""The part of all comments that come on a busy day."""
READER = version_of(SHIPPED_FOLDER)
"""Whose errors are known: of other readings no share is measured."""
LOADED = 20_000


def main() -> None:
    numbers = {"comments": "how many comments", "projects": "how many projects"}
    options = arguments(__doc__, numbers, {"folder": "a deployment that is kept for the next run"})
    comments = options.comments or (40_000 if options.quick else 1_000_000)
    names = [f"p{n}" for n in range(options.projects or comments // 1000)]
    measures = [Measure("comments", comments, "comments"), Measure("projects", len(names), "projects")]
    with tempfile.TemporaryDirectory() as temporary:
        kept, folder = options.folder or Path(temporary) / "kept", Path(temporary) / "watched"
        if not kept.exists():
            measures += _clocked("filling the index", lambda: fill(kept, comments, names))
        shutil.copytree(kept, folder)
        report(measures + run(comments, names, folder), options.json)


def run(comments: int, names: list[str], folder: Path) -> list[Measure]:
    """Watch a deployment: all history, a day later, half an hour after that, and when nothing came."""
    clock = [END]
    office = Office(folder, {}, lambda: clock[0])
    measures = _clocked("loading rules, register and claims", lambda: (office.rules, office.claims))
    measures += _clocked("the first watch of all, with all history", lambda: watch_projects(office))
    a_day = max(1, round(comments / SPAN.days))
    clock[0] += timedelta(days=1)
    office.index.add(newcomers(a_day, names, clock[0], timedelta(days=1), "day"))
    measures += _clocked(f"the full watch of the next day, {a_day} comments more", lambda: watch_projects(office))
    for number in (a_day, round(comments * BUSY)):
        clock[0] += timedelta(days=1) / WATCHES_A_DAY
        fresh = max(1, round(number / WATCHES_A_DAY))
        office.index.add(newcomers(fresh, names, clock[0], timedelta(days=1) / WATCHES_A_DAY, f"late{number}"))
        measures += _clocked(f"half an hour later, {fresh} comments more", lambda: watch_projects(office, full=False))
    clock[0] += timedelta(minutes=5)
    measures += _clocked("five minutes later, nothing new", lambda: watch_projects(office, full=False))
    office.close()
    return measures


def write_city(folder: Path, names: list[str]) -> None:
    """Write settings, projects and claims of a deployment."""
    departments = [{"id": "housing", "name": "住建局", "recipients": ["housing@office.example"]}]
    projects = [{"id": name, "name": f"{name}号工程", "region": "城东区", "department": "housing"} for name in names]
    claims = [claim for number, name in enumerate(names) for claim in _claims(number, name)]
    files: dict[str, Any] = {
        "minsheng.yml": {"office": "江临市联络办"},
        "projects/city.yml": {"departments": departments, "projects": projects},
        "claims/city.yml": {"claims": claims},
    }
    for name, values in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")


def newcomers(number: int, names: list[str], now: datetime, span: timedelta, tag: str) -> list[LabelledPost]:
    """Make comments of the time just past."""
    made = make_comments(number, seed=3, projects=names, model=READER)
    return [
        replace(one, post=replace(one.post, id=f"{tag}:{n}", published_at=now - span * (n + 0.5) / number))
        for n, one in enumerate(made)
    ]


def _claims(number: int, project: str) -> list[dict[str, Any]]:
    said = [("satisfaction", 120, {"value": "95%"}), ("resolution", 60, {})]
    if number % 10 == 0:
        said.append(("reply_rate", 90, {"value": "98%"}))
    return [
        {
            "id": f"{project}-{place}", "project": project, "text": "居民表示满意，问题已解决", "kind": kind,
            "status": "level", "source_url": "http://gov.example/1", "publisher": "住建局",
            "date": (END - timedelta(days=days)).date(), "reviewed": True, **more,
        }
        for place, (kind, days, more) in enumerate(said)
    ]  # fmt: skip


def fill(folder: Path, comments: int, names: list[str]) -> None:
    """Make a deployment with comments that nobody has watched yet."""
    write_city(folder, names)
    office = Office(folder, {}, lambda: END)
    made = make_comments(comments, projects=names, model=READER)
    while part := list(islice(made, LOADED)):
        office.index.add(part)
    office.close()


def _clocked(name: str, work: Callable[[], object]) -> list[Measure]:
    wall, busy = time.perf_counter(), sum(os.times()[:4])  # with the processes that ended in between
    work()
    wall, busy = time.perf_counter() - wall, sum(os.times()[:4]) - busy
    return [Measure(name, wall, "s"), Measure(f"{name}, CPU", busy, "s")]


if __name__ == "__main__":
    main()
