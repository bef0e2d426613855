"""A deployment whose one claim is put on watch, and the comments that do it: for the tests of reviews."""

from datetime import UTC, datetime, timedelta

from app.bootstrap import Office
from app.work import watch_projects
from minsheng.detection import Tier
from minsheng.domain import Kind, LabelledPost, Opinion, Post, Reading
from models.open import SHIPPED_FOLDER
from models.version import version_of

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
PROJECTS = """\
departments: [{id: jtj, name: 市交通局, recipients: [jtj@example.cn]}]
projects: [{id: road, name: 新华路改造, region: 示例市, department: jtj}]
"""
CLAIMS = """\
claims:
- {id: c1, project: road, text: 满意率95%, kind: satisfaction, status: level, value: 95%, publisher: 市交通局,
   source_url: "http://gov.example/1", date: 2026-03-01, reviewed: true}
"""
BAD = Opinion(0.9, 0.06, 0.04)
MODEL = version_of(SHIPPED_FOLDER)


class Clock:
    at = START

    def __call__(self) -> datetime:
        return self.at


def said(day: float, number: int) -> LabelledPost:
    name, when = f"forum:{day:g}-{number}", START + timedelta(days=day, minutes=number)
    thread = f"http://forum.example/{day:g}"
    post = Post(name, "forum", Kind.PUBLIC, f"{thread}#{number}", thread, "路", f"第{number}条：又坏了", when, when)
    return LabelledPost(post, Reading(("road",), BAD, "urban", "quality", name, MODEL))


def open_office(folder, clock):
    """Write a deployment with one claim and open it."""
    for name, text in {"minsheng.yml": "office: 联络办\n", "projects/p.yml": PROJECTS, "claims/c.yml": CLAIMS}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Office(folder, {}, clock)


def watch_of(office):
    watch_projects(office)
    return next(finding for finding in office.alerts.findings() if finding.rule == "divergence")


def stand(office):
    return watch_of(office).evidence.detection


def put_on_watch(office):
    """Let one complaint a day put the claim on watch, then fifty a day be said on two days; return the office."""
    for day in range(30):
        office.index.add([said(day, 0)])
        office.now.at = START + timedelta(days=day + 1)
        if stand(office).tier is Tier.WATCH:
            break
    assert stand(office).tier is Tier.WATCH
    last = (office.now.at - START).days
    office.index.add([said(last + more, n) for more in (1, 2) for n in range(50)])
    office.now.at += timedelta(days=3)
    return office
