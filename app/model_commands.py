"""Command lines in, a model fitted to one office out: label a sample, then adapt the heads to it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from app.labelling.questions import QUESTIONS, SKIPS, asked
from minsheng.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.labelling.export import Slots
    from app.labelling.journal import Mark
    from app.labelling.sample import Item, Sample
    from app.labelling.sitting import Sitting
    from models.adapted import Outcome, Wish

out = Console()
_SEED = 0
_LISTED = 50
_SHOWN = 60
_DEV = Path("../shared/data/civic/dev.tsv")
_HEAD_OF = {"relevant": "relevance"}
_CALIBRATIONS = {
    "measured": "判读误差已在未用于微调的行上重测（calibration.json），校正占比时用它。",
    "none": "某类标注不足 50 条，没有测判读误差：占比将不作校正。",
    "kept": "态度判读未动，判读误差沿用原模型的。",
}

File = Annotated[Path, typer.Argument(help="待标的文件：TSV、CSV、XLSX 或 JSONL，有一列文字")]
Folder = Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")]


def label(
    file: File,
    *,
    reader: Annotated[Literal["A", "B"], typer.Option(help="标注席位；B 复标其中一部分，看不到 A 的结果")] = "A",
    head: Annotated[str, typer.Option(help="要标的项目，用逗号隔开")] = ",".join(QUESTIONS),
    share: Annotated[float, typer.Option(min=0.01, max=1.0, help="B 复标的比例")] = 0.2,
    column: Annotated[str | None, typer.Option(help="文字所在的列；不写则按常用名找")] = None,
    from_index: Annotated[
        int | None, typer.Option(min=1, help="先从本部署的索引按项目均匀抽取这么多条评论，写入文件")
    ] = None,
    agreement: Annotated[bool, typer.Option("--agreement", help="只看两人的一致程度与分歧")] = False,
    settle: Annotated[bool, typer.Option("--settle", help="打开商定页，逐条商定分歧")] = False,
    export: Annotated[Path | None, typer.Option(help="导出训练格式的 TSV，不开网页")] = None,
    port: Annotated[int, typer.Option(help="端口；0 为任意空闲端口")] = 0,
    folder: Folder = Path(),
) -> None:
    """在本机网页上用键盘标注一批评论：双人复标、一致程度、商定、导出训练格式。"""
    from app.labelling.export import read_slots
    from app.labelling.sample import read_sample

    if from_index:
        _draw(file, from_index, folder)
    sample = read_sample(file, column)
    if export and export.resolve() == file.resolve():
        raise ConfigError(f"--export {export}: is the sample itself; name another file")
    if export:
        _export(sample, read_slots(file), export)
    elif agreement:
        _show_agreement(sample, read_slots(file))
    else:
        _say_sample(sample)
        _sit(file, sample, "settled" if settle else reader, head, share, port)


def _draw(file: Path, number: int, folder: Path) -> None:
    from app.bootstrap import Office
    from app.labelling.sample import draw, write_sample
    from indexer.base import Query
    from minsheng.domain import Kind

    office = Office(folder, os.environ)
    try:
        written = write_sample(file, draw(office.index.stream(Query(kinds=(Kind.PUBLIC,), fold=True)), number, _SEED))
    finally:
        office.close()
    out.print(f"从索引抽取 {written} 条，已写 {file}", highlight=False)


def _say_sample(sample: "Sample") -> None:
    left_out = {"无文字": sample.empty, "格式不对": sample.bad, "与他行相同": sample.repeated}
    named = "，".join(f"{why} {number} 行" for why, number in left_out.items() if number)
    out.print(
        f"{len(sample.items)} 条待标，遮盖个人信息 {sample.masked} 处{f'；未列入：{named}' if named else ''}",
        highlight=False,
    )


def _sit(file: Path, sample: "Sample", slot: str, head: str, share: float, port: int) -> None:
    from app.labelling.journal import journal_path
    from app.labelling.serve import serve
    from app.lock import only_one

    path = journal_path(file, slot)
    with only_one(path.with_suffix(".lock"), f"labelling in slot {slot}"):
        sitting = _sitting(file, sample, slot, head, share)
        serve(sitting, port, lambda address: print(f"标注页 {address}（Ctrl-C 或按“结束”停止）", flush=True))  # noqa: T201 - one unwrapped line to click
        pace = sitting.pace()
    out.print(f"已标 {pace.done} 条，剩 {pace.left} 条；记录在 {path}", highlight=False, soft_wrap=True)


def _sitting(file: Path, sample: "Sample", slot: str, head: str, share: float) -> "Sitting":
    from app.clock import utc_now
    from app.labelling.agreement import disagreements
    from app.labelling.export import read_slots
    from app.labelling.journal import SETTLED, Journal, journal_path
    from app.labelling.sample import order_for
    from app.labelling.sitting import Sitting

    journal = Journal(journal_path(file, slot))
    if slot != SETTLED:
        return Sitting(slot, order_for(slot, sample.items, share), asked(head), journal, utc_now)
    slots = read_slots(file)
    open_ = {each.item: each for each in disagreements(slots.first, slots.second)}
    items = [item for item in sample.items if item.id in open_]
    marks = (*slots.first.values(), *slots.second.values())
    names = ",".join({name for mark in marks for name in mark.answers})
    return Sitting(slot, items, asked(names or head), journal, utc_now, open_)


def _export(sample: "Sample", slots: "Slots", path: Path) -> None:
    from app.labelling.export import export

    done = export(sample.items, slots, path)
    out.print(
        f"已写 {path}：{done.rows} 条（商定 {done.by_settling}，两人一致 {done.by_both}，单人 {done.by_one}）。\n"
        f"未写：跳过 {done.skipped}，分歧未商定 {done.unsettled}，未标 {done.unread}。",
        highlight=False,
        soft_wrap=True,
    )


def _show_agreement(sample: "Sample", slots: "Slots") -> None:
    from app.labelling.agreement import agreements, disagreements

    found = agreements(slots.first, slots.second)
    if not found:
        raise ConfigError(
            f"no text has been labelled by both readers yet (A {len(slots.first)}, B {len(slots.second)}); "
            "run minsheng label with --reader B"
        )
    table = Table(title="两人一致程度")
    for name in ("项目", "条数", "一致", "Cohen κ", "95% 区间"):
        table.add_column(name, justify="left" if name == "项目" else "right")
    for each in found:
        kappa = "—" if each.kappa is None else f"{each.kappa:.2f}"
        interval = "—" if each.low is None else f"[{each.low:.2f}, {each.high:.2f}]"
        table.add_row(QUESTIONS[each.question].title, str(each.texts), f"{each.raw:.0%}", kappa, interval)
    out.print(table)
    open_ = [each for each in disagreements(slots.first, slots.second) if each.item not in slots.agreed]
    texts = {item.id: item for item in sample.items}
    _show_open([(texts[each.item], each.first, each.second) for each in open_ if each.item in texts])


def _show_open(open_: "list[tuple[Item, Mark, Mark]]") -> None:
    if not open_:
        out.print("没有未商定的分歧。")
        return
    table = Table(title=f"未商定的分歧 {len(open_)} 条（minsheng label 文件 --settle 逐条商定）", show_lines=True)
    for name in ("文字", "A", "B"):
        table.add_column(name)
    for item, first, second in open_[:_LISTED]:
        text = item.text if len(item.text) <= _SHOWN else f"{item.text[:_SHOWN]}…"
        table.add_row(text.replace("[", "\\["), _said(first, second), _said(second, first))
    out.print(table)
    if len(open_) > _LISTED:
        out.print(f"另有 {len(open_) - _LISTED} 条，未列。", highlight=False)


def _said(mark: "Mark", other: "Mark") -> str:
    if mark.skipped:
        return f"跳过：{SKIPS[mark.skipped]}"
    told = [name for name in mark.answers if other.skipped or mark.answers[name] != other.answers.get(name)]
    return "，".join(QUESTIONS[name].word(mark.answers[name]) for name in told)


def adapt(
    data: Annotated[Path, typer.Option(help="标注好的 TSV（minsheng label --export 写出的格式）")],
    *,
    output: Annotated[
        Path | None, typer.Option(help="新模型的文件夹；不写则放在部署的 var/models/ 下，以原模型名与日期命名")
    ] = None,
    model: Annotated[str, typer.Option(help="以哪个模型为起点：shipped 或本项目的模型文件夹")] = "shipped",
    head: Annotated[str, typer.Option(help="要适配的项目，用逗号隔开")] = ",".join(QUESTIONS),
    corrections: Annotated[
        Path | None, typer.Option(help="人工更正的 TSV（minsheng corrections --export 写出）：只用于微调，不用于检验")
    ] = None,
    dev: Annotated[Path | None, typer.Option(help="民生开发集 TSV；不写则用 ../shared/data/civic/dev.tsv")] = None,
    tolerance: Annotated[float, typer.Option(min=0, max=1, help="开发集 macro-F1 最多可降多少")] = 0.01,
    accept_worse: Annotated[bool, typer.Option("--accept-worse", help="变差也写出，并记入出处文件")] = False,
    seed: Annotated[int, typer.Option(min=0, help="划分与交叉验证的种子")] = 0,
    folder: Folder = Path(),
) -> None:
    """用本地标注微调模型的判读层；在民生开发集上变差则不写出。"""
    from app.clock import utc_now
    from minsheng.files import sha256_of
    from models.adapted import Wish
    from models.adapted import adapt as fit
    from models.adapted_folder import open_adaptable
    from models.evaluation.sets import read_file
    from models.open import SHIPPED, SHIPPED_FOLDER

    now = utc_now()
    start = SHIPPED_FOLDER if model == SHIPPED else Path(model).expanduser()
    checked = dev or (_DEV if _DEV.is_file() else None)
    wish = Wish(
        folder=start.resolve(),
        output=output or folder / "var" / "models" / f"{start.resolve().name}-adapted-{now:%Y%m%d}",
        labelled=read_file(data),
        digest=sha256_of(data),
        dev=read_file(checked) if checked else None,
        heads=tuple(_HEAD_OF.get(question.name, question.name) for question in asked(head)),
        seed=seed,
        tolerance=tolerance,
        accept_worse=accept_worse,
        corrections=read_file(corrections) if corrections else None,
    )
    outcome = fit(wish, open_adaptable, now)
    _show_outcome(wish, outcome)
    raise typer.Exit(0 if outcome.written else 1)


def _show_outcome(wish: "Wish", outcome: "Outcome") -> None:
    kept, validation = outcome.rows
    out.print(
        f"标注 {kept + validation} 条：用于微调 {kept}，留作验证 {validation}；"
        f"与开发集或彼此相同而弃用 {outcome.copies}。",
        highlight=False,
    )
    if wish.corrections:
        out.print(f"另用更正过的 {outcome.taught} 条微调；它们是挑出来的，不用来选择、校准或检验。", highlight=False)
    for name, counts in outcome.left.items():
        out.print(f"{_title(name)}：标注不足，保持原样（{_numbers(name, counts)}）", highlight=False)
    for name, each in outcome.fitted.items():
        how = "交叉验证未见明显改善，只校准了概率" if each.strength is None else f"已微调（拉回强度 {each.strength:g}）"
        losses = f"对数损失 {each.losses[0]:.3f} → {each.losses[1]:.3f}"
        out.print(f"{_title(name)}：{how}；未见过的行上 {losses}（{_numbers(name, each.counts)}）", highlight=False)
    _show_checks(outcome)
    if outcome.dev is None:
        out.print("手边没有民生开发集：新模型在一般文字上是否变差，没有检查过（已记入出处文件）。")
    if outcome.worse:
        said = "、".join(_title(name) for name in outcome.worse)
        out.print(f"在民生开发集上变差超过 {wish.tolerance:g}：{said}。", highlight=False)
    if not outcome.written:
        out.print("没有写出新模型。可多标一些、用 --head 只适配其余项目，或用 --accept-worse 仍然写出。")
        return
    out.print(f"已写 {wish.output}", highlight=False, soft_wrap=True)
    out.print(
        f"{_CALIBRATIONS[outcome.calibration]}\n启用：在 minsheng.yml 中写 model: {wish.output.resolve()}",
        soft_wrap=True,
    )


def _show_checks(outcome: "Outcome") -> None:
    table = Table(title="适配前后（macro-F1 与 95% 区间）")
    for name in ("数据", "项目", "条数", "适配前", "适配后", "差", "McNemar p"):
        table.add_column(name, justify="left" if name in {"数据", "项目"} else "right")
    for where, checks in (("民生开发集", outcome.dev or ()), ("本地验证", outcome.validation)):
        for check in checks:
            found = check.comparison
            after, before = found.macro_f1
            table.add_row(
                where,
                _title(found.head),
                str(found.n),
                f"{before:.3f}\n{_span(check.before)}",
                f"{after:.3f}\n{_span(check.after)}",
                f"{found.difference:+.3f}\n{_span(found.difference_interval)}",
                f"{found.p:.3f}",
            )
    out.print(table)


def _span(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.3f}–{interval[1]:.3f}" if interval[0] >= 0 else f"{interval[0]:+.3f}–{interval[1]:+.3f}"


def _title(head: str) -> str:
    return QUESTIONS["relevant" if head == "relevance" else head].title


def _numbers(head: str, counts: "Mapping[str, int]") -> str:
    choices = QUESTIONS["relevant" if head == "relevance" else head].choices
    words = [choice.word for choice in choices]
    if head == "relevance":
        words.reverse()  # the page asks 有关 first, the model's classes begin with 无关
    return "，".join(f"{word} {count}" for word, count in zip(words, counts.values(), strict=True))
