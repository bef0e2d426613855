import pytest

from alerts.progress import ProgressColumns, read_progress
from benchmarks.claims import form
from minsheng.errors import BadRow, ConfigError


def read(*rows, **columns):
    grid = enumerate(rows, start=1)
    return read_progress(grid, ProgressColumns(**columns), "table.csv")


def claims(table):
    return [(row.name, [form(one) + (f" {one.due}" if one.due else "") for one in row.stated]) for row in table.rows]


@pytest.mark.parametrize(
    ("header", "row", "wanted"),
    [
        (
            ["序号", "项目内容", "进展情况", "责任单位"],
            ["1", "新华路改造", "已全部完工，群众满意率97%", "市交通局"],
            ["completion level =100", "satisfaction level =97"],
        ),
        (
            ["指标名称", "全年任务目标", "实际完成", "完成进度"],
            ["老旧小区改造（个）", "15", "15", "15/15 100%"],
            ["completion level =100"],
        ),
        (["指标名称", "全年任务目标", "实际完成"], ["老旧小区改造（个）", "20", "15"], ["completion level =75"]),
        (
            ["项目", "目标任务", "牵头/责任单位", "进度", "完成目标 %", "备注"],
            ["新华路改造", "年底前全部完工", "市交通局", "路基施工", "62.5", "达到时间进度"],
            ["completion level =62.5", "completion goal =100 年底前"],
        ),
        (["实事项目名称", "完成情况", "占全年计划 %"], ["新华路改造", "完成招标", "0.35"], ["completion level =35"]),
        (
            ["项目名称", "形象进度", "完成时限", "满意度"],
            ["新华路改造", "约八成", "2026年12月底前", "96.5%"],
            None,
        ),
        (
            ["项目名称", "进展情况", "完成时限", "群众满意度"],
            ["新华路改造", "主体完工", "2026年12月底前", "96.5%"],
            ["completion level -", "satisfaction level =96.5", "completion goal - 2026年12月底前"],
        ),
    ],
)
def test_forms_that_offices_publish_are_read(header, row, wanted):
    table = read(header, row)

    if wanted is None:
        assert "'约八成' is no share" in table.rejected[0].reason
    else:
        assert claims(table) == [(row[header.index(table.columns["project"])], wanted)]


def test_a_title_above_the_header_and_a_merged_cell_do_no_harm():
    table = read(
        ["2026年民生实事项目进展情况表", "", ""],
        ["项目名称", "进展情况", "完成率"],
        ["新华路改造", "一标段已完工", "100%"],
        ["", "二标段正在施工", "40%"],
    )

    assert [(row.number, row.name) for row in table.rows] == [(3, "新华路改造"), (4, "新华路改造")]
    assert table.columns == {"project": "项目名称", "progress": "进展情况", "rate": "完成率"}


def test_rows_that_say_nothing_readable_are_set_aside_with_their_reason():
    table = read(
        ["项目名称", "进展情况", "完成率"],
        ["一、交通类", "", ""],
        ["合计", "", "80%"],
        ["新华路改造", "", "不详"],
        ["人民公园", "正在研究", ""],
        BadRow("not CSV"),
    )

    assert table.rows == ()
    assert [(row.number, row.reason.split(":")[0].split(" such")[0]) for row in table.rejected] == [
        (2, "a heading, a sum or a note"),
        (3, "a heading, a sum or a note"),
        (4, "'不详' is no share"),
        (5, "no share, date, status word or effect could be read from it"),
        (6, "not CSV"),
    ]


def test_columns_can_be_mapped_and_a_mapped_one_must_be_there():
    mapped = read(["工程", "完成了多少"], ["新华路改造", "85%"], project="工程", rate="完成了多少")

    assert claims(mapped) == [("新华路改造", ["completion level =85"])]
    with pytest.raises(ConfigError, match="table.csv: no row at the top names a project column"):
        read(["工程", "完成率"], ["新华路改造", "85%"], project="项目")


def test_a_table_without_header_says_what_it_begins_with_and_what_to_do():
    with pytest.raises(ConfigError, match="it begins with: 新华路改造, 85%. Give a column map"):
        read(["新华路改造", "85%"])
