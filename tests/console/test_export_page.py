import csv
import io
import json
from dataclasses import replace
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from indexer.memory import MemoryIndex
from minsheng.errors import IndexUnavailable

FORMS = ("csv", "xlsx", "jsonl")


class FailingIndex(MemoryIndex):
    """An index whose file goes away after some posts of a stream."""

    def __init__(self, posts, after: int) -> None:
        super().__init__()
        self.add(posts)
        self._after = after

    def stream(self, query):
        for number, labelled in enumerate(super().stream(query)):
            if number == self._after:
                raise IndexUnavailable("posts.sqlite: disk gone")
            yield labelled


def rows_of(form: str, content: bytes) -> list[dict]:
    if form == "jsonl":
        return [json.loads(line) for line in content.splitlines()[1:]]
    if form == "csv":
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[7:]
    else:
        lines = [[cell.value or "" for cell in row] for row in load_workbook(io.BytesIO(content))["结果"].iter_rows()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "asked", ["", "q=噪聲", "sentiment=positive&order=oldest", "q=情感:负面 类型:公众", "project=park", "kind=official"]
)
def test_a_file_holds_what_the_search_page_finds(client, desk, form, asked):
    answer = client.get(f"/search/export.{form}?{asked}")
    page = client.get(f"/search?{asked}").text

    rows = rows_of(form, answer.content)
    assert answer.status_code == 200
    assert len(rows) > 0
    assert f"共 {len(rows)} 条" in page
    assert all(desk.index.get(row["编号"]).post.text == row["正文"] for row in rows)


def test_rows_have_the_order_of_the_search(client):
    newest = rows_of("csv", client.get("/search/export.csv").content)
    oldest = rows_of("csv", client.get("/search/export.csv?order=oldest").content)

    assert len(newest) == 6
    assert [row["编号"] for row in newest] == [row["编号"] for row in reversed(oldest)]


def test_all_pages_are_exported_wherever_the_reader_is(client):
    whole = client.get("/search/export.jsonl").content

    assert client.get("/search/export.jsonl?after=anything").content == whole


def test_copies_are_folded_as_on_the_page(client, desk, make_labelled):
    first = make_labelled("同一段话")
    desk.index.add([first, make_labelled("同一段话", cluster=first.post.id)])

    folded = client.get("/search/export.csv?q=同一段话")
    single = client.get("/search/export.csv?q=同一段话&fold=0")

    assert len(rows_of("csv", folded.content)) == 1
    assert "只列最早一条" in folded.text
    assert len(rows_of("csv", single.content)) == 2


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("jsonl", "application/x-ndjson; charset=utf-8"),
    ],
)
def test_a_file_is_a_download_with_a_name_that_is_not_kept(client, form, kind):
    headers = client.get(f"/search/export.{form}?q=噪声").headers

    assert headers["Content-Type"] == kind
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    name = headers["Content-Disposition"]
    assert name.startswith(f'attachment; filename="minsheng-20260310-120000.{form}"; ')
    assert unquote(name).endswith(f"filename*=UTF-8''民声检索-20260310-120000.{form}")


def test_the_cover_says_in_words_what_the_address_asks(client):
    asked = "q=噪声&project=road&sentiment=negative&sentiment=unsure&since=2026-01-01&until=2026-03-31&fold=0"

    said = json.loads(client.get(f"/search/export.jsonl?{asked}").content.splitlines()[0])["说明"]

    assert said["检索条件"] == (
        "词语：噪声；项目：滨河路综合改造工程；情感：负面、拿不准；自：2026-01-01；至：2026-03-31；排序：新的在前"
    )
    assert said["检索地址"].startswith("/search?q=")
    assert said["条数"] == "1 条"
    assert said["导出时间"] == "2026-03-10 12:00:00（北京时间）"


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_result_is_a_file_that_says_so(client, form):
    answer = client.get(f"/search/export.{form}?q=从未有人写过")

    assert answer.status_code == 200
    assert rows_of(form, answer.content) == []
    if form != "xlsx":
        assert "没有符合条件的内容" in answer.text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("x=1", "不认识的条件"),
        ("sentiment=angry", "不存在"),
        ("since=2026-13-01", "看不懂"),
        ("q=情感:愤怒", "愤怒"),
        ("q=(噪声", "第 1 个字"),
    ],
)
def test_a_wrong_query_is_an_error_page_and_no_file(client, form, asked, why):
    answer = client.get(f"/search/export.{form}?{asked}")

    assert answer.status_code == 400
    assert why in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize("ending", ["xls", "CSV", "csv.exe", "docx"])
def test_another_format_is_not_found(client, ending):
    answer = client.get(f"/search/export.{ending}")

    assert answer.status_code == 404
    assert "csv、xlsx、jsonl" in answer.text


@pytest.mark.parametrize("form", FORMS)
def test_the_head_of_a_file_comes_without_its_body(client, form):
    answer = client.head(f"/search/export.{form}")

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content == b""


@pytest.mark.parametrize("form", FORMS)
def test_an_index_that_cannot_be_read_is_told_before_the_download_begins(empty_desk, comments, open_console, form):
    client = open_console(replace(empty_desk, index=FailingIndex(comments, after=0)))

    answer = client.get(f"/search/export.{form}")

    assert answer.status_code == 503
    assert "disk gone" in answer.text


@pytest.mark.parametrize("form", FORMS)
def test_an_index_that_fails_later_breaks_the_download_off(empty_desk, comments, open_console, form):
    client = open_console(replace(empty_desk, index=FailingIndex(comments, after=3)))

    with pytest.raises(RuntimeError, match="response already started"):
        client.get(f"/search/export.{form}")
