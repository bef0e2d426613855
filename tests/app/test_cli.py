import json
from datetime import timedelta

from typer.testing import CliRunner

from app.cli import cli


def test_the_whole_job_by_hand(minsheng, deployment, first_day):
    crawled = minsheng("crawl")
    again = minsheng("crawl", "replies")
    ingested = minsheng("ingest")
    watched = minsheng("watch")
    explained = minsheng("explain", "renewal")
    briefed = minsheng("brief", "weekly", "--until", f"{first_day + timedelta(days=20):%Y-%m-%d}")
    sources = minsheng("sources")

    assert "正常，160 条" in crawled.stdout
    assert "正常，0 条" in again.stdout
    assert "新增 220 条" in ingested.stdout
    assert "向阳小区改造" in watched.stdout
    assert "邮件发出" in watched.stdout
    assert "满意率" in explained.stdout
    assert sorted(path.suffix for path in (deployment / "var" / "briefings").glob("weekly-*")) == [
        ".docx",
        ".html",
        ".json",
    ]
    assert "已写" in briefed.stdout
    assert "replies" in sources.stdout
    stored = b"".join(path.read_bytes() for path in (deployment / "var").rglob("*") if path.is_file())
    assert b"13800000" not in stored


def test_an_error_is_one_line_and_exit_code_2(minsheng):
    done = minsheng("explain", "renewel", code=2)

    assert "did you mean 'renewal'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_source_is_answered_with_the_nearest(minsheng):
    assert "did you mean 'replies'" in minsheng("crawl", "replys", code=2).stderr


def test_an_empty_inbox_says_what_to_do(minsheng):
    assert "minsheng crawl" in minsheng("ingest").stdout


def test_a_file_is_imported_and_its_bad_rows_are_set_aside(minsheng, deployment, tmp_path):
    table = tmp_path / "comments.csv"
    table.write_text(
        "编号,内容,时间,昵称\n1,向阳小区太吵,2026-01-05 09:00,某人\n2,,2026-01-05,某人\n3,向阳小区很好,不知道,某人\n",
        encoding="utf-8",
    )

    done = minsheng("import", str(table), "--source", "survey")

    assert "1 条进入收件箱，2 行另存" in done.stdout
    assert "昵称" in done.stdout
    (rejects,) = (deployment / "var" / "rejects").iterdir()
    assert len([json.loads(line)["reason"] for line in rejects.read_text("utf-8").splitlines()]) == 2
    assert "某人" not in "".join(p.read_text("utf-8") for p in (deployment / "var" / "inbox").iterdir())
    assert "导入 comments.csv" in minsheng("sources").stdout


def test_rules_are_listed_with_their_thresholds(minsheng):
    done = minsheng("rules")

    assert "divergence" in done.stdout
    assert "=" in done.stdout


def test_the_doctor_finds_a_healthy_deployment_healthy(minsheng):
    done = minsheng("doctor")

    assert "待修" not in done.stdout


def test_the_doctor_names_what_to_mend_and_goes_on(minsheng, deployment):
    (deployment / "claims" / "c.yml").write_text("claims:\n  - idd: x\n", encoding="utf-8")

    done = minsheng("doctor", code=1)

    assert "unknown key 'idd'" in done.stdout.replace("\n", "")
    assert "剩余" in done.stdout


def test_a_source_in_trouble_gives_exit_code_1_and_the_reason(minsheng, deployment):
    path = deployment / "sources" / "votes" / "source.yml"
    path.write_text(path.read_text("utf-8").replace("li.thread", "li.gone"), encoding="utf-8")

    done = minsheng("crawl", "votes", code=1)

    assert "页面改版" in done.stdout


def test_a_deployment_without_sources_says_what_to_do(minsheng, deployment):
    for path in (deployment / "sources").glob("*/source.yml"):
        path.unlink()

    assert "minsheng import" in minsheng("sources").stdout
    assert "docs/sources.md" in minsheng("crawl", code=2).stderr


def test_init_makes_a_deployment_and_refuses_a_second_time(tmp_path):
    runner = CliRunner()

    first = runner.invoke(cli, ["init", str(tmp_path / "new")])
    second = runner.invoke(cli, ["init", str(tmp_path / "new")])

    assert first.exit_code == 0
    assert "doctor" in first.stdout
    assert "is there already" in str(second.exception)
