"""Material in, what a reader must know of its sources and methods out."""

from collections import Counter
from dataclasses import replace

from briefings.document import Block, Bullets, Column, Paragraph, Section, Table, Text
from briefings.figures import Tally, by, folded
from briefings.material import Material
from briefings.stats import wilson
from briefings.words import bounds, minute
from indexer.base import Query
from minsheng.charts import percent
from minsheng.domain import BEIJING, Calibration, Kind, Source
from minsheng.honesty import Grounds, deleted_of, limits
from minsheng.words import HEALTH, KINDS, OUTCOMES

NOT_READ = "本期未采集"
_GOOD = frozenset({OUTCOMES["ok"], OUTCOMES["empty"]})

_IRONY = "反讽、隐语可能被误判，引用时以原文为准。"
_METHOD = (
    "相同或近乎相同的评论折叠为一条，并注明重复条数（×N）；占比按模型在留出样本上的误差校正。",
    "“偏离”指经审核的官方表述与其后同一项目的公开评论不一致，且超出误差与发言倾向所能解释的程度；不表示表述不实。",
    "目标、计划和完成百分比不由评论的态度判断。",
    _IRONY,
    "本系统不采集、不保存任何个人身份信息，不统计需要登录或私密的内容；评论的显示和删除由各网站决定。",
)


def state(material: Material, source: str) -> str:
    """Return how the last reading of a source ended; one that ended before the window does not count."""
    report = material.crawls.get(source)
    if report is None or report.finished_at < material.window.since:
        return NOT_READ
    health = material.health.get(source)
    return HEALTH[health.state] if health else OUTCOMES[report.outcome]


def since(material: Material, source: str) -> str:
    """Return the day since which a source has not been well, in words; nothing for one that is."""
    health = material.health.get(source)
    if health is None or health.is_well:
        return ""
    return f"，自{health.since.astimezone(BEIJING):%-m月%-d日}起"


def health(material: Material) -> str:
    """Return one line: how many sources were read, and which were not and why."""
    states = {name: state(material, name) for name in sorted(material.sources)}
    counts = Counter(states.values())
    known = dict.fromkeys((*OUTCOMES.values(), *HEALTH.values(), NOT_READ))
    parts = [f"{word} {counts[word]}" for word in known if counts[word]]
    bad = [
        f"{material.sources[name].title}（{word}{since(material, name)}）"
        for name, word in states.items()
        if word not in _GOOD
    ]
    line = f"来源 {len(states)} 个：{'、'.join(parts)}" if states else "没有登记来源"
    return f"{line}。未正常读取：{'、'.join(bad)}；本期条数可能偏少。" if bad else f"{line}。"


def health_section(material: Material) -> Section:
    return Section("数据健康", (Paragraph((health(material),)), source_table(material, "来源")))


def method(material: Material, now: Tally) -> Section:
    """What is counted and what is not, and how the model errs."""
    blocks: list[Block] = [Bullets(tuple((line,) for line in (*limits(_grounds(material, now)), *_METHOD)))]
    left_out = sum(1 for post in now.posts if not post.reading.projects)
    words = ""
    if now.posts and not material.subject:
        words = f"本期 {len(now.posts)} 条公开评论中，{left_out} 条未提及登记项目，只计入总体数据。"
    blocks.append(Paragraph((f"{words}来源和采集情况见附表{2 if material.subject else 3}。",)))
    return Section("来源与方法", (*blocks, *model_blocks(material)))


def short_method(material: Material, now: Tally) -> Section:
    bounds_of = Bullets(tuple((line,) for line in limits(_grounds(material, now))))
    return Section("说明", (bounds_of, *model_blocks(material), Paragraph((_IRONY,), note=True)))


def _grounds(material: Material, now: Tally) -> Grounds:
    """What the figures of the whole window rest on."""
    counts = {name: len(posts) for name, posts in by(now.posts, lambda post: post.post.source).items()}
    titles = {name: material.sources[name].title if name in material.sources else name for name in counts}
    deleted = {name: health.deleted for name, health in material.health.items()}
    return Grounds(
        comments=len(now.posts),
        folded=now.folded,
        by_source=tuple((titles[name], count) for name, count in counts.items()),
        effective=now.prevalence.effective if now.prevalence else None,
        deleted=deleted_of(tuple(counts), deleted),
    )


def model_blocks(material: Material) -> list[Block]:
    if material.calibration is None:
        return [Paragraph((f"模型：{material.model}。该模型在民生文本上的误差未知，故不给出占比。",), note=True)]
    return [Paragraph((f"模型：{material.model}。{errors(material.calibration)}",), note=True)]


def errors(calibration: Calibration) -> str:
    """Return how often the model is right on texts that it has not seen, each with n and interval."""
    counts, labels = calibration.counts, range(3)
    of_class = [sum(counts[row][column] for row in labels) for column in labels]
    right = sum(counts[label][label] for label in labels)
    parts = (
        ("判对", right, sum(of_class)),
        ("负面评论被读作负面", counts[0][0], of_class[0]),
        ("非负面评论被读作负面", counts[0][1] + counts[0][2], of_class[1] + of_class[2]),
    )
    return f"在留出的人工标注样本上：{'；'.join(_rate(*part) for part in parts)}。"


def _rate(words: str, hits: int, n: int) -> str:
    return f"{words} {percent(hits / n)}（{bounds(*wilson(hits, n), n)}）" if n else f"{words}：没有样本（n=0）"


def annex(material: Material, now: Tally, title: str = "附表3　来源清单") -> list[Block]:
    table = source_table(material, title)
    silent = [name for name in material.sources if name not in {post.post.source for post in now.posts}]
    note = f"本期没有公开评论的来源：{len(silent)} 个。" if silent else "每个来源本期都有公开评论。"
    return [replace(table, notes=(note,))]


def source_table(material: Material, title: str) -> Table:
    columns = (
        Column("来源", share=24), Column("类别", share=10), Column("本期条数", True, 10), Column("折叠后", True, 10),
        Column("最近采集", share=24), Column("状态", share=22),
    )  # fmt: skip
    query = Query(linked=material.only, window=material.window, order="oldest")
    groups = by(material.index.stream(query), lambda post: post.post.source)
    registered = tuple(
        _source_row(material, source, len(groups.get(name, ())), folded(groups.get(name, ())))
        for name, source in sorted(
            material.sources.items(), key=lambda item: (item[1].kind is not Kind.PUBLIC, item[0])
        )
    )
    others = tuple(
        tuple((cell,) for cell in (name, "—", str(len(posts)), str(folded(posts)), "—", "未登记"))
        for name, posts in groups.items()
        if name not in material.sources
    )
    return Table(title, columns, registered + others, (), _sources_said(material, len(others)))


def _sources_said(material: Material, others: int) -> str:
    well = sum(state(material, name) in _GOOD for name in material.sources)
    rest = f"；另有 {others} 个未登记的来源" if others else ""
    return f"登记来源 {len(material.sources)} 个，本期正常读取 {well} 个{rest}。"


def _source_row(material: Material, source: Source, posts: int, clusters: int) -> tuple[Text, ...]:
    report = material.crawls.get(source.name)
    word = state(material, source.name)
    lasting = since(material, source.name) if word not in {*_GOOD, NOT_READ} else ""
    read_at = minute(report.finished_at) if report else "—"
    cells = (source.title, KINDS[source.kind], str(posts), str(clusters), read_at, word + lasting)
    return tuple((cell,) for cell in cells)
