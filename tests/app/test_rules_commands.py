"""``minsheng rules``: the schema, a rule on the past of a real deployment, and what explain says of alerts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from alerts.replay import LOOK_BACK as REPLAYED_BACK
from alerts.rules import RULES
from app.bootstrap import Office
from app.cli import cli
from app.explaining import explain_project
from app.replaying import Trial, asked_window, try_rule
from app.watch import LOOK_BACK as WATCHED_BACK
from app.work import watch_projects
from indexer.portable import dump_labelled
from minsheng.domain import BEIJING, Opinion, Window
from minsheng.errors import ConfigError

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
REGISTER = """\
departments: [{id: housing, name: 住建局}]
projects: [{id: road, name: 滨江路, region: 城西区, department: housing}]
"""
CLAIM = """\
claims:
- {id: c1, project: road, text: 居民满意率达98%, kind: satisfaction, status: level, value: 98%, reviewed: true,
   source_url: "http://gov.example/1", publisher: 住建局, date: 2026-01-20}
"""


def complaint(make, number, days):
    moment = NOW - timedelta(days=days, minutes=number)
    return make(
        f"第{number}次反映滨江路坑洼", id=f"forum:{number}", published_at=moment, thread=f"http://forum.example/{number}",
        source=("forum", "board")[number % 2], negative=0.97, neutral=0.02, positive=0.01, model="civic",
    )  # fmt: skip


@pytest.fixture
def home(tmp_path, make_labelled):
    """A deployment whose comments turn bad after a claim; its clock stands still."""
    for name, text in (("projects/p.yml", REGISTER), ("claims/c.yml", CLAIM)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "minsheng.yml").write_text("office: 联络办\n", encoding="utf-8")
    office = Office(tmp_path, {}, now=lambda: NOW)
    office.index.add([complaint(make_labelled, n, 40 - n / 4) for n in range(120)])
    office.close()
    return tmp_path


@pytest.fixture
def office(home):
    opened = Office(home, {}, now=lambda: NOW)
    yield opened
    opened.close()


def written(folder):
    """Everything lasting under var except what SQLite keeps beside an open index."""
    return {p.name: p.read_bytes() for p in (folder / "var").rglob("*") if p.is_file() and "index" not in p.name}


def run(*words):
    return CliRunner().invoke(cli, ["rules", *words], catch_exceptions=False)


def test_a_dry_run_says_when_the_rule_would_have_fired_and_writes_nothing(office, home):
    before = written(home)
    window = Window(NOW - timedelta(days=35), NOW)

    (found,) = try_rule(office, RULES["divergence"](), list(office.register.projects.values()), Trial(window, every=5))

    (opening,) = found.openings
    assert 0 < found.fired < found.days
    assert opening.day > (NOW - timedelta(days=35)).date()
    assert opening.finding.claim.id == "c1"
    assert opening.closed is None
    assert office.alerts.alerts() == []
    assert office.alerts.findings() == []
    changed = {name for name, content in written(home).items() if before.get(name) != content}
    assert changed <= {"alerts.sqlite", "alerts.sqlite-wal", "alerts.sqlite-shm", "crawls.sqlite", "claims.sqlite",
                       "crawls.sqlite-wal", "crawls.sqlite-shm", "claims.sqlite-wal", "claims.sqlite-shm"}  # fmt: skip


def test_a_file_of_posts_can_stand_in_for_the_index(office, tmp_path, make_labelled):
    calm = [complaint(make_labelled, n, 30) for n in range(60)]
    calm = [replace(one, reading=replace(one.reading, opinion=Opinion(0.02, 0.03, 0.95))) for one in calm]
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(map(dump_labelled, calm)), encoding="utf-8")
    trial = Trial(Window(NOW - timedelta(days=10), NOW), every=5, data=file)

    (found,) = try_rule(office, RULES["divergence"](), list(office.register.projects.values()), trial)

    assert (found.fired, found.openings) == (0, ())
    assert found.matters == 1


def test_a_broken_file_of_posts_names_the_line(office, tmp_path):
    file = tmp_path / "posts.jsonl"
    file.write_text("{}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"posts.jsonl:1: not a labelled post"):
        try_rule(office, RULES["surge"](), (), Trial(Window(NOW - timedelta(days=9), NOW), data=file))


def test_a_replay_looks_as_far_back_as_the_watch():
    assert REPLAYED_BACK == WATCHED_BACK


def test_a_span_must_lie_in_the_past():
    with pytest.raises(ConfigError, match="before now"):
        asked_window(NOW + timedelta(days=1), None, NOW)
    assert asked_window(NOW - timedelta(days=9), NOW + timedelta(days=9), NOW).until == NOW


def test_the_command_tries_a_candidate_file_and_answers_in_json(home, tmp_path):
    candidate = tmp_path / "divergence.yml"
    candidate.write_text("min_effective: 5000\n", encoding="utf-8")
    span = ("--since", "2026-02-20", "--until", "2026-03-08", "--every", "5", "--json", "-C", str(home))

    usual, lax = (json.loads(run("test", rule, *span).stdout) for rule in ("divergence", str(candidate)))

    assert usual[0]["days"] == lax[0]["days"] == 4
    assert usual[0]["openings"][0]["target"] == "c1"
    assert lax[0]["openings"] == []


def test_the_command_says_in_words_what_would_have_been_alerted(home):
    said = run("test", "divergence", "--since", "2026-02-20", "--until", "2026-03-08", "--every", "5", "-C", str(home))

    assert "未写任何状态，未发邮件" in said.stdout
    assert "会提示 1 次，其中单独发信 1 封" in said.stdout.replace("\n", "")


def test_the_schema_is_json_that_an_editor_can_use():
    one, every = json.loads(run("schema", "surge").stdout), json.loads(run("schema").stdout)

    assert one["properties"]["min_ratio"]["default"] == 2.0
    assert set(every["properties"]) == set(RULES)


def test_explain_says_value_threshold_life_and_until_when_no_mail_goes(office):
    (office.folders.root / "rules").mkdir()
    (office.folders.root / "rules" / "divergence.yml").write_text("rho_max: 12\n", encoding="utf-8")
    watch_projects(office)
    alert = office.alerts.alerts()[-1]
    office.alerts.silence(alert.id, NOW + timedelta(days=3), "施工中", NOW)

    found = explain_project(office, "road")

    matter = next(one for one in found.matters if one.alert is not None and one.alert.id == alert.id)
    assert matter.last.evidence.share == matter.now.evidence.share
    assert matter.quiet_until == NOW + timedelta(days=3)
    rho = next(one for one in found.thresholds["divergence"] if one.key == "rho_max")
    assert (rho.value, rho.is_set) == (12, True)
    assert found.asks.unknown == 13


def test_explain_prints_all_of_that(home, office):
    watch_projects(office)

    said = CliRunner().invoke(cli, ["explain", "road", "-C", str(home)], catch_exceptions=False).stdout

    assert "门槛：" in said
    assert "rho_max=10.0" in said
    assert "上次比对（看到 2026-03-10 12:00）" in said
    assert "决定之前公开征求过意见：不知道" in said
    assert f"{NOW.astimezone(BEIJING):%Y}" in said
