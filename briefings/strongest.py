"""The daily watches of all claims in, the list of those whose evidence stands out beyond chance out."""

import math

from alerts.sequential.multiple import ALPHA, e_bh
from briefings.document import Block, Column, Paragraph, Table, Text
from briefings.material import Material
from briefings.words import measured, stated
from minsheng.charts import percent
from minsheng.detection import Detection
from minsheng.domain import Finding

_LEAST = 1e-12


def strongest(material: Material) -> list[Block]:
    """Return the claims that e-BH lists, the strongest first: of those listed, few are there by chance.

    It takes the e-processes as they stand now, of all claims watched; not the largest that each once had.
    """
    watched = [(finding, found) for finding in material.findings if (found := finding.evidence.detection) is not None]
    places = e_bh([math.log(max(found.evidence, _LEAST)) for _, found in watched])
    note = (
        f"共逐日累计 {len(watched)} 条表述。证据 E 自开始累计之日起计，表述可以成立时平均不超过 1；"
        f"按 e-BH 列出，列出者中因偶然而列入的平均不超过 {percent(ALPHA)}。证据指可见评论，不代表居民。"
    )
    if not places:
        return [Paragraph(("本期没有证据超出偶然的表述。",)), Paragraph((note,), note=True)]
    columns = (Column("项目与表述", share=46), Column("证据 E", True, 14), Column("评论", share=40))
    said = f"证据超出偶然的表述 {len(places)} 条，最强的排在最前。"
    rows = tuple(_row(material, *watched[place]) for place in places)
    return [Table("证据超出偶然的表述", columns, rows, (note,), said)]


def _row(material: Material, finding: Finding, found: Detection) -> tuple[Text, ...]:
    claim = f"：{stated(finding.claim)}" if finding.claim else ""
    counted = f"{measured(finding.evidence)}；自 {found.began} 起 {found.bets} 条"
    return (f"{material.project_name(finding.project)}{claim}",), (f"{found.evidence:,.0f}",), (counted,)
