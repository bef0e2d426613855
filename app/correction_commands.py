"""What a person puts right on the command line in, the label with its history out."""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from app.auditing import note
from minsheng.corrections import CORRECTABLE
from minsheng.errors import ConfigError
from minsheng.words import CORRECTION_MARKS, LABEL_FIELDS, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.corrections import Taught
    from indexer.language import Names
    from indexer.language.names import FieldName
    from minsheng.correcting import Change
    from minsheng.corrections import Correction
    from minsheng.domain import LabelledPost, Project

out = Console()
_SHOWN = 60
_MOST_WHY = 500

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
]


def correct(
    post_id: Annotated[str, typer.Argument(help="评论的编号，见 minsheng search --json 或导出文件")],
    *,
    sentiment: Annotated[str | None, typer.Option(help="负面、中性或正面")] = None,
    topic: Annotated[str | None, typer.Option(help="主题，例如 城乡建设")] = None,
    aspect: Annotated[str | None, typer.Option(help="方面，例如 工程质量")] = None,
    intent: Annotated[str | None, typer.Option(help="意图，例如 投诉反映")] = None,
    project: Annotated[list[str] | None, typer.Option(help="所属项目的名称或编号；几个就写几次")] = None,
    no_project: Annotated[bool, typer.Option("--no-project", help="不属于任何项目")] = False,
    withdraw: Annotated[
        list[str] | None, typer.Option(help="撤回更正，恢复模型的判读：情感、主题、方面、意图或项目")
    ] = None,
    why: Annotated[str, typer.Option(help="理由，一句话；请勿写姓名")] = "",
    folder: Folder = Path(),
) -> None:
    """更正一条评论的标签：模型的判读留在旁边，历史可查，随时可以撤回。"""
    from app.bootstrap import Office
    from app.typed import names_in
    from crawlers.masking import mask

    with closing(Office(folder, os.environ)) as office:
        names = names_in(office)
        typed: dict[FieldName, str | None] = {
            "sentiment": sentiment, "topic": topic, "aspect": aspect, "intent": intent,
        }  # fmt: skip
        changes = [_change(name, value, names) for name, value in typed.items() if value is not None]
        changes += _projects(project or [], no_project, names)
        changes += [_withdrawal(name) for name in withdraw or ()]
        _refuse_contradictions(changes, why)
        note(office, "correct", " ".join([post_id, *(f"{one.field}={one.value}" for one in changes)]))
        found = office.index.correct(post_id, changes, office.now(), mask(" ".join(why.split()))[0])
        if found is None:
            raise ConfigError(f"no post {post_id!r} in the index; minsheng search --json shows the ids")
        _show(found, office.register.projects)


