"""Corrections from the command line to search, export and training; what they must never move."""

import json
import multiprocessing
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from alerts.prevalence import measure
from alerts.rules import load_rules
from app.bootstrap import Office
from app.cli import cli
from app.watch import Surroundings, watch
from briefings.figures import comments
from indexer.base import Query
from indexer.memory import MemoryIndex
from indexer.sqlite import SqliteIndex
from minsheng.correcting import VALUES, Change
from minsheng.domain import Calibration, Claim, ClaimKind, ClaimStatus, Department, Project, Source, Window
from minsheng.errors import ConfigError
from models.evaluation.sets import read_file

NOW = datetime(2026, 3, 10, tzinfo=UTC)
PROJECTS = """\
departments:
  - {id: housing, name: 住建局, recipients: [housing@office.example]}
projects:
  - {id: renewal, name: 向阳小区改造, aliases: [向阳小区, 沿江], region: 城东区, department: housing}
  - {id: road, name: 滨江路, aliases: [沿江], region: 城西区, department: housing}
"""
CALIBRATION = Calibration(
    "test",
    ((0.85, 0.1, 0.05), (0.1, 0.8, 0.15), (0.05, 0.1, 0.8)),
    ((90, 8, 2), (8, 80, 6), (2, 12, 32)),
)


@pytest.fixture
def folder(tmp_path, make_labelled):
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "p.yml").write_text(PROJECTS, encoding="utf-8")
    (tmp_path / "minsheng.yml").write_text("office: 江临市联络办\n", encoding="utf-8")
    office = Office(tmp_path, {}, lambda: NOW)
    office.index.add(
        [
            make_labelled("路灯坏了", id="forum:a", projects=("road",), unsure=True),
            make_labelled("施工队真负责", id="forum:b", projects=("renewal",)),
            make_labelled("施工队真负责", id="forum:c", projects=("renewal",)),
        ]
    )
    office.close()
    return tmp_path


@pytest.fixture
def run(folder):
    def call(*arguments, code=0):
        done = CliRunner().invoke(cli, [*arguments, "-C", str(folder)], env={"COLUMNS": "200"})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code
        return done.stdout

    return call


@pytest.fixture
def index(folder):
    opened = SqliteIndex(folder / "var" / "index.sqlite")
    yield opened
    opened.close()


def test_a_label_is_corrected_in_the_words_of_the_office_and_listed_with_its_history(run):
    said = run(
        "correct",
        "forum:a",
        "--sentiment",
        "中性",
        "--project",
        "向阳小区",
        "--aspect",
        "safety",
        "--why",
        " 只是询问 ",
    )

    assert "情感：拿不准 → 中性（只是询问）" in said
    assert "项目：滨江路 → 向阳小区改造（只是询问）" in said
    assert "方面：工程质量 → 安全" in said
    run("correct", "forum:a", "--withdraw", "情感")
    listed = run("corrections")
    assert "情感：中性 → 撤回更正" in listed
    assert "共 1 条" in listed
    (row,) = map(json.loads, run("corrections", "--json").splitlines())
    assert row["label"]["project"] == ["renewal"]
    assert row["reading"]["project"] == ["road"]
    assert row["label"]["sentiment"] == ["unsure"]
    assert [each["after"] for each in row["history"]] == [["neutral"], ["safety"], ["renewal"], None]
    assert set(row["history"][0]) == {"at", "field", "before", "after", "why"}


def test_search_finds_and_says_what_was_corrected(run):
    run("correct", "forum:a", "--sentiment", "positive", "--no-project")

    shown = run("search", "更正:情感 情感:正面")

    assert "正面  未归入项目" in shown
    assert "人工更正：情感（模型：拿不准）、项目（模型：滨江路）" in shown
    assert json.loads(run("search", "更正:有", "--json"))["corrected"] == ["sentiment", "project"]
    assert run("search", "更正:项目 项目:滨江路", "--count") == "0\n"


def test_the_reason_is_masked_like_any_text(run, index):
    run("correct", "forum:a", "--sentiment", "中性", "--why", "本人来电说明 13800138000\n不是投诉")

    (correction,) = index.get("forum:a").corrections
    assert "13800138000" not in correction.why
    assert correction.why.endswith("不是投诉")
    assert "\n" not in correction.why


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["forum:a"], "nothing to correct"),
        (["forum:x", "--topic", "其他"], "no post 'forum:x'"),
        (["forum:a", "--sentiment", "拿不准"], "--sentiment 拿不准"),
        (["forum:a", "--project", "没有的"], "没有这样的项目"),
        (["forum:a", "--project", "沿江"], "几个项目都这样叫，请写编号：renewal、road"),
        (["forum:a", "--project", "road", "--no-project"], "contradict"),
        (["forum:a", "--topic", "其他", "--withdraw", "topic"], "topic is given twice"),
        (["forum:a", "--withdraw", "正文"], "no such field"),
        (["forum:a", "--topic", "其他", "--why", "很" * 501], "501 characters"),
    ],
)
def test_what_cannot_be_corrected_is_said_and_changes_nothing(run, index, arguments, said):
    with pytest.raises(ConfigError, match=said):
        run("correct", *arguments)

    assert index.facet(Query(), "corrected") == {}


