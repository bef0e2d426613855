"""Two windows and findings in, what rose and where offices and comments look apart out."""

from collections import Counter
from collections.abc import Iterable, Sequence

from briefings.document import Block, Column, Paragraph, Table, Text, plain
from briefings.figures import Tally, clusters_by
from briefings.material import Material
from briefings.sections import linked
from briefings.stats import difference, fisher_greater, holm, wilson
from briefings.words import change, measured, rule
from minsheng.charts import percent
from minsheng.domain import Finding
from minsheng.words import ASPECTS, TOPICS

MIN_TOPIC = 10
ALPHA = 0.05
_MOST_RISING = 6


def rising(now: Tally, before: Tally) -> list[Block]:
    """Topics and aspects with a larger share of the comments than before, beyond chance."""
    rows = _risen(now, before)
    note = (
        f"按折叠后的评论计；只检验本期不少于 {MIN_TOPIC} 条的话题；列出费希尔精确检验经霍尔姆校正后 p<{ALPHA} 者。"
        "话题由模型归类，条数未作误差校正。"
    )
    if not rows:
        return [Paragraph(("本期没有占比明显上升的话题。",)), Paragraph((note,), note=True)]
    columns = (
        Column("话题", share=16), Column("本期", True, 20), Column("上期", True, 20),
        Column("变化", True, 30), Column("p", True, 8),
    )  # fmt: skip
    said = f"占比明显上升的有 {len(rows)} 项，最明显的是“{plain(rows[0][0])}”。"
    return [Table("占比明显上升的话题", columns, tuple(rows[:_MOST_RISING]), (note,), said)]


def _risen(now: Tally, before: Tally) -> list[tuple[Text, ...]]:
    tested = [*_counts(now, before, "topic"), *_counts(now, before, "aspect")]
    tested = [case for case in tested if case[1] >= MIN_TOPIC and before.folded]
    adjusted = holm([fisher_greater(k, now.folded, k0, before.folded) for _, k, k0 in tested])
    kept = sorted((p, *case) for p, case in zip(adjusted, tested, strict=True) if p < ALPHA)
    return [_risen_row(word, (k, now.folded), (k0, before.folded), p) for p, word, k, k0 in kept]


def _counts(now: Tally, before: Tally, what: str) -> Iterable[tuple[str, int, int]]:
    names = TOPICS if what == "topic" else ASPECTS
    mine, theirs = (clusters_by(t.posts, lambda post: str(getattr(post.reading, what))) for t in (now, before))
    kind = "主题" if what == "topic" else "方面"
    return [(f"{kind}：{names.get(name, name)}", k, theirs[name]) for name, k in mine.items() if name != "other"]


def _risen_row(word: str, now: tuple[int, int], before: tuple[int, int], p: float) -> tuple[Text, ...]:
    (k, n), (k0, n0) = now, before
    gap, low, high = difference((k0 / n0, *wilson(k0, n0)), (k / n, *wilson(k, n)))
    turn = change(gap, low, high)
    cells = (word, f"{k} 条，{percent(k / n)}（n={n}）", f"{k0} 条，{percent(k0 / n0)}（n={n0}）", turn, _p(p))
    return tuple((cell,) for cell in cells)


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004  # as p is printed everywhere


def other_findings(material: Material, apart: Sequence[str]) -> list[Block]:
    """Matters of every rule that has no section of its own, for example where offices and comments look."""
    fired = [f for f in material.findings if f.fired and f.rule not in apart]
    if not fired:
        return [Paragraph(("本期没有其他提示。",))]
    columns = (Column("项目", share=18), Column("提示", share=16), Column("测得", share=30), Column("说明", share=36))
    rows = tuple(_finding_row(material, f) for f in sorted(fired, key=lambda f: (f.rule, -f.level, f.key)))
    counts = Counter(rule(f.rule) for f in fired)
    said = f"其他提示 {len(fired)} 项：{'，'.join(f'{name} {count} 项' for name, count in counts.items())}。"
    return [Table("其他提示", columns, rows, (), said)]


def _finding_row(material: Material, finding: Finding) -> tuple[Text, ...]:
    name = linked(material.project_name(finding.project), material.project_url(finding.project))
    return (name,), (rule(finding.rule),), (measured(finding.evidence),), (finding.why,)
