"""The material of one project in, the sections of its 专报 out."""

from dataclasses import replace

from alerts.measures.deviations import DAYS
from briefings import deviations, projects, sections, sources
from briefings.deviations import Measured
from briefings.document import Block, Heading, Paragraph, Section
from briefings.figures import Tally
from briefings.lives import Life
from briefings.material import Material
from briefings.special import asks, course, focus, posture, standards
from briefings.special.points import points
from briefings.special.repeats import repeats
from briefings.trends import trend_of
from briefings.words import day, period
from minsheng.domain import Project
from minsheng.words import PHASES


def narrowed(material: Material) -> Material:
    """Keep what is about the subject alone."""
    name = material.subject
    return replace(
        material,
        projects=[project for project in material.projects if project.id == name],
        claims=[claim for claim in material.claims if claim.project == name],
        findings=[finding for finding in material.findings if finding.project == name],
        alerts=[alert for alert in material.alerts if alert.finding.project == name],
    )


def special(material: Material, now: Tally, before: Tally, found: list[Life]) -> tuple[Section, ...]:
    """Return the sections; ``material`` is narrowed to its subject.

    Raises:
        ValueError: The subject is not among the projects.
    """
    if len(material.projects) != 1:
        raise ValueError(f"a 专报 is about one project; {material.subject!r} is not in the register")
    one, standing = deviations.measured(material)[0], projects.standings(material)[0]
    return (
        points(material, now, before, one, standing),
        _project(material, now, before),
        Section(f"关注重点：官方说的与公众说的（近 {DAYS} 天）", tuple(focus.blocks(material, one.found.focus))),
        Section("工作标准：说得好与用得好", tuple(standards.blocks(material, one.found.standards, standing))),
        Section(f"身份样式：怎样答复（近 {DAYS} 天）", tuple(posture.blocks(material, one.found.posture))),
        Section("请群众说话、参与、评判", tuple(asks.blocks(one.found.asks))),
        _course(material, one, found),
        _method(material, now),
        Section("附表", tuple(_annex(material, now))),
    )


def _project(material: Material, now: Tally, before: Tally) -> Section:
    whole = sections.totals(material, now, before, charts=True)
    facts = _facts(material.projects[0])
    return Section("项目与评论总量", (facts, *whole.blocks))


def _facts(project: Project) -> Block:
    called = f"（又称{'、'.join(project.aliases)}）" if project.aliases else ""
    phases = "；".join(
        f"{PHASES[phase.name]}，{phase.since}至{phase.until or '今'}" for phase in project.phases
    )  # fmt: skip
    stages = f"阶段：{phases}。" if phases else "登记册里没有写阶段，因此不能按阶段分看。"
    who = f"{project.name}{called}，{project.region}，责任部门：{project.department.name}。"
    return Paragraph((who + stages,))


def _course(material: Material, one: Measured, found: list[Life]) -> Section:
    blocks: list[Block] = [
        Heading("走势"),
        trend_of(material, one.project),
        Heading("大事"),
        course.events(material, one.project),
        Heading("为何（未）提示"),
        course.answers(material),
        sections.alert_table(material, found, "本期提示"),
    ]
    return Section("经过与提示", tuple(blocks))


def _method(material: Material, now: Tally) -> Section:
    whole = sources.method(material, now)
    copies = (Heading("重复最多的内容"), *repeats(material, now))
    return replace(whole, blocks=(*copies, Heading("怎样统计"), *whole.blocks))


def _annex(material: Material, now: Tally) -> list[Block]:
    note = Paragraph((f"以下按{day(material.window.until)}零时以前所见列出；本期为{period(material.window)}。",))
    return [note, projects.claim_table(material), *sources.annex(material, now, "附表2　来源清单")]