def corrections(
    *,
    query: Annotated[
        list[str] | None,
        typer.Argument(help="只看这些，写法同控制台（docs/search.md），请用单引号括起；不写则全部"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每行一条 JSON，便于其他程序读取")] = False,
    export: Annotated[
        Path | None, typer.Option(help="把更正过的情感写成训练格式的 TSV，供 minsheng adapt --corrections 使用")
    ] = None,
    folder: Folder = Path(),
) -> None:
    """列出更正过的评论及每一次更正；或导出供模型学习。"""
    from app.bootstrap import Office
    from app.corrections import with_history, write_lessons
    from app.typed import condition_of_typed

    with closing(Office(folder, os.environ)) as office:
        posts = with_history(office.index, condition_of_typed(office, query))
        if export:
            _show_taught(write_lessons(posts, export), export)
            return
        shown = 0
        for labelled in posts:
            shown += 1
            if as_json:
                typer.echo(_json_line(labelled))
            else:
                _show(labelled, office.register.projects)
        if not as_json:
            out.print(f"共 {shown} 条" if shown else "没有更正过的。更正一条：minsheng correct 编号 --sentiment …")


def _change(name: "FieldName", typed: str, names: "Names") -> "Change":
    from indexer.language.names import look_up, near
    from minsheng.correcting import VALUES, Change

    found = look_up(name, typed, names)
    if len(found) > 1:
        raise ConfigError(f"--{name} {typed}: 几个项目都这样叫，请写编号：{'、'.join(found)}")
    if not found or (name in VALUES and found[0] not in VALUES[name]):
        raise ConfigError(f"--{name} {typed}: 没有这样的{LABEL_FIELDS[name]}。{near(name, typed, names)}")
    return Change(name, found)


def _projects(typed: "Sequence[str]", none: bool, names: "Names") -> "list[Change]":
    from minsheng.correcting import Change

    if none and typed:
        raise ConfigError("--no-project and --project contradict one another; give one of them")
    ids = [id_ for name in typed for id_ in _change("project", name, names).value or ()]
    return [Change("project", tuple(dict.fromkeys(ids)))] if ids or none else []


def _withdrawal(typed: str) -> "Change":
    from minsheng.correcting import Change
    from minsheng.strict import nearest

    fields = {word: name for name, word in LABEL_FIELDS.items()} | {name: name for name in CORRECTABLE}
    if typed not in fields:
        raise ConfigError(f"--withdraw {typed}: no such field; {nearest(typed, list(fields))}")
    return Change(fields[typed], None)


def _refuse_contradictions(changes: "Sequence[Change]", why: str) -> None:
    fields = [change.field for change in changes]
    if not fields:
        raise ConfigError("nothing to correct; give --sentiment, --topic, --aspect, --intent, --project or --withdraw")
    if twice := sorted({name for name in fields if fields.count(name) > 1}):
        raise ConfigError(f"{twice[0]} is given twice: correct it or withdraw its correction")
    if len(why) > _MOST_WHY:
        raise ConfigError(f"--why has {len(why)} characters; {_MOST_WHY} are allowed")


def _show(labelled: "LabelledPost", projects: "Mapping[str, Project]") -> None:
    post, marks = labelled.post, [CORRECTION_MARKS[mark] for mark in labelled.label.marks]
    text = (post.text or post.title)[:_SHOWN]
    out.print(Text(f"{post.id}  {'、'.join(marks) or '未更正'}", style="bold"))
    out.print(Padding(Text("".join(char if char.isprintable() else " " for char in text), style="dim"), (0, 0, 0, 4)))
    for correction in labelled.corrections:
        out.print(Padding(Text(_line(correction, projects)), (0, 0, 0, 4)))


def _line(correction: "Correction", projects: "Mapping[str, Project]") -> str:
    from minsheng.domain import BEIJING

    name = correction.field
    after = "撤回更正" if correction.after is None else said(name, correction.after, projects)
    why = f"（{correction.why}）" if correction.why else ""
    at = f"{correction.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    return f"{at}  {LABEL_FIELDS[name]}：{said(name, correction.before, projects)} → {after}{why}"


def _json_line(labelled: "LabelledPost") -> str:
    label, read = labelled.label, labelled.read
    row = {
        "id": labelled.post.id,
        "url": labelled.post.url,
        "marks": list(label.marks),
        "label": {name: list(label.of(name)) for name in CORRECTABLE},
        "reading": {name: list(read.of(name)) for name in CORRECTABLE},
        "model": labelled.reading.model,
        "history": list(map(_entry, labelled.corrections)),
    }
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def _entry(correction: "Correction") -> "dict[str, object]":
    return {
        "at": correction.at.isoformat(),
        "field": correction.field,
        "before": correction.before,
        "after": correction.after,
        "why": correction.why,
    }


def _show_taught(taught: "Taught", path: Path) -> None:
    out.print(
        f"已写 {path}：{taught.rows} 条。未写：没有更正情感 {taught.without_sentiment}，"
        f"更正后原文已改 {taught.edited}，与他条同文 {taught.repeated}。",
        highlight=False,
        soft_wrap=True,
    )
