"""An alert or a day's news in, a mail for the department out: text and HTML, both sides, no advice."""

import functools
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.channels.base import Mail
from alerts.life import Change
from alerts.store import DigestItem
from alerts.wording import QUOTES, both_sides, filters, one_line, shorten
from minsheng.domain import BEIJING, Alert, Department, Evidence, Project, Source
from minsheng.honesty import SCOPE, Grounds, deleted_of, limits

if TYPE_CHECKING:
    from jinja2 import Environment

logger = logging.getLogger(__name__)

MARK = "【民声提示】"
MARK_DIGEST = "【民声摘要】"
_MOST_ITEMS = 60
_NOT_IN_DOMAIN = re.compile(r"[^A-Za-z0-9.-]+")
_LONGEST_NAME = 40
_CHANGES = {Change.OPENED: "新出现", Change.REOPENED: "再次出现", Change.CLOSED: "已关闭"}


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a digest, in words."""

    change: str
    at: datetime
    project: str
    title: str
    why: str
    posts: int
    url: str


def compose_alert(
    alert: Alert,
    project: Project,
    *,
    title: str,
    office: str,
    sender: str,
    console_url: str,
    now: datetime,
    operator: Sequence[str] = (),
    sources: Mapping[str, Source] | None = None,
    deleted: Mapping[str, int] | None = None,
) -> Mail | None:
    """Write the one mail of an opening alert; None, with the reason in the log, if there is nobody to send it to.

    Args:
        alert: What opened.
        project: The alert's project; its department's recipients get the mail, else ``operator``.
        title: What the rule finds, in a few Chinese words (``Rule.title``).
        office: Who sends, for the foot of the mail.
        sender: The From address; its domain ends the Message-ID.
        console_url: Where the console answers; empty leaves the link out.
        now: When the mail is made.
        operator: Who gets mail of departments without recipients.
        sources: The sources by name, for their titles; one that is not there keeps its name.
        deleted: How many comments each source has taken down lately, by name.
    """
    to = recipients(project.department, operator)
    if not to:
        logger.warning("alert without mail alert=%s project=%s reason=%s", alert.id, project.id, why_nobody(project))
        return None
    evidence = alert.finding.evidence
    quotes, counter = both_sides(evidence.quotes, evidence.counter_quotes, QUOTES)
    titles = {name: source.title for name, source in (sources or {}).items()}
    subject = one_line(f"{MARK}{shorten(project.name, _LONGEST_NAME)}｜{title}（n={evidence.posts}）")
    values = {
        "subject": subject, "alert": alert, "finding": alert.finding, "evidence": evidence, "project": project,
        "claim": alert.finding.claim, "quotes": quotes, "counter": counter, "title": title, "office": office,
        "url": alert_url(console_url, alert.id), "now": now, "sources": titles,
        "limits": limits(_grounds(evidence, titles, deleted or {})), "scope": SCOPE,
    }  # fmt: skip
    identity = message_id("alert", alert.id, to, sender)
    return Mail(identity, to, subject, _render("alert.txt", values), _render("alert.html", values), now, alert.id)


def compose_digest(
    department: Department,
    items: Sequence[DigestItem],
    projects: Mapping[str, Project],
    *,
    titles: Mapping[str, str],
    office: str,
    sender: str,
    console_url: str,
    now: datetime,
    operator: Sequence[str] = (),
) -> Mail | None:
    """Write a department's digest of the day; None, with the reason in the log, if there is nobody to send it to.

    ``titles`` names each rule in Chinese; a project or rule that is gone keeps its id. At most 60 lines are shown.
    """
    to = recipients(department, operator)
    if not to:
        logger.warning("digest without mail department=%s news=%d reason=no recipients", department.id, len(items))
        return None
    day = now.astimezone(BEIJING)
    lines = [_line(item, projects, titles, console_url) for item in items]
    subject = one_line(
        f"{MARK_DIGEST}{shorten(department.name, _LONGEST_NAME)}｜{day.month}月{day.day}日 {len(lines)} 条"
    )
    values = {
        "subject": subject, "department": department, "lines": lines[:_MOST_ITEMS], "left_out": lines[_MOST_ITEMS:],
        "office": office, "url": f"{console_url.rstrip('/')}/alerts" if console_url else "", "now": now,
        "scope": SCOPE,
    }  # fmt: skip
    identity = message_id("digest", f"{department.id}.{day:%Y%m%d}", to, sender)
    return Mail(identity, to, subject, _render("digest.txt", values), _render("digest.html", values), now)


def compose_notice(
    identity: str, to: Sequence[str], subject: str, lines: Sequence[str], *, office: str, now: datetime
) -> Mail:
    """Write a notice to the operator, a paragraph for each line; ``identity`` is its Message-ID."""
    subject = one_line(subject)
    values = {"subject": subject, "lines": lines, "office": office, "now": now}
    return Mail(identity, tuple(to), subject, "\n\n".join(lines), _render("notice.html", values), now)


def recipients(department: Department, operator: Sequence[str]) -> tuple[str, ...]:
    """Return the department's recipients, or the operator when it has none; each once, in order."""
    return tuple(dict.fromkeys(department.recipients or operator))


def why_nobody(project: Project) -> str:
    """Say in Chinese why a project's alerts reach nobody, and what to do."""
    return f"{project.department.name}没有收件人，也没有设置 mail.operator；在项目登记中为部门填写 recipients"


def message_id(kind: str, thing: str, to: Sequence[str], sender: str) -> str:
    """Return the Message-ID that this mail to these recipients has, whenever and however often it is made."""
    crowd = hashlib.sha256("\n".join(sorted(to)).encode()).hexdigest()[:8]
    domain = _NOT_IN_DOMAIN.sub("-", sender.rsplit("@", 1)[-1].rstrip(" >"))
    return f"<{kind}.{thing}.{crowd}@{domain}>"


def alert_url(console_url: str, alert_id: str) -> str:
    return f"{console_url.rstrip('/')}/alerts#{alert_id}" if console_url else ""


def _grounds(evidence: Evidence, titles: Mapping[str, str], deleted: Mapping[str, int]) -> Grounds:
    found = evidence.prevalence
    counts = evidence.by_source or tuple((name, 0) for name in evidence.sources)
    return Grounds(
        comments=evidence.posts,
        folded=found.clusters if found else evidence.posts,
        by_source=tuple((one_line(titles.get(name, name)), count) for name, count in counts),
        effective=found.effective if found else None,
        deleted=deleted_of(evidence.sources, deleted),
    )


def _line(item: DigestItem, projects: Mapping[str, Project], titles: Mapping[str, str], console_url: str) -> _Line:
    finding = item.alert.finding
    project = projects.get(finding.project)
    return _Line(
        change=_CHANGES.get(item.change, "持续"),
        at=item.at,
        project=project.name if project else finding.project,
        title=titles.get(finding.rule, finding.rule),
        why=item.reason,
        posts=finding.evidence.posts,
        url=alert_url(console_url, item.alert.id),
    )


def _render(name: str, values: Mapping[str, object]) -> str:
    return _templates().get_template(f"{name}.j2").render(values)


@functools.cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader,
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters())
    return environment
