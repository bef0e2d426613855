import json
import shutil
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from app.bootstrap import Office
from app.cli import cli
from indexer.language import LanguageError
from minsheng.errors import ModelUnusable, NotComparable
from models.open import SHIPPED_FOLDER

PROJECTS = """\
departments:
  - {id: housing, name: 住建局, recipients: [housing@office.example]}
projects:
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
            make_labelled("路灯坏了三天", id="asked", vector=(100, 0)),
            make_labelled("路灯三天不亮", id="same", vector=(100, 20)),
            make_labelled("路灯不太亮", id="near", vector=(100, 100), projects=()),
            make_labelled("旧版本读入的", id="old"),
        ]
    )
    office.close()
    return tmp_path


@pytest.fixture
def similar(folder):
    def run(*arguments):
        done = CliRunner().invoke(cli, ["similar", "-C", str(folder), *arguments], env={"COLUMNS": "200"})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return run


def test_the_most_similar_are_listed_with_their_similarity(similar):
    shown = similar("asked")

    assert "相近的 2 条；另有 1 条没有可比的意思向量" in shown
    assert shown.index("相近度 0.98") < shown.index("路灯三天不亮") < shown.index("相近度 0.71")


def test_json_gives_one_object_a_line_with_the_similarity(similar):
    rows = [json.loads(line) for line in similar("asked", "--json").splitlines()]

    assert [(row["id"], row["similarity"]) for row in rows] == [("same", 0.980581), ("near", 0.707107)]


def test_filters_floor_and_limit_narrow_the_list(similar):
    assert "路灯不太亮" not in similar("asked", "--within", "项目:滨江路")
    assert "路灯不太亮" not in similar("asked", "--floor", "0.8")
    assert "相近的 1 条" in similar("asked", "--limit", "1")


def test_what_cannot_be_compared_is_said(similar):
    with pytest.raises(NotComparable, match="no post 'gone'"):
        similar("gone")
    with pytest.raises(NotComparable, match="post old has no vector"):
        similar("old")
    with pytest.raises(LanguageError):
        similar("asked", "--within", "(")


@pytest.mark.parametrize("arguments", [(), ("asked", "--text", "路灯"), ("--text", "  ")])
def test_either_a_post_or_a_text_is_wanted(similar, arguments):
    assert "give the id of a post, or --text" in similar(*arguments)


def test_a_text_finds_what_means_the_same(folder, similar, make_labelled):
    office = Office(folder, {})
    reader = office.model
    texts = ["小区停水三天了，一直没有人管", "请问地铁五号线何时开通"]
    readings = reader.read(texts)
    office.index.add(
        make_labelled(text, id=text, vector=reading.vector) for text, reading in zip(texts, readings, strict=True)
    )
    office.close()

    shown = similar("--text", "小区停水三天了,没人管")

    assert "相近的 1 条；另有 4 条没有可比的意思向量" in shown
    assert texts[0] in shown


def test_a_model_folder_that_cannot_compare_is_named(folder, similar, tmp_path):
    bare = shutil.copytree(SHIPPED_FOLDER, tmp_path / "bare", ignore=shutil.ignore_patterns("likeness*"))
    (folder / "minsheng.yml").write_text(f"office: 江临市联络办\nmodel: {bare}\n", encoding="utf-8")

    with pytest.raises(ModelUnusable, match="model bare finds no meaning .* has no likeness.safetensors"):
        similar("--text", "小区停水")
