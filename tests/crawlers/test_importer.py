import json
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook

from crawlers.importer import ColumnMap, ImportReport, import_file
from crawlers.inbox import inbox_files
from minsheng.domain import Kind, Source
from minsheng.errors import ConfigError
from minsheng.jsonl import parse_post
from minsheng.strict import read_yaml

BOARD = Source("board", "留言板", Kind.PUBLIC, "http://board.example/")


@pytest.fixture
def desk(tmp_path, now):
    class Desk:
        inbox, rejects = tmp_path / "inbox", tmp_path / "rejects"

        def load(self, name, content, columns=None, **changes):
            path = tmp_path / name
            if isinstance(content, bytes):
                path.write_bytes(content)
            elif content is not None:
                path.write_text(content, encoding="utf-8")
            orders = {"columns": columns, "source": BOARD, "inbox": self.inbox, "rejects": self.rejects, "now": now}
            return import_file(path, **(orders | changes))

        def posts(self):
            return [parse_post(line) for file in inbox_files(self.inbox) for line in file.read_text().splitlines()]

        def reasons(self, report):
            return [
                (row["row"], row["reason"]) for row in map(json.loads, report.rejects_file.read_text().splitlines())
            ]

    return Desk()


def test_chinese_headers_are_known_and_a_reply_becomes_an_official_post(desk):
    report = desk.load(
        "messages.csv",
        "编号,标题,内容,时间,链接,回复,回复时间,点赞数,留言人,联系电话\n"
        '7,路灯,"坏了，\n打13812345678",2026-03-01 08:00,http://b.example/7,网友“小鱼”：您好！已修。,2026-03-02,3,李先生,13812345678\n',
    )

    post, reply = desk.posts()
    assert report == ImportReport(2, 0, 2, None, ("留言人", "联系电话"))
    assert (post.id, post.title, post.text) == ("board:7", "路灯", "坏了，\n打[电话]")
    assert (post.url, post.thread, post.kind, post.likes) == (
        "http://b.example/7",
        "http://b.example/7",
        Kind.PUBLIC,
        3,
    )
    assert post.published_at == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    assert (reply.id, reply.reply_to, reply.kind) == ("board:7:reply", "board:7", Kind.OFFICIAL)
    assert reply.text == "网友“[昵称]”：您好！已修。"
    assert (reply.thread, reply.title, reply.shown_at) == (post.thread, "路灯", "2026-03-02")
    assert "李先生" not in "".join(file.read_text() for file in inbox_files(desk.inbox))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(("name", "gap"), [("a.csv", ","), ("a.tsv", "\t"), ("a.csv", ";")])
def test_encodings_and_delimiters_are_recognised(desk, encoding, name, gap):
    text = gap.join(["标题", "内容", "时间"]) + "\n" + gap.join(["供暖", "镕基路不热", "2026/3/1 8:00"]) + "\n"

    desk.load(name, text.encode(encoding))

    (post,) = desk.posts()
    assert (post.title, post.text) == ("供暖", "镕基路不热")


def test_a_spreadsheet_is_read_with_its_dates_and_numbers(desk, tmp_path):
    book = Workbook()
    book.active.append(["编号", "内容", "时间", "赞"])
    book.active.append([12.0, "路灯坏了", datetime(2026, 3, 1, 8, 0), 5])  # noqa: DTZ001 - spreadsheets hold naive times
    book.active.append([None, None, None, None])
    book.active.append([13, "路灯修了", "昨天 12:30", None])
    book.save(tmp_path / "a.xlsx")

    report = desk.load("a.xlsx", None)

    first, second = desk.posts()
    assert report.posts == 2
    assert (first.id, first.likes) == ("board:12", 5)
    assert first.published_at == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    assert (second.id, second.likes) == ("board:13", None)


def test_json_lines_are_read_and_html_free_values_kept(desk):
    lines = [
        {"id": 1, "text": "路灯坏了", "time": "2026-03-01", "kind": "官方", "project": "lamps", "nick": "小鱼"},
        {"id": 2, "text": "修了", "time": "2026-03-02", "kind": "public", "url": "http://b.example/2"},
    ]

    report = desk.load("a.jsonl", "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n")

    first, second = desk.posts()
    assert (first.kind, first.project, second.kind) == (Kind.OFFICIAL, "lamps", Kind.PUBLIC)
    assert report.dropped_columns == ("nick",)


