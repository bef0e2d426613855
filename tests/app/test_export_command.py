import csv
import io
import json

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from app.cli import cli
from app.export_command import write_beside
from app.starter import init
from indexer.sqlite import SqliteIndex
from minsheng.errors import ConfigError, QueryError


@pytest.fixture
def office(tmp_path, make_labelled):
    """A deployment with 250 complaints and a word of praise."""
    folder = tmp_path / "office"
    init(folder)
    (folder / "var").mkdir(exist_ok=True)
    index = SqliteIndex(folder / "var" / "index.sqlite")
    index.add([make_labelled(f"=路灯坏了 {n}") for n in range(250)])
    index.add([make_labelled("谢谢", positive=0.9, negative=0.05)])
    index.close()
    return folder


@pytest.fixture
def run(office):
    def invoke(*arguments):
        return CliRunner().invoke(cli, ["export", *map(str, arguments), "-C", str(office)])

    return invoke


def csv_rows(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_all_posts_are_exported_in_each_format(run, tmp_path):
    done = [run(tmp_path / f"all.{ending}") for ending in ("csv", "XLSX", "jsonl")]

    assert [one.exit_code for one in done] == [0, 0, 0]
    assert "已写" in done[0].stdout
    assert "：251 条" in done[0].stdout
    assert len(csv_rows(tmp_path / "all.csv")) == 251 + 8
    assert load_workbook(tmp_path / "all.XLSX")["结果"].max_row == 252
    assert len((tmp_path / "all.jsonl").read_text("utf-8").splitlines()) == 252


def test_a_query_in_the_language_of_the_console_chooses_the_posts(run, tmp_path):
    run("情感:正面", "谢谢", tmp_path / "praise.jsonl", "--order", "oldest")

    head, row = map(json.loads, (tmp_path / "praise.jsonl").read_text("utf-8").splitlines())
    assert head["说明"]["检索条件"] == "情感:正面 谢谢；排序：旧的在前"
    assert row["正文"] == "谢谢"


def test_copies_are_listed_one_by_one_unless_folded(run, office, make_labelled, tmp_path):
    index = SqliteIndex(office / "var" / "index.sqlite")
    first = make_labelled("转发一段话")
    index.add([first, make_labelled("转发一段话", cluster=first.post.id)])
    index.close()

    run("转发", tmp_path / "single.csv")
    run("转发", tmp_path / "folded.csv", "--fold")

    assert len(csv_rows(tmp_path / "single.csv")) == 2 + 8
    assert len(csv_rows(tmp_path / "folded.csv")) == 1 + 8


def test_nothing_found_is_a_file_that_says_so(run, tmp_path):
    done = run("从未有人写过", tmp_path / "none.csv")

    assert done.exit_code == 0
    assert "没有符合条件的内容" in done.stdout
    assert "没有符合条件的内容" in (tmp_path / "none.csv").read_text("utf-8")


def test_a_file_is_overwritten_only_by_force(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("旧的", encoding="utf-8")

    refused = run(path)
    kept = path.read_text("utf-8")
    forced = run(path, "--force")

    assert isinstance(refused.exception, ConfigError)
    assert "--force" in str(refused.exception)
    assert kept == "旧的"
    assert forced.exit_code == 0
    assert len(csv_rows(path)) == 251 + 8


@pytest.mark.parametrize("name", ["a.xls", "a", "情感:负面", "a.csv.gz"])
def test_a_name_of_another_format_is_refused_before_any_work(run, tmp_path, name):
    done = run(tmp_path / name)

    assert isinstance(done.exception, ConfigError)
    assert ".csv or .xlsx or .jsonl" in str(done.exception)
    assert not (tmp_path / name).exists()


def test_a_folder_is_not_a_file(run, tmp_path):
    (tmp_path / "a.csv").mkdir()

    assert "is a folder" in str(run(tmp_path / "a.csv", "--force").exception)


def test_a_wrong_query_writes_nothing(run, tmp_path):
    done = run("情感:愤怒", tmp_path / "a.csv")

    assert isinstance(done.exception, QueryError)
    assert not (tmp_path / "a.csv").exists()


def test_a_failure_half_way_leaves_what_was_there_and_nothing_beside_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("旧的", encoding="utf-8")

    def chunks():
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(ConfigError, match="No space left"):
        write_beside(path, chunks())

    assert path.read_text("utf-8") == "旧的"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_written_into_a_new_folder(tmp_path):
    write_beside(tmp_path / "new" / "a.csv", [b"one", b"", b"two"])

    assert (tmp_path / "new" / "a.csv").read_bytes() == b"onetwo"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.csv"]
