import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from app.bootstrap import Office
from app.cli import cli
from indexer.language import LanguageError
from minsheng.domain import Kind

PROJECTS = """\
departments:
  - {id: housing, name: 住建局, recipients: [housing@office.example]}
projects:
  - {id: renewal, name: 向阳小区改造, aliases: [向阳小区], region: 城东区, department: housing}
  - {id: road, name: 滨江路, region: 城西区, department: housing}
"""


@pytest.fixture
def folder(tmp_path, make_labelled):
    """A deployment with four posts in its index."""
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "projects.yml").write_text(PROJECTS, encoding="utf-8")
    (tmp_path / "minsheng.yml").write_text("office: 江临市联络办\n", encoding="utf-8")
    office = Office(tmp_path, {}, lambda: datetime(2026, 3, 10, tzinfo=UTC))
    office.index.add(
        [
            make_labelled("夜里还在打桩\x1b[31m", projects=("renewal",), title="施工"),
            make_labelled("白天打桩" + "后" * 400, projects=("road", "gone")),
            make_labelled("楼道刷新了\ud83d", projects=(), negative=0.05, positive=0.9),
            make_labelled("已转施工单位。", kind=Kind.OFFICIAL),
        ]
    )
    office.close()
    return tmp_path


@pytest.fixture
def search(folder):
    def run(*arguments):
        done = CliRunner().invoke(cli, ["search", "-C", str(folder), *arguments], env={"COLUMNS": "200"})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.stdout

    return run


def test_hits_are_shown_with_what_they_are_about(search):
    shown = search("打桩 部门:住建局")

    assert "共 2 条" in shown
    assert "负面  向阳小区改造  forum" in shown
    assert "滨江路、gone" in shown
    assert "夜里还在打桩 [31m" in shown
    assert "\x1b" not in shown
    assert "…" in shown


def test_official_posts_and_posts_of_no_project_are_called_so(search):
    shown = search("类型:官方", "OR", "楼道")

    assert "官方发布" in shown
    assert "未归入项目" in shown


def test_more_hits_than_shown_are_said(search):
    assert "共 4 条，显示 1 条" in search("", "--limit", "1")


def test_where_nothing_holds_all_words_it_is_said_what_holds_them_roughly(search):
    shown = search("楼道 夜里还在打桩 类型:公众")

    assert "没有一条含有全部的词。大致含有的有 1 条：" in shown
    assert """minsheng search --order best '~"楼道 夜里还在打桩" 类型:公众'""" in shown
    assert "共 0 条" in shown
    assert "共 1 条" in search('~"楼道 夜里还在打桩" 类型:公众', "--order", "best")


def test_where_nothing_holds_the_words_roughly_either_nothing_is_said(search):
    assert search("没有 的词语") == "共 0 条\n"


def test_count_gives_the_number_alone(search):
    assert search("--count", "--", "-打桩") == "2\n"


def test_json_gives_one_object_a_line(search):
    rows = [json.loads(line) for line in search("打桩 OR 楼道", "--json", "--order", "oldest").splitlines()]

    assert [row["text"][:4] for row in rows] == ["楼道刷新", "白天打桩", "夜里还在"]
    assert rows[2]["projects"] == ["renewal"]
    assert rows[0]["sentiment"] == "positive"
    assert rows[0]["published_at"].endswith("+00:00")


def test_a_wrong_query_says_where_and_gives_no_result(search):
    with pytest.raises(LanguageError, match="第 4 个字“向阳”不是登记或约定的项目。可用：向阳小区改造、滨江路"):
        search("项目:向阳")
