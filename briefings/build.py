"""Material in, the document of a briefing out; document in, its files out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from briefings import deviations, projects, sections, sources, topics
from briefings.document import Block, Document, Heading, Section
from briefings.figures import Tally, tally
from briefings.lives import Life, lives
from briefings.material import Material
from briefings.numbering import numbered
from briefings.render.docx import render_docx
from briefings.render.html import render_html
from briefings.render.pdf import render_pdf
from briefings.special.build import narrowed, special
from briefings.strongest import strongest
from minsheng.files import write_whole
from minsheng.honesty import SHARES


def build(material: Material) -> Document:
    """Return the briefing of the material's kind; the same material gives the same document."""
    if material.subject:
        material = narrowed(material)
    now, before = tally(material, material.window), tally(material, material.previous)
    found = lives(material.alerts, material.window)
    make = {"daily": _daily, "weekly": _weekly, "monthly": _monthly, "special": special}[material.kind]
    return Document(
        masthead=sections.masthead(material),
        sections=numbered(make(material, now, before, found)),
        made_at=material.made_at,
        footer=SHARES,
        copies_to=material.copies_to,
    )


def write(document: Document, folder: Path, stem: str, formats: Sequence[str] = ("html", "docx")) -> tuple[Path, ...]:
    """Write a document in each of the formats; each file appears whole or not at all, none before all are made."""
    made = {folder / f"{stem}.{form}": _FORMATS[form](document) for form in formats}
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in made.items():
        write_whole(path, content)
    return tuple(made)


def _weekly(material: Material, now: Tally, before: Tally, found: list[Life]) -> tuple[Section, ...]:
    standings = projects.standings(material)
    apart = (projects.DIVERGENCE, projects.UNANSWERED)
    rising: list[Block] = [Heading("上升话题"), *topics.rising(now, before)]
    rising += [Heading("关注、标准及其他提示"), *topics.other_findings(material, apart)]
    annex: list[Block] = [
        projects.claim_table(material),
        Heading("证据超出偶然的表述"),
        *strongest(material),
        sections.alert_table(material, found),
        *sources.annex(material, now),
    ]
    return (
        sections.highlights(material, now, before, found),
        sections.totals(material, now, before, charts=True),
        projects.comparison(material, standings),
        projects.details(material, standings),
        Section("上升话题与其他提示", tuple(rising)),
        Section("无人回应", tuple(projects.unanswered(material))),
        sources.method(material, now),
        Section("附表", tuple(annex)),
    )


def _monthly(material: Material, now: Tally, before: Tally, found: list[Life]) -> tuple[Section, ...]:
    """The weekly of a month, with the deviations before its sources and annex."""
    *first, method, annex = _weekly(material, now, before, found)
    return (*first, *deviations.sections(material), method, annex)


def _daily(material: Material, now: Tally, before: Tally, found: list[Life]) -> tuple[Section, ...]:
    return (
        sections.highlights(material, now, before, found),
        sections.totals(material, now, before, charts=False),
        sections.new_alerts(material, found),
        sources.health_section(material),
        sources.short_method(material, now),
    )


_FORMATS: Mapping[str, Callable[[Document], bytes]] = {
    "html": lambda document: render_html(document).encode(),
    "docx": render_docx,
    "pdf": render_pdf,
}
