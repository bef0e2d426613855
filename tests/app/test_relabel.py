"""Stored posts are read again by the configured model: in place, in parts, and on from where a kill left it."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from app.bootstrap import Office
from app.cli import cli
from app.lock import held, only_one
from app.relabel import BATCH, relabel, waiting
from indexer.base import Query, Share
from indexer.conditions import EVERYTHING, Among, Any, Holds
from indexer.memory import MemoryIndex
from minsheng.correcting import Change
from minsheng.domain import Department, Opinion, Project
from minsheng.errors import ConfigError
from models.base import TextReading
from models.duplicates import ClusterStore
from models.linker import ProjectLinker
from models.open import SHIPPED_FOLDER
from models.reader import Reader
from models.version import version_of

NOW = datetime(2026, 3, 10, tzinfo=UTC)
PROJECTS = """\
departments:
  - {id: housing, name: 住建局, recipients: [housing@office.example]}
projects:
  - {id: renewal, name: 向阳小区改造, aliases: [向阳小区], region: 城东区, department: housing}
"""


class GladModel:
    """Finds everything positive; can stop in the middle, and tells what stood in the index while it read."""

    name, version, calibration, unsure = "glad", "glad@2", None, 0.0

    def __init__(self, stop_after=None, meanwhile=None):
        self.texts, self._stop_after, self._meanwhile = [], stop_after, meanwhile

    def read(self, texts, progress=None):
        del progress
        if self._stop_after is not None and len(self.texts) >= self._stop_after:
            raise KeyboardInterrupt
        self.texts += texts
        if self._meanwhile:
            self._meanwhile()
        return [TextReading(Opinion(0.0, 0.1, 0.9), "health", "service", "praise", 1.0) for _ in texts]


@pytest.fixture
def reader_of(tmp_path):
    stores = []

    def make(model):
        stores.append(ClusterStore(tmp_path / "clusters.sqlite"))
        project = Project("renewal", "向阳小区改造", (), "城东区", Department("housing", "住建局", ()))
        return Reader(model, ProjectLinker([project]), stores[-1])

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def index(make_labelled):
    filled = MemoryIndex()
    filled.add([make_labelled(f"第{n}盏路灯坏了", id=f"f:{n}", cluster="f:0", model="sad@1") for n in range(600)])
    return filled


def test_readings_projects_and_model_are_those_of_now_and_all_else_stays(
    index, reader_of, tmp_path, make_labelled, now
):
    corrected = index.correct("f:1", [Change("sentiment", ("neutral",))], now)
    index.add([make_labelled("向阳小区改造很好", id="f:x", projects=("road",))])
    before = {each.post.id: each for each in index.stream(Query())}

    report = relabel(waiting(EVERYTHING, "glad@2"), index, reader_of(GladModel()), tmp_path / "lock")

    after = {each.post.id: each for each in index.stream(Query())}
    assert {each.post for each in after.values()} == {each.post for each in before.values()}
    assert index.facet(Query(), "model") == {"glad@2": 601}
    assert index.get("f:x").reading.projects == ("renewal",)
    assert {each.reading.cluster for each in after.values()} == {"f:0", "f:x"}
    assert index.get("f:1").corrections == corrected.corrections
    assert index.facet(Query(), "sentiment") == {"positive": 600, "neutral": 1}
    assert (report.posts, report.left) == (601, 0)
    assert report.changes["sentiment", ("negative",), ("positive",)] == 601
    assert report.changes["project", ("road",), ()] == 600
    assert report.changes["project", ("road",), ("renewal",)] == 1


def test_what_the_model_has_read_is_not_read_again_unless_that_is_wished(index, reader_of, tmp_path):
    first, second, third = GladModel(), GladModel(), GladModel()
    relabel(waiting(EVERYTHING, "glad@2"), index, reader_of(first), tmp_path / "lock")

    again = relabel(waiting(EVERYTHING, "glad@2"), index, reader_of(second), tmp_path / "lock")
    relabel(waiting(Holds("第7盏"), "glad@2", again=True), index, reader_of(third), tmp_path / "lock")

    assert (again.posts, second.texts) == (0, [])
    assert third.texts == ["第7盏路灯坏了"]


def test_a_query_chooses_what_is_read(index, reader_of, tmp_path):
    chosen = Any((Holds("第5盏"), Holds("第77盏")))

    report = relabel(waiting(chosen, "glad@2"), index, reader_of(GladModel()), tmp_path / "lock")

    assert report.posts == index.count(Query(where=Among("model", ("glad@2",)))) == 2


def test_a_run_that_was_stopped_goes_on_where_it_was(index, reader_of, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        relabel(waiting(EVERYTHING, "glad@2"), index, reader_of(GladModel(stop_after=BATCH)), tmp_path / "lock")
    assert index.count(Query(where=Among("model", ("glad@2",)))) == BATCH

    report = relabel(waiting(EVERYTHING, "glad@2"), index, reader_of(GladModel()), tmp_path / "lock")

    assert report.posts == 600 - BATCH
    assert index.facet(Query(), "model") == {"glad@2": 600}


def test_parts_read_every_post_once(index, reader_of, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    models = [GladModel() for _ in range(3)]
    query = waiting(EVERYTHING, "glad@2")

    for n, model in enumerate(models):
        relabel(query, index, reader_of(model), tmp_path / "lock", share=Share(n, 3))

    assert sorted(text for model in models for text in model.texts) == sorted(f"第{n}盏路灯坏了" for n in range(600))
    assert index.facet(Query(), "model") == {"glad@2": 600}
    assert "relabelled part=3/3 posts=" in caplog.text
    assert "路灯" not in caplog.text


def test_a_post_edited_or_deleted_while_the_model_reads_is_left_alone(index, reader_of, tmp_path, make_labelled):
    def meanwhile():
        edited = make_labelled("修好了", id="f:3", model="sad@1")
        index.add([replace(edited, post=replace(edited.post, published_at=index.get("f:4").post.published_at))])
        index.delete(["f:5"])

    report = relabel(waiting(EVERYTHING, "glad@2"), index, reader_of(GladModel(meanwhile=meanwhile)), tmp_path / "lock")

    assert index.get("f:3").post.text == "修好了"
    assert index.get("f:5") is None
    assert index.get("f:3").reading.model == "sad@1"
    assert report.left == 2


def test_while_a_batch_is_written_no_other_may_hold_the_lock_of_ingest(index, reader_of, tmp_path):
    lock = tmp_path / "ingest.lock"
    seen = []

    class Watched(MemoryIndex):
        def relabel(self, posts):
            with pytest.raises(ConfigError, match="already runs"), only_one(lock, "it"):
                pass
            seen.append(len(posts))
            return super().relabel(posts)

    watched = Watched()
    watched.add(index.stream(Query()))

    def the_lock_is_free():
        with held(lock):
            pass

    model = GladModel(meanwhile=the_lock_is_free)
    relabel(waiting(EVERYTHING, "glad@2"), watched, reader_of(model), lock)

    assert seen == [BATCH, BATCH, 600 - 2 * BATCH]


@pytest.fixture
def folder(tmp_path, make_labelled):
    """A deployment with comments that an older model read."""
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "p.yml").write_text(PROJECTS, encoding="utf-8")
    (tmp_path / "minsheng.yml").write_text("office: 江临市联络办\nmodel_threads: 1\n", encoding="utf-8")
    office = Office(tmp_path, {}, lambda: NOW)
    texts = ("向阳小区{}栋楼道漏水没人管，已经反映了多次", "{}路公交车准时多了，为司机点赞", "请问{}号地铁何时开工")
    office.index.add(
        make_labelled(
            texts[n % 3].format(n), id=f"f:{n}", cluster=f"f:{n // 2}", model="civic", neutral=0.9, negative=0.05
        )
        for n in range(1500)
    )
    office.index.correct("f:0", [Change("sentiment", ("positive",))], NOW, "试")
    office.close()
    return tmp_path


def all_posts(folder):
    office = Office(folder, {}, lambda: NOW)
    found = {each.post.id: each for each in office.index.stream(Query())}
    office.close()
    return found


def start(folder, *arguments):
    log = (folder / "log.txt").open("a")
    command = [sys.executable, "-m", "app.cli", "relabel", *arguments, "-C", str(folder)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MINSHENG_")}
    return subprocess.Popen(command, stdout=log, stderr=log, env=environment | {"NO_COLOR": "1", "COLUMNS": "150"})


@pytest.mark.timeout(300)
def test_killed_again_and_again_it_ends_as_if_undisturbed(folder):
    before = all_posts(folder)
    version = version_of(SHIPPED_FOLDER)
    done = [0]

    for _ in range(4):
        process = start(folder)
        ends = time.monotonic() + 60
        while time.monotonic() < ends and process.poll() is None and number_read(folder, version) <= done[-1]:
            time.sleep(0.05)
        process.kill()
        process.wait()
        done.append(number_read(folder, version))
    last = start(folder)
    assert last.wait(timeout=200) == 0

    assert 0 < done[1] < done[4] < 1500, "each run went on where the one before was killed"
    after = all_posts(folder)
    assert {each.reading.model for each in after.values()} == {version}
    assert {key: each.post for key, each in after.items()} == {key: each.post for key, each in before.items()}
    assert all(after[key].reading.cluster == before[key].reading.cluster for key in before)
    assert after["f:0"].corrections == before["f:0"].corrections
    assert after["f:3"].reading.projects == ("renewal",)
    (rest,) = re.findall(r"重新判读 ([\d,]+) 条", (folder / "log.txt").read_text(encoding="utf-8"))
    assert int(rest.replace(",", "")) == 1500 - done[4]


def number_read(folder, version):
    office = Office(folder, {}, lambda: NOW)
    number = office.index.count(Query(where=Among("model", (version,))))
    office.close()
    return number


@pytest.fixture
def run(folder):
    def call(*arguments, code=0):
        done = CliRunner().invoke(cli, [*arguments, "-C", str(folder)], env={"COLUMNS": "160"})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code
        return done.stdout

    return call


def test_a_dry_run_says_how_many_and_who_read_them(run, folder):
    said = run("relabel", "公交", "--dry-run")

    assert f"500 条要由 {version_of(SHIPPED_FOLDER)} 重新判读" in said
    assert "500 条现由 civic 判读" in said
    assert {each.reading.model for each in all_posts(folder).values()} == {"civic"}


def test_the_report_counts_what_changed_into_what(run):
    said = run("relabel", "第 OR 司机 -反映")

    assert "重新判读 500 条" in said
    assert re.search(r"情感\s+│\s+中性\s+│\s+正面\s+│\s+\d+", said)
    assert "项目" in said
    assert json.loads(run("search", "司机", "--json", "--limit", "1"))["model"] == version_of(SHIPPED_FOLDER)


@pytest.mark.parametrize("part", ["0/2", "3/2", "2", "a/b", "1/65537"])
def test_a_part_that_cannot_be_is_refused(run, part):
    with pytest.raises(ConfigError, match="wants which part of how many"):
        run("relabel", "--part", part)


def test_the_same_part_twice_at_once_is_refused(run, folder):
    with (
        only_one(folder / "var" / "relabel-2-of-4.lock", "this relabelling"),
        pytest.raises(ConfigError, match="already runs"),
    ):
        run("relabel", "--part", "2/4")
