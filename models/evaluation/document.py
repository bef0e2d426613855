"""A report in, its Chinese words as sections of sentences, tables and drawings out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from minsheng.charts import Chart
from models.evaluation import metrics
from models.evaluation.compare import Comparison, HeadComparison
from models.evaluation.drawing import reliability_chart
from models.evaluation.metrics import Interval
from models.evaluation.report import Band, Calibrated, Group, HeadReport, Report, SetReport
from models.evaluation.words import HEADS, KINDS, SOURCES, class_name, length_name

if TYPE_CHECKING:
    from models.evaluation.behaviour import BehaviourReport

_FEW_CLASSES = 4
_SURE = 0.05


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence; a small one explains, a large one states."""

    words: str
    small: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; the first column holds names, the others numbers."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: bool = False
    """True where the cells are words, not numbers."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts of what was read (rows) by what it is (columns)."""

    title: str
    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart; where there are no pictures, its table."""

    chart: Chart


Block = Note | Table | Matrix | Drawing


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; ``level`` 1 is a set, 2 one question of it."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """The whole report."""

    title: str
    sections: tuple[Section, ...]


def document(report: Report) -> Document:
    """Return the report as a reader sees it."""
    sections = [Section("一览", tuple(_overview(report)))]
    for found in report.sets:
        sections.append(Section(found.title, tuple(_about_set(found))))
        sections += [Section(HEADS[head.head], tuple(_about_head(head)), 2) for head in found.heads]
        if found.comparison:
            sections.append(Section("与另一模型比较", tuple(_about_comparison(found.comparison)), 2))
    if report.behaviour:
        sections.append(Section("行为测试", tuple(_about_behaviour(report.behaviour))))
    sections.append(Section("怎样算出", tuple(Note(words) for words in METHOD)))
    return Document(f"模型评测报告：{report.model}", tuple(sections))


METHOD = (
    "宏平均 F1（macro-F1）只在真实标签或模型判断中出现过的类别上取平均；样本少的类别大起大落，请连同区间一起读。",
    f"方括号内是 95% 区间：对文本重抽样 {metrics.DRAWS} 次（种子 {metrics.SEED}）。标签本身的误差不在区间之内。",
    f"期望校准误差（ECE）：按最高概率分入 {metrics.BINS} 个等宽区间，各区间的平均置信度与准确率之差按条数加权。",
    "“诚实概率下”的 ECE：即使概率完全诚实，这么多文本也会显出的误差（均值与 95% 上限）；低于上限的误差与零分不开。",
    "速度在本机测得：模型已加载、先读 16 条热身，该数据集的各个问题一次读出。机器同时做别的事时会偏低。",
    "模型比较：p 为 McNemar 精确检验（双侧），只看一方对、一方错的文本；宏平均 F1 之差用配对重抽样给出区间。",
)


def number(value: float | None) -> str:
    """Return a score with three decimals, a dash where there is none."""
    return "—" if value is None else f"{value:.3f}"


def span(found: Interval | None) -> str:
    """Return an interval in brackets."""
    return "" if found is None else f"[{found[0]:.3f}, {found[1]:.3f}]"


def _overview(report: Report) -> Iterator[Block]:
    rows = [
        (
            found.title,
            HEADS[head.head],
            str(head.n),
            f"{number(head.macro_f1)} {span(head.macro_f1_interval)}",
            f"{number(head.accuracy)} {span(head.accuracy_interval)}",
            number(head.calibrated.ece) if head.calibrated else "—",
        )
        for found in report.sets
        for head in found.heads
    ]
    if rows:
        yield Table("", ("数据集", "问题", "条数", "宏平均 F1", "准确率", "ECE"), tuple(rows))
    yield from (Note(note, small=False) for note in report.notes)
    if report.behaviour:
        yield Table("行为测试", ("类型", "用例", "通过", "通过率"), tuple(_kind_rows(report.behaviour)))


def _about_set(found: SetReport) -> Iterator[Block]:
    yield Note(f"参加评测 {found.n} 条。", small=False)
    if found.aside:
        reasons = "；".join(f"{reason} {count} 行" for reason, count in found.aside.items())
        yield Note(f"另放一边、未参加评测 {sum(found.aside.values())} 行：{reasons}。", small=False)
    if found.lacking:
        yield Note(f"此模型不回答：{'、'.join(HEADS[head] for head in found.lacking)}，因此不评。", small=False)
    if found.speed:
        heads = "、".join(HEADS[head] for head in found.speed.heads)
        yield Note(
            f"速度 {found.speed.comments_per_second:,.1f} 条/秒"
            f"（平均 {found.speed.mean_characters:.0f} 字，一次读出：{heads}）。",
            small=False,
        )


def _about_head(head: HeadReport) -> Iterator[Block]:
    yield Table("与基线比较", ("", "条数", "宏平均 F1", "准确率"), tuple(_against_floors(head)))
    yield Table("各类", ("类别", "条数", "精确率", "召回率", "F1", "F1 的 95% 区间"), tuple(_class_rows(head)))
    shown = _occurring(head)
    names = tuple(class_name(head.head, head.classes[i].name) for i in shown)
    counts = tuple(tuple(head.confusion[g][t] for t in shown) for g in shown)
    yield Matrix(f"混淆矩阵（n={head.n}；行是模型的判断，列是真实标签）", names, counts)
    if head.calibrated:
        yield from _honesty(head, head.calibrated)
    if head.band:
        yield Note(_unsure(head.band, head.n), small=False)
    if head.by_source:
        yield _grouped("按来源", head.by_source, {g.name: SOURCES.get(g.name, g.name) for g in head.by_source})
    if len(head.classes) <= _FEW_CLASSES:
        yield _grouped("按长度", head.by_length, {g.name: length_name(g.name) for g in head.by_length})


def _against_floors(head: HeadReport) -> Iterator[tuple[str, ...]]:
    scores = (
        f"{number(head.macro_f1)} {span(head.macro_f1_interval)}",
        f"{number(head.accuracy)} {span(head.accuracy_interval)}",
    )
    yield ("本模型", str(head.n), *scores)
    yield from ((f"基线：{g.name}", str(g.n), number(g.macro_f1), number(g.accuracy)) for g in head.baselines)


def _class_rows(head: HeadReport) -> Iterator[tuple[str, ...]]:
    for i in _occurring(head):
        c = head.classes[i]
        numbers = (number(c.precision), number(c.recall), number(c.f1), span(c.f1_interval))
        yield (class_name(head.head, c.name), str(c.support), *numbers)


def _occurring(head: HeadReport) -> list[int]:
    """Leave out the classes that are neither true nor guessed anywhere."""
    return [i for i, score in enumerate(head.classes) if score.f1_interval is not None]


def _honesty(head: HeadReport, found: Calibrated) -> Iterator[Block]:
    mean, bound = found.ece_if_honest
    yield Note(
        f"ECE {number(found.ece)}（诚实概率下 {number(mean)}，上限 {number(bound)}）；"
        f"对数损失 {number(found.log_loss)}，Brier {number(found.brier)}。",
        small=False,
    )
    yield Drawing(reliability_chart(found.bins, title=f"{HEADS[head.head]}：可靠性曲线（n={head.n}）"))


def _unsure(band: Band, n: int) -> str:
    return (
        f"“拿不准”的文本（置信度低于 {band.threshold:.2f}）：{band.n} 条，占 {band.share:.1%}（n={n}）；"
        f"其中准确率 {number(band.accuracy_inside)}，其余 {number(band.accuracy_outside)}。"
    )


def _grouped(title: str, groups: Sequence[Group], names: dict[str, str]) -> Table:
    rows = tuple((names[g.name] or "（未注明）", str(g.n), number(g.macro_f1), number(g.accuracy)) for g in groups)
    return Table(title, ("", "条数", "宏平均 F1", "准确率"), rows)


def _about_comparison(found: Comparison) -> Iterator[Block]:
    yield Note(f"本模型：{found.first}；另一模型：{found.second}。同样的文本，逐条配对。", small=False)
    headers = ("问题", "条数", "F1 本／另", "差 [95% 区间]", "只本／只另对", "p", "一致")
    yield Table("", headers, tuple(_comparison_row(head) for head in found.heads))
    yield from (Note(_verdict(head), small=False) for head in found.heads)


def _comparison_row(head: HeadComparison) -> tuple[str, ...]:
    return (
        HEADS[head.head],
        str(head.n),
        f"{number(head.macro_f1[0])}／{number(head.macro_f1[1])}",
        f"{head.difference:+.3f} {span(head.difference_interval)}",
        f"{head.only_first}／{head.only_second}",
        f"{head.p:.4f}",
        f"{head.agreement:.1%}",
    )


def _verdict(head: HeadComparison) -> str:
    if head.p >= _SURE:
        return f"{HEADS[head.head]}：准确率之差看不出（p≥{_SURE}）。"
    better = "本模型" if head.only_first > head.only_second else "另一模型"
    return (
        f"{HEADS[head.head]}：{better}准确率更高（{head.accuracy[0]:.3f} 对 {head.accuracy[1]:.3f}，p={head.p:.4f}）。"
    )


def _about_behaviour(found: "BehaviourReport") -> Iterator[Block]:
    rows = tuple(
        (s.name, KINDS[s.kind], str(s.cases), str(s.passed), _rate(s.passed, s.cases)) for s in found.capabilities
    )
    yield Table("各项能力", ("能力", "类型", "用例", "通过", "通过率"), rows)
    if found.noise:
        noise = tuple((s.name, str(s.texts), str(s.changed), _rate(s.changed, s.texts)) for s in found.noise)
        yield Table("加入噪声后判断改变的文本", ("噪声", "文本", "改变", "占比"), noise)
    if found.failures:
        failed = tuple((f.capability, KINDS[f.kind], f.text, f.expected, f.got) for f in found.failures)
        yield Table("未通过的用例（全部列出）", ("能力", "类型", "文本", "应为", "判断"), failed, words=True)


def _kind_rows(found: "BehaviourReport") -> Iterator[tuple[str, ...]]:
    for kind, (passed, cases) in found.kinds.items():
        yield KINDS[kind], str(cases), str(passed), _rate(passed, cases)


def _rate(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"
