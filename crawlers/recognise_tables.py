"""A page with a table in, how its rows are read out: bulletins of hotlines, boards of letters, tables of progress.

Columns are known by the words in their heads, as an import knows them; none that tells who wrote is read.
"""

import re
from dataclasses import dataclass

from parsel import Selector

from crawlers.select import readable
from crawlers.source import Comments, Reply, ThreadPages
from crawlers.who import tells_who
from minsheng.domain import Kind

_HEADS = {
    "id": r"序号|编号|信件编号|工单编?号|受理编号|留言编号",
    "text": r"(?:诉求|来信|留言|反映|投诉|问题|信件|咨询|事项)?(?:内容|描述|诉求|问题)|反映问题|主要诉求",
    "time": r"(?:受理|来信|提交|留言|反映|发布|登记|交办)?(?:时间|日期)",
    "reply": r"(?:办理|处理|答复|回复|反馈|处置)(?:结果|情况|内容|意见)|答复|回复",
    "reply_time": r"(?:办结|答复|回复|反馈|办理)(?:时间|日期)",
    "project": r"(?:项目|实事|工程|任务|工作)(?:名称|内容|项目)?|民生实事(?:项目)?",
    "progress": r"(?:进展|完成|推进|实施|建设|落实)(?:情况|进度|进展)|进展|进度|目前进度|当前进展",
    "department": r"(?:责任|牵头|承办|主办|实施)(?:单位|部门)",
    "status": r"状态|办理状态|完成状态",
}
_DATED = re.compile(r"((?:发布|更新|公示|公开)(?:时间|日期))\s*[:：]\s*\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}")
_FEWEST_ROWS = 2


@dataclass(frozen=True, slots=True)
class Table:
    """How the rows of a table are read, who speaks in it, and by what that was known."""

    thread: ThreadPages
    kind: Kind
    why: str


def read_table(page: Selector) -> Table | None:
    """Return how the first table with known heads is read, if there is one: it needs numbers, words and dates."""
    for number, table in enumerate(page.xpath("//table[not(.//table)]"), start=1):
        rows = table.xpath(".//tr")
        if len(rows) >= _FEWEST_ROWS:
            found = _Heads(rows[0], number, page)
            if found.are_known:
                return found.table()
    return None


class _Heads:
    """The heads of one table of a page: which column holds what."""

    def __init__(self, row: Selector, number: int, page: Selector) -> None:
        self._heads = [readable(cell) for cell in row.xpath("./th|./td")]
        self._columns = _columns(self._heads)
        self._time = _time(self._columns, page)
        self._title = "h1" if page.css("h1") else "title"
        # A head made of plain cells is a row like the others.
        behind = "[position() > 1]" if row.xpath("./td") else ""
        self._rows = f"xpath:(//table[not(.//table)])[{number}]//tr[td]{behind}"

    @property
    def are_known(self) -> bool:
        return bool(self._time) and (self._is_progress or {"id", "text"} <= set(self._columns))

    @property
    def _is_progress(self) -> bool:
        return {"project", "progress"} <= set(self._columns)

    def table(self) -> Table:
        comments = self._progress() if self._is_progress else self._messages()
        named = "、".join(self._heads[place - 1] for place in sorted(self._columns.values()))
        kind = Kind.OFFICIAL if self._is_progress else Kind.PUBLIC
        return Table(ThreadPages(title=self._title, comments=comments), kind, f"a table with the columns {named}")

    def _messages(self) -> Comments:
        reply = None
        if "reply" in self._columns:
            time = self._cell("reply_time") if "reply_time" in self._columns else None
            reply = Reply(text=f"{self._cell('reply')}[normalize-space()]", time=time)
        return Comments(
            row=self._rows,
            id=self._cell("id"),
            id_scope="thread",
            text=self._cell("text"),
            time=self._time,
            reply=reply,
        )

    def _progress(self) -> Comments:
        """Each row a statement: what, by whom, how far. Its id is the name of the project, which outlives an update."""
        names = ("project", "department", "status", "progress")
        places = sorted(self._columns[name] for name in names if name in self._columns)
        cells = " or ".join(f"position() = {place}" for place in places)
        return Comments(
            row=self._rows, id=self._cell("project"), id_scope="thread", text=f"xpath:td[{cells}]", time=self._time
        )

    def _cell(self, name: str) -> str:
        return f"xpath:td[{self._columns[name]}]"


def _columns(heads: list[str]) -> dict[str, int]:
    """Return the place of each column that is known; the first of a kind counts."""
    columns: dict[str, int] = {}
    for place, head in enumerate(heads, start=1):
        plain = re.sub(r"\s+", "", head)
        kinds = (name for name, pattern in _HEADS.items() if name not in columns and re.fullmatch(pattern, plain))
        name = None if tells_who(plain) else next(kinds, None)
        if name is not None:
            columns[name] = place
    return columns


def _time(columns: dict[str, int], page: Selector) -> str:
    """Return where the time of a row stands: in the row, or once on the page; "" if nowhere."""
    if "time" in columns:
        return f"xpath:td[{columns['time']}]"
    for node in page.xpath("//body//*[not(*)]"):
        found = _DATED.search(readable(node))
        if found is not None:
            return f"xpath:(//{node.root.tag}[contains(., '{found[1]}')])[1]"
    return ""
