"""A model and labelled files in, one report on the terminal, as JSON and as an HTML page out."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.progress import bar
from minsheng.errors import ConfigError
from minsheng.files import write_whole

if TYPE_CHECKING:
    from models.base import Progress, TextModel
    from models.evaluation.report import Reader, Report
    from models.evaluation.sets import LabelledSet

SHARED = Path("../shared/data")
out = Console()

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹，取其中的模型设置")
]


def evaluate(
    *,
    model: Annotated[str | None, typer.Option(help="shipped、模型文件夹或 hub 名；不写则按设置")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="带标签的 TSV：text、sentiment（neg/neu/pos），可有 aspect、intent、relevant、source"),
    ] = None,
    against: Annotated[str | None, typer.Option(help="同样的文本上再评一个模型，逐条配对比较")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="写成 JSON")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="写成一张自足的网页")] = None,
    shared: Annotated[Path | None, typer.Option(help="共享数据文件夹；默认 ../shared/data（若有）")] = None,
    baselines: Annotated[
        bool | None, typer.Option("--baselines/--no-baselines", help="与简单基线比较；不写 --data 时默认比较")
    ] = None,
    behaviour: Annotated[
        bool | None, typer.Option("--behaviour/--no-behaviour", help="行为测试清单；不写 --data 时默认运行")
    ] = None,
    folder: Folder = Path(),
) -> None:
    """评测模型：准确率、F1 与区间、校准、速度、混淆矩阵、按来源与长度、行为测试。"""
    found = _shared(shared)
    whole = data is None
    sets = _sets(data, found)
    label_map, threads, configured = _settings(folder)

    def opened(setting: str) -> "Reader":
        return open_reader(setting, label_map if setting in {model, configured} else {}, threads)

    report = make_report(
        opened,
        model or configured,
        sets,
        against=against,
        baselines=whole if baselines is None else baselines,
        behaviour=whole if behaviour is None else behaviour,
    )
    publish(report, out, json_file, html_file)


def make_report(
    opened: Callable[[str], "Reader"],
    model: str,
    sets: "list[LabelledSet]",
    *,
    against: str | None = None,
    baselines: bool = False,
    behaviour: bool = False,
) -> "Report":
    """Open the models and score them; a bar shows how far each set is."""
    from models.evaluation import baselines as simple
    from models.evaluation.report import evaluate as score

    reader = opened(model)
    other = opened(against) if against else None
    listed = None
    if behaviour:
        from models.evaluation.behaviour import run

        listed = run(reader.texts, extra_texts=[text for labelled in sets[:1] for text in labelled.texts])
    return score(
        reader,
        sets,
        against=other,
        floors=simple.run if baselines else None,
        behaviour=listed,
        progress=_bar,
    )


def _bar(title: str) -> "AbstractContextManager[Progress]":
    return bar(out, title)


def publish(report: "Report", out: Console, json_file: Path | None, html_file: Path | None) -> None:
    """Show the report, and write the files that were asked for."""
    from models.evaluation.document import document
    from models.evaluation.export import to_json
    from models.evaluation.page import html_page
    from models.evaluation.terminal import show

    pages = document(report)
    show(out, pages)
    if json_file:
        _write(json_file, json.dumps(to_json(report), ensure_ascii=False, indent=1) + "\n", out)
    if html_file:
        _write(html_file, html_page(pages), out)


def open_reader(setting: str, label_map: Mapping[str, str], threads: int | None) -> "Reader":
    """Open a model, and the reader of stances where its folder has one."""
    from models.evaluation.reading import OwnHeads
    from models.evaluation.report import Reader
    from models.heads import HEADS_CONFIG
    from models.open import SHIPPED, SHIPPED_FOLDER, open_model
    from models.stance import STANCE_ONNX, open_stance

    texts: TextModel = open_model(setting, label_map=label_map or None, threads=threads)
    home = SHIPPED_FOLDER if setting == SHIPPED else Path(setting).expanduser()
    if not (home / HEADS_CONFIG).is_file():
        return Reader(OwnHeads(texts, ("sentiment",)))
    return Reader(texts, open_stance(home, threads=threads) if (home / STANCE_ONNX).is_file() else None)


def _sets(data: Path | None, shared: Path | None) -> "list[LabelledSet]":
    from functools import partial

    from models.evaluation.sets import read_file, shared_sets, stance_set
    from models.training import recipes

    if data is not None:
        return [read_file(data, partial(recipes.civic, shared, "train") if shared else None)]
    if shared is None:
        raise ConfigError(
            f"nothing to evaluate on: give a labelled file with --data, or the folder of the shared sets with --shared "
            f"({SHARED} is not there)"
        )
    return [*shared_sets(shared), stance_set(shared)]


def _shared(given: Path | None) -> Path | None:
    if given is not None and not given.is_dir():
        raise ConfigError(f"--shared {given}: there is no such folder")
    return given or (SHARED if SHARED.is_dir() else None)


def _settings(folder: Path) -> tuple[Mapping[str, str], int | None, str]:
    """Return label map, threads and model of the deployment; the defaults where there is none."""
    from minsheng.settings import FILE_NAME, Settings, load_settings

    here = (folder / FILE_NAME).is_file()
    settings = load_settings(folder, os.environ) if here else Settings()
    return settings.model_labels, settings.model_threads or None, settings.model


def _write(path: Path, words: str, out: Console) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, words.encode())
    out.print(f"已写 {path}", highlight=False, soft_wrap=True)