def test_corrected_sentiments_become_rows_to_learn_from(run, folder, index):
    for name in "bc":
        run("correct", f"forum:{name}", "--sentiment", "正面", "--intent", "表扬感谢")
    run("correct", "forum:a", "--topic", "其他")
    edited = index.get("forum:a")
    target = folder / "taught.tsv"

    said = run("corrections", "--export", str(target))

    assert "1 条。未写：没有更正情感 1，更正后原文已改 0，与他条同文 1" in said
    assert target.read_text(encoding="utf-8").splitlines() == [
        "text\tsentiment\taspect\tintent\tsource",
        "施工队真负责\tpos\t\tpraise\tcorrections",
    ]
    assert read_file(target).labels["sentiment"] == (2,)
    with pytest.raises(ConfigError, match="not there yet"):
        run("corrections", "--export", str(target))
    for name in "bc":
        changed = index.get(f"forum:{name}")
        index.add([replace(changed, post=replace(changed.post, text="换了一段话"))])
    index.add([edited])
    with pytest.raises(ConfigError, match="not written"):
        run("corrections", "--export", str(folder / "none.tsv"))


def _correct_many(path, name, field, values):
    index = SqliteIndex(path, busy_seconds=60)
    for n, value in enumerate(values):
        index.correct(name, [Change(field, (value,))], NOW + timedelta(seconds=n), f"第{n}次")
    index.close()


def test_two_processes_that_correct_one_post_at_once_lose_nothing(folder, index):
    path = folder / "var" / "index.sqlite"
    jobs = [("topic", VALUES["topic"] * 4), ("aspect", VALUES["aspect"] * 2)]
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_correct_many, args=(path, "forum:a", *job)) for job in jobs]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)

    assert [worker.exitcode for worker in workers] == [0, 0]
    history = index.get("forum:a").corrections
    for field, values in jobs:
        assert [each.after for each in history if each.field == field] == [(value,) for value in values]


def _random_changes(rng):
    chosen = [Change(name, (rng.choice(values),)) for name, values in VALUES.items() if rng.random() < 0.5]
    projects = tuple(rng.sample(["road", "park", "gone"], k=rng.randint(0, 3)))
    return [*chosen, Change("project", None if rng.random() < 0.2 else projects)]


def _without_quotes(findings):
    return [replace(each, evidence=replace(each.evidence, quotes=(), counter_quotes=())) for each in findings]


@pytest.mark.parametrize("seed", range(3))
def test_corrections_never_move_a_share_or_a_finding(tmp_path, make_labelled, now, seed):
    rng = random.Random(seed)
    index = MemoryIndex()
    project = Project("road", "滨江路", (), "城西区", Department("housing", "住建局", ()))
    index.add(_random_posts(rng, make_labelled, now))
    claim = Claim(
        "c", "road", "满意率达98%", ClaimKind.SATISFACTION, ClaimStatus.LEVEL, "http://gov.example/1", "住建局",
        now - timedelta(days=100), value=0.98, reviewed=True,
    )  # fmt: skip
    sources = {name: Source(name, name, "public", "") for name in ("forum", "board")}
    around = Surroundings((claim,), CALIBRATION, sources, dict.fromkeys(sources, ()))
    rules = load_rules(tmp_path / "rules")
    window = Window(now - timedelta(days=90), now)

    def judged():
        posts = comments(SimpleNamespace(index=index), window, "road")  # as briefings take them
        findings = watch((project,), rules, index, around, now)
        return measure(posts, CALIBRATION, seed=0), _without_quotes(findings)

    before = judged()
    for _ in range(150):
        index.correct(f"forum:{rng.randint(1, 300)}", _random_changes(rng), now)

    assert judged() == before
    assert before[0].prevalence.posts > 50
    assert any(finding.fired for finding in before[1])
    assert index.facet(Query(), "corrected")["sentiment"] > 50, "nothing that was corrected would prove nothing"
    assert index.count(Query(projects=("road",))) != index.count(Query(linked=("road",)))


def _random_posts(rng, make_labelled, now):
    for n in range(1, 301):
        negative = rng.random() ** 0.2
        yield make_labelled(
            f"第{n}条：{'坏了' * rng.randint(1, 9)}",
            id=f"forum:{n}",
            source=rng.choice(["forum", "board"]),
            negative=negative,
            neutral=(1 - negative) / 2,
            positive=(1 - negative) / 2,
            projects=tuple(rng.sample(["road", "park"], k=rng.randint(0, 2))),
            thread=f"t{rng.randint(0, 80)}",
            cluster=f"forum:{max(1, n - rng.choice([0, 0, 0, 1]))}",
            published_at=now - timedelta(hours=rng.randint(1, 24 * 80)),
        )
