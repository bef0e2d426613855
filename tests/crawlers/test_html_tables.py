import pytest
from openpyxl import Workbook

from crawlers.tables import read_rows
from minsheng.errors import ConfigError

PAGE = """<html><head><meta charset="gb2312"></head><body><table><tr><td>导航</td></tr></table>
<table><tr><th colspan="2">项目</th><th>进展</th></tr>
<tr><td rowspan="2">交通</td><td>新华路 <b>改造</b></td><td>已完工</td></tr><tr><td>人民路</td><td>80%</td></tr>
<tr><td colspan="3">合计</td></tr></table></body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_largest_table_is_read_with_spanning_cells_repeated(tmp_path, encoding):
    path = tmp_path / "page.html"
    path.write_bytes(PAGE.encode(encoding))

    assert list(read_rows(path)) == [
        (1, ["项目", "项目", "进展"]),
        (2, ["交通", "新华路 改造", "已完工"]),
        (3, ["交通", "人民路", "80%"]),
        (4, ["合计", "合计", "合计"]),
    ]


def test_a_page_without_table_says_so(tmp_path):
    path = tmp_path / "page.htm"
    path.write_text("<p>见附件</p>", encoding="utf-8")

    with pytest.raises(ConfigError, match="no table on this page"):
        list(read_rows(path))


def test_a_spreadsheet_is_read_from_its_first_row_on(tmp_path):
    book = Workbook()
    book.active.append(["进展情况表"])
    book.active.append(["项目", "完成率"])
    book.active.append(["新华路改造", 0.85])
    book.save(tmp_path / "t.xlsx")

    assert [cells for _, cells in read_rows(tmp_path / "t.xlsx")] == [
        ["进展情况表", ""],
        ["项目", "完成率"],
        ["新华路改造", "0.85"],
    ]


def test_a_picture_is_no_table_whatever_it_is_called(tmp_path):
    (tmp_path / "t.png").write_bytes(b"\x89PNG")
    (tmp_path / "t.pdf").write_bytes(b"\x89PNG")

    with pytest.raises(ConfigError, match=r"save it as \.xlsx, \.csv, \.html or \.pdf"):
        list(read_rows(tmp_path / "t.png"))
    with pytest.raises(ConfigError, match=r"t\.pdf: neither an XLSX nor a PDF"):
        list(read_rows(tmp_path / "t.pdf"))
