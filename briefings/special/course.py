"""The life of one project in, its events in order and the answers of all rules out."""

from dataclasses import dataclass
from datetime import date

from briefings.document import Block, Column, Inline, Link, Paragraph, Table, Text
from briefings.material import Material
from briefings.words import local, measured, period, rule
from minsheng.domain import Project
from minsheng.words import PHASES

_MOST = 24


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    day: date
    words: str
    where: str = ""


def events(material: Material, project: Project) -> Block:
    """Return phases, reviewed claims and alerts by date, the latest of them where there are very many."""
    found = sorted({*_phases(project), *_claims(material), *_alerts(material)})
    last = local(material.window.until).date()
    found = [event for event in found if event.day < last]
    if not found:
        return Paragraph(("登记册里没有阶段，也没有经审核的表述或提示，列不出大事。",))
    columns = (Column("日期", share=16), Column("事情", share=70), Column("出处", share=14))
    rows = tuple(_row(event) for event in found[-_MOST:])
    left = len(found) - len(rows)
    notes = (f"更早的 {left} 件未列。",) if left else ()
    said = f"自 {found[0].day} 至 {found[-1].day}，共 {len(found)} 件：阶段的起止、经审核的表述、提示的出现与解除。"
    return Table("大事", columns, rows, notes, said)


def _row(event: _Event) -> tuple[Text, ...]:
    where: Inline = Link("原文", event.where) if event.where else "—"
    return (f"{event.day}",), (event.words,), (where,)


def _phases(project: Project) -> list[_Event]:
    begun = [_Event(phase.since, f"“{PHASES[phase.name]}”阶段开始") for phase in project.phases]
    return begun + [_Event(phase.until, f"“{PHASES[phase.name]}”阶段结束") for phase in project.phases if phase.until]


def _claims(material: Material) -> list[_Event]:
    return [
        _Event(local(claim.published_at).date(), f"{claim.publisher}：“{claim.text}”", claim.source_url)
        for claim in material.claims
        if claim.reviewed
    ]


def _alerts(material: Material) -> list[_Event]:
    found = []
    for alert in material.alerts:
        name = rule(alert.finding.rule)
        found.append(_Event(local(alert.opened_at).date(), f"提示“{name}”出现"))
        if alert.closed_at is not None:
            found.append(_Event(local(alert.closed_at).date(), f"提示“{name}”解除"))
    return found


def answers(material: Material) -> Block:
    """Return what every rule answered, also where it did not fire."""
    if not material.findings:
        return Paragraph(("本项目还没有经过检查；定时检查之后，每条规则的结论和理由都会列在这里。",))
    columns = (
        Column("规则", share=12), Column("结果", share=10), Column("理由", share=44), Column("测得", share=34),
    )  # fmt: skip
    ranked = sorted(material.findings, key=lambda finding: (not finding.fired, finding.rule, finding.key))
    rows = tuple(
        (
            (rule(finding.rule),),
            ("提示" if finding.fired else "未提示",),
            (finding.why,),
            (f"{measured(finding.evidence)}；{period(finding.evidence.window)}",),
        )
        for finding in ranked
    )
    fired = sum(finding.fired for finding in ranked)
    said = f"各规则共有结论 {len(ranked)} 项，其中提示 {fired} 项，未提示 {len(ranked) - fired} 项；未提示的也列理由。"
    return Table("各规则的结论", columns, rows, (), said)
