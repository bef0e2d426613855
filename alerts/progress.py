"""Rows of a progress table in, what each says of a project out; rows that say nothing readable keep their reason."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from alerts.statements.read import read_sentence
from alerts.statements.stated import Stated
from minsheng.domain import ClaimKind, ClaimStatus
from minsheng.errors import BadRow, ConfigError
from minsheng.strict import Strict
from minsheng.text import han_key

_USUAL = {
    "project": (
        "项目名称",
        "实事项目名称",
        "实事项目",
        "民生实事项目",
        "项目内容",
        "民生实事",
        "指标名称",
        "工作内容",
        "事项名称",
        "事项",
        "项目",
    ),
    "rate": (
        "完成率",
        "完成比例",
        "占全年计划",
        "占年度计划",
        "完成目标",
        "形象进度",
        "完成进度",
        "进度百分比",
        "投资完成率",
    ),
    "satisfaction": ("群众满意度", "群众满意率", "满意度", "满意率"),
    "due": ("完成时限", "完成时间", "计划完成时间", "竣工时间", "办结时限", "时限"),
    "target": ("目标任务", "全年任务目标", "年度目标任务", "年度目标", "全年目标", "工作目标", "建设目标", "计划任务"),
    "progress": (
        "进展情况",
        "工作进展",
        "完成情况",
        "实际完成",
        "进展",
        "当前进展",
        "目前进展",
        "进度情况",
        "推进情况",
        "进度",
    ),
    "status": ("状态", "进展状态", "推进状态", "备注"),
}
_TELLS = ("rate", "satisfaction", "due", "target", "progress")
"""One of these beside the project makes a row the header."""
_LOOKED_AT = 15
"""Rows at the top among which the header is."""
_NO_PROJECT = re.compile(r"^(?:合计|总计|小计|共计|说明|注|备注|填报|制表|单位[：:])")
_PERCENT = re.compile(r"(\d{1,4}(?:\.\d+)?) ?[%％]")
_OF = re.compile(r"^(\d+(?:\.\d+)?) ?/ ?(\d+(?:\.\d+)?)")
_PLAIN = re.compile(r"^\d{1,7}(?:\.\d+)?$")
_MOST_PERCENT = 1000.0


class ProgressColumns(Strict):
    """Our name → the name of the column in the file. What is not given is found by its usual names."""

    project: str | None = None
    rate: str | None = None
    satisfaction: str | None = None
    due: str | None = None
    target: str | None = None
    progress: str | None = None
    status: str | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One row: ``name`` as the table calls the project, ``text`` the row in one sentence, ``stated`` what it claims."""

    number: int
    name: str
    text: str
    stated: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that became no claim, and why."""

    number: int
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgressTable:
    """What was read; ``columns`` says under which names."""

    columns: Mapping[str, str]
    rows: tuple[ProgressRow, ...]
    rejected: tuple[RejectedRow, ...]


def read_progress(
    grid: Iterable[tuple[int, list[str] | BadRow]], columns: ProgressColumns, place: str
) -> ProgressTable:
    """Read a progress table whose header is somewhere at its top.

    Raises:
        ConfigError: No row names the projects and what became of them, or a mapped column is not there.
    """
    rows = iter(grid)
    names = _header(rows, columns, place)
    found: list[ProgressRow] = []
    rejected: list[RejectedRow] = []
    name = ""
    for number, cells in rows:
        if isinstance(cells, BadRow):
            rejected.append(RejectedRow(number, str(cells), ()))
            continue
        own = {field: cells[at].strip() for field, (at, _) in names.items() if at < len(cells)}
        name = own.get("project") or name  # a merged cell: the rows below it are of the same project
        if not any(own.values()):
            continue
        try:
            found.append(_row(number, name, own, {field: title for field, (_, title) in names.items()}))
        except BadRow as error:
            rejected.append(RejectedRow(number, str(error), tuple(own.values())))
    return ProgressTable({field: title for field, (_, title) in names.items()}, tuple(found), tuple(rejected))


def _header(
    rows: Iterator[tuple[int, list[str] | BadRow]], columns: ProgressColumns, place: str
) -> dict[str, tuple[int, str]]:
    seen: list[str] = []
    for number, cells in rows:
        if isinstance(cells, BadRow):
            continue
        names = _recognised(cells, columns)
        if "project" in names and any(field in names for field in _TELLS):
            return names
        seen += [cell for cell in cells if cell.strip()]
        if number >= _LOOKED_AT:
            break
    raise ConfigError(
        f"{place}: no row at the top names a project column and one of progress, rate, target, due; "
        f"it begins with: {', '.join(seen[:12]) or 'nothing'}. Give a column map, for example `project: 工程`"
    )


def _recognised(cells: Sequence[str], columns: ProgressColumns) -> dict[str, tuple[int, str]]:
    """Return our name → (column, its title); exact names win over such that hold one; no column serves twice."""
    titles = [han_key(cell) for cell in cells]
    found: dict[str, tuple[int, str]] = {}
    for exact in (True, False):
        for field, usual in _USUAL.items():
            mapped = getattr(columns, field)
            wanted = (mapped,) if mapped else usual
            if field in found or (mapped and not exact):
                continue
            taken = {at for at, _ in found.values()}
            at = next((at for name in wanted for at, title in enumerate(titles)
                       if at not in taken and _fits(han_key(name), title, exact=exact)), None)  # fmt: skip
            if at is not None:
                found[field] = (at, cells[at].strip())
    return dict(sorted(found.items(), key=lambda item: item[1][0]))


def _fits(name: str, title: str, *, exact: bool) -> bool:
    return title == name if exact else name in title


def _row(number: int, name: str, cells: Mapping[str, str], titles: Mapping[str, str]) -> ProgressRow:
    """Read one row.

    Raises:
        BadRow: It names no project, a share cannot be read, or nothing in it is a claim.
    """
    if not name or _NO_PROJECT.match(name) or not any(cells.get(field) for field in _TELLS):
        raise BadRow("a heading, a sum or a note: no project with a progress")
    stated = tuple(_stated(cells))
    if not stated:
        raise BadRow("no share, date, status word or effect could be read from it")
    parts = [f"{titles[field]}：{cells[field]}" for field in cells if field != "project" and cells[field]]
    return ProgressRow(number, name, f"{name}：{'；'.join(parts)}", stated)


def _stated(cells: Mapping[str, str]) -> Iterator[Stated]:
    rate = _share(cells.get("rate", "")) if cells.get("rate") else _ratio(cells)
    if rate is not None:
        yield Stated(ClaimKind.COMPLETION, ClaimStatus.LEVEL, rate, aspect="progress")
    words = "；".join(filter(None, (cells.get("progress"), cells.get("status"))))
    for one in read_sentence(words):
        if rate is None or one.kind is not ClaimKind.COMPLETION or one.status is ClaimStatus.GOAL:
            yield one
    if cells.get("satisfaction"):
        yield Stated(ClaimKind.SATISFACTION, ClaimStatus.LEVEL, _share(cells["satisfaction"]))
    yield from _aims(cells)


def _aims(cells: Mapping[str, str]) -> Iterator[Stated]:
    """Yield what the row promises: until when, or what its target says."""
    due, target = cells.get("due", ""), cells.get("target", "")
    if due:
        yield Stated(ClaimKind.COMPLETION, ClaimStatus.GOAL, due=due, aspect="progress")
        return
    for one in read_sentence(f"目标任务：{target}") if target else ():
        yield one if one.status is ClaimStatus.GOAL else replace(one, status=ClaimStatus.GOAL)


def _share(cell: str) -> float:
    """Read 85%, 0.85 (as spreadsheets keep it), 85, 12/15.

    Raises:
        BadRow: It is none of these.
    """
    plain = cell.replace(",", "").strip()
    percent, of = _PERCENT.search(plain), _OF.match(plain)
    if percent:
        return round(float(percent[1]) / 100, 6)
    if of and float(of[2]):
        return round(float(of[1]) / float(of[2]), 6)
    if _PLAIN.match(plain) and float(plain) <= _MOST_PERCENT:
        number = float(plain)
        return round(number if number <= 1 else number / 100, 6)
    raise BadRow(f"{cell!r} is no share such as 85%, 0.85 or 12/15")


def _ratio(cells: Mapping[str, str]) -> float | None:
    """Return done / target where both columns hold bare numbers."""
    target, done = cells.get("target", "").replace(",", ""), cells.get("progress", "").replace(",", "")
    if _PLAIN.match(target) and _PLAIN.match(done) and float(target):
        return round(float(done) / float(target), 6)
    return None
