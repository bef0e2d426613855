"""The checklist of one project in, the section on the three asks (请群众说话、参与、评判) out."""

from alerts.measures.asks import Answer, AsksMeasure, Check
from briefings.document import Block, Column, Link, Table, Text
from minsheng.words import PHASES

_ANSWERS = {Answer.YES: "有", Answer.NO: "没有", Answer.UNKNOWN: "不知道"}
_MOST_LINKS = 3


def blocks(found: AsksMeasure) -> list[Block]:
    """Return every item of the checklist with what is known of it and where that stands."""
    columns = (Column("阶段", share=12), Column("事项", share=40), Column("依据", share=12), Column("出处", share=36))
    notes = (
        "“不知道”不是“没有”：只是没有人记录过，也没有在所读的官方发布中见到。",
        "“待确认”为程序从官方发布中找到、尚未经人记录的语句。",
    )
    return [Table("各阶段的依据", columns, tuple(map(_row, found.checks)), notes, _said(found))]


def _said(found: AsksMeasure) -> str:
    due = [check for check in found.checks if check.is_due]
    counts = [sum(check.answer is answer for check in due) for answer in Answer]
    waiting = sum(len(check.proposals) for check in found.checks)
    said = f"已到阶段的事项 {len(due)} 项：有依据 {counts[0]} 项，记录为没有 {counts[1]} 项，不知道 {counts[2]} 项"
    return f"{said}；另有 {waiting} 条待确认。" if waiting else f"{said}。"


def _row(check: Check) -> tuple[Text, ...]:
    answer = _ANSWERS[check.answer] if check.is_due or check.recorded else "未到"
    return (PHASES[check.item.phase],), (check.item.words,), (answer,), _where(check)


def _where(check: Check) -> Text:
    links = [Link(f"{one.date}", one.url) for one in check.recorded[:_MOST_LINKS]]
    links += [
        Link(f"待确认（{one.published_at:%Y-%m-%d}{'，迟于该阶段' if one.is_late else ''}）", one.url)
        for one in check.proposals[: _MOST_LINKS - len(links)]
    ]
    if not links:
        return ("—",)
    parts: list[str | Link] = []
    for link in links:
        parts += [link, "　"]
    return tuple(parts[:-1])