def test_bad_rows_are_set_aside_with_row_and_reason_and_the_good_ones_stay(desk):
    report = desk.load(
        "a.csv",
        "id,text,time,kind\n1,好,2026-03-01,\n2,,2026-03-01,\n3,打13812345678,明年,\n4,x,,\n1,又一个,2026-03-01,\n"
        "5,x,2026-03-01,press\n6,x,2026-03-01,,多\n\n7,x\n",
    )

    assert (report.posts, report.set_aside) == (1, 7)
    assert desk.reasons(report) == [
        (3, "no text"),
        (4, "not a time: '明年'"),
        (5, "no time"),
        (6, "the id board:1 stands in row 2 already"),
        (7, "kind 'press' is neither official nor public"),
        (8, "more cells than columns"),
        (10, "no time"),
    ]
    assert "13812345678" not in report.rejects_file.read_text()


def test_lines_that_are_no_objects_are_set_aside(desk):
    report = desk.load("a.jsonl", '{"text": "好", "time": "2026-03-01"}\n{"text": \n["x"]\n')

    assert report.posts == 1
    assert [reason.split(":")[0] for _, reason in desk.reasons(report)] == [
        "not JSON",
        "not an object with names and values",
    ]


def test_rows_without_id_get_one_that_the_next_import_gives_again(desk):
    for _ in range(2):
        desk.load("a.csv", "text,time\n路灯坏了,2026-03-01\n路灯修了,2026-03-02\n")

    ids = [post.id for post in desk.posts()]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2


def test_a_column_map_from_yaml_names_other_columns(desk, tmp_path):
    (tmp_path / "map.yml").write_text("text: 问题\npublished_at: 何时\n", encoding="utf-8")

    desk.load("a.csv", "问题,何时,text\n路灯,2026-03-01,别的\n", read_yaml(tmp_path / "map.yml", ColumnMap))

    assert desk.posts()[0].text == "路灯"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": "没有"}, "text: no column '没有'; there are 内容, 时间, 作者"),
        ({"title": "作者"}, "title: '作者': .*never people"),
    ],
)
def test_a_wrong_column_map_is_refused_before_anything_is_written(desk, columns, message):
    with pytest.raises(ConfigError, match=message):
        desk.load("a.csv", "内容,时间,作者\nx,2026-03-01,y\n", ColumnMap(**columns))
    assert list(desk.inbox.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "标题,链接\nx,y\n", "no column for text and published_at; the columns are 标题, 链接"),
        ("a.csv", "", "first row must hold the names"),
        ("a.csv", b"\xff\xff\xff", "neither UTF-8 nor GB 18030"),
        ("a.xls", b"old", "cannot read .xls; save it as"),
        ("a.xlsx", b"no zip", "not an XLSX file"),
        ("missing.csv", None, "no such file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(desk, name, content, message):
    with pytest.raises(ConfigError, match=message):
        desk.load(name, content)


def test_a_sheet_that_is_not_there_is_named(desk, tmp_path):
    book = Workbook()
    book.active.title = "三月"
    book.save(tmp_path / "a.xlsx")

    with pytest.raises(ConfigError, match="no sheet '四月'; there are 三月"):
        desk.load("a.xlsx", None, ColumnMap(sheet="四月"))


def test_progress_is_told_and_an_interrupted_import_leaves_nothing(desk):
    text = "text,time\n" + "".join(f"第{n}条,2026-03-01\n" for n in range(450)) + ",2026-03-01\n"
    seen = []

    def stop(rows, total):
        seen.append((rows, total))
        if rows == 400:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.load("a.csv", text, progress=stop)
    left = list(desk.inbox.iterdir())
    report = desk.load("a.csv", text)

    assert seen == [(200, 0), (400, 0)]
    assert left == []
    assert (report.posts, report.set_aside) == (450, 1)


@pytest.mark.shared
def test_the_shared_board_imports_without_a_map(desk, shared, now):
    path = shared / "data" / "tipdm2020c" / "messages_replies.tsv"

    report = import_file(path, columns=None, source=BOARD, inbox=desk.inbox, rejects=desk.rejects, now=now)

    assert report.posts == 2 * 2575
    assert report.set_aside == 0
