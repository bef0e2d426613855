"""The ledger from the command line: from official posts to claims that rules see."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from app.bootstrap import Office
from app.claim_work import propose_claims
from app.cli import cli
from app.retention import retain, withdraw
from crawlers.inbox import InboxWriter
from indexer.sqlite import SqliteIndex
from minsheng.domain import Claim, Kind

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PROJECTS = """\
departments: [{id: housing, name: 住建局, recipients: [housing@office.example]}]
projects:
  - {id: renewal, name: 向阳小区改造, aliases: [向阳小区], region: 城东区, department: housing}
  - {id: road, name: 滨江路, region: 城西区, department: housing}
"""
RELEASE = "向阳小区改造已全部完工。据第三方抽样调查1200户，居民满意率达95%以上。"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "office"
    (folder / "projects").mkdir(parents=True)
    (folder / "projects" / "p.yml").write_text(PROJECTS, encoding="utf-8")
    (folder / "minsheng.yml").write_text("retention: {days: 100}\n", encoding="utf-8")
    return folder


@pytest.fixture
def office(folder):
    opened = Office(folder, {}, now=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def release(make_labelled):
    def make(text=RELEASE, **fields):
        values = {
            "id": "gov:1",
            "source": "gov",
            "kind": Kind.OFFICIAL,
            "projects": ("renewal",),
            "url": "http://gov.example/1",
        }
        return make_labelled(text, **(values | fields))

    return make


@pytest.fixture
def run(folder):
    def run_(*arguments, code=0):
        done = CliRunner().invoke(cli, ["claims", *arguments, "-C", str(folder)])
        assert done.exit_code == code, f"{done.output}\n{done.exception}"
        return done

    return run_


def rows(done):
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_a_release_becomes_claims_only_by_a_person(office, release, run):
    propose_claims(office, [release()])
    done, satisfied = sorted(rows(run("list", "--json")), key=lambda row: row["kind"])

    before = office.claims
    run("accept", satisfied["id"], "--value", "95.5%", "--bound", "exact", "--json")
    run("reject", done["id"], "--reason", "表述不完整")

    assert before == ()
    (claim,) = office.claims
    assert isinstance(claim, Claim)
    assert (claim.value, claim.reviewed, claim.survey_size) == (0.955, True, 1200)
    assert rows(run("list", "--state", "rejected", "--json"))[0]["id"] == done["id"]


def test_what_was_decided_is_not_proposed_again(folder, release, run):
    index = SqliteIndex(folder / "var" / "index.sqlite")
    index.add([release(), release("网友您好，向阳小区改造已全部完工。", id="gov:2", reply_to="board:1")])
    index.close()

    first = rows(run("propose", "--json"))
    for row in first:
        run("reject", row["id"], "--reason", "重复")
    again = rows(run("propose", "--json"))
    with_replies = rows(run("propose", "--replies", "--json"))

    assert [row["origin"] for row in first] == ["gov:1", "gov:1"]
    assert again == []
    assert [row["origin"] for row in with_replies] == ["gov:2"]


def test_a_claim_of_the_same_page_in_a_file_is_not_proposed(folder, office, release):
    (folder / "claims").mkdir()
    (folder / "claims" / "c.yml").write_text(
        "claims:\n  - {id: c1, project: renewal, text: 居民满意率达95%, kind: satisfaction, status: level, value: 95%,"
        " source_url: 'http://gov.example/1', publisher: 住建局, date: 2026-03-01, reviewed: true}\n",
        encoding="utf-8",
    )

    proposed = propose_claims(office, [release()])

    assert [entry.claim.kind.value for entry in proposed] == ["completion"]
    assert [claim.id for claim in office.claims] == ["c1"]


def test_an_accepted_claim_of_a_project_that_left_the_register_rests(folder, office, release, run):
    (entry, _) = propose_claims(office, [release()])
    run("accept", entry.id)

    (folder / "projects" / "p.yml").write_text(PROJECTS.replace("renewal", "renovation"), encoding="utf-8")

    assert Office(folder, {}).claims == ()


def test_show_tells_the_words_around_and_what_happened(office, release, run):
    (entry, _) = propose_claims(office, [release()])
    run("accept", entry.id)
    run("withdraw", entry.id, "--reason", "工程返工")

    shown = run("show", entry.id).stdout
    (row,) = rows(run("show", entry.id, "--json"))

    assert "居民满意率" in shown
    assert "http://gov.example/1" in shown
    assert [event["state"] for event in row["history"]] == ["proposed", "accepted", "withdrawn"]
    assert row["history"][-1]["reason"] == "工程返工"


def test_an_unknown_number_is_one_clear_error(run):
    done = CliRunner().invoke(cli, ["claims", "show", "c-1", "-C", "nowhere"])

    assert "not found" in str(done.exception)
    assert "the ledger is empty" in str(run("show", "c-1", code=1).exception)


def test_a_progress_table_becomes_proposals_and_its_bad_rows_are_kept(folder, run, tmp_path):
    book = Workbook()
    for row in (
        ["2026年民生实事项目进展情况表"],
        ["序号", "项目名称", "进展情况", "完成率", "完成时限", "联系人"],
        [1, "向阳小区改造", "已全部完工，联系电话13800001234", 1.0, "2026年6月底前", "张伟"],
        [2, "体育中心", "主体施工", 0.4, "", "李强"],
        [3, "滨江路", "雨污分流改造", "约一半", "", ""],
    ):
        book.active.append(row)
    book.save(tmp_path / "进展.xlsx")
    address = ("--source-url", "http://gov.example/table", "--date", "2026-03-01")

    (first,) = rows(run("import", str(tmp_path / "进展.xlsx"), *address, "--json"))
    again = run("import", str(tmp_path / "进展.xlsx"), *address).stdout

    assert [(row["project"], row["kind"], row["status"], row["value"]) for row in first["proposed"]] == [
        ("renewal", "completion", "level", 1.0),
        ("renewal", "completion", "goal", None),
    ]
    assert first["proposed"][1]["due"] == "2026年6月底前"
    assert [row["row"] for row in first["set_aside"]] == [4, 5]
    assert "no project of the register" in first["set_aside"][0]["reason"]
    assert "新提案 0 条，另存 2 行" in again
    stored = b"".join(path.read_bytes() for path in (folder / "var").rglob("*") if path.is_file())
    assert b"13800001234" not in stored
    assert "张伟".encode() not in stored


def test_a_progress_table_in_a_pdf_becomes_proposals_too(run):
    file = Path(__file__).resolve().parents[1] / "fixtures" / "pages" / "govboard" / "renewal.pdf"
    address = ("--source-url", "http://gov.example/table.pdf", "--date", "2026-03-01")

    (report,) = rows(run("import", str(file), *address, "--json"))

    assert [(row["project"], row["kind"], row["value"]) for row in report["proposed"]] == [
        ("renewal", "completion", 0.85)
    ]
    assert [row["row"] for row in report["set_aside"]] == [3]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--source-url", "ftp://x"), "public address"),
        (("--source-url", "http://g.example", "--publisher", "张伟"), "person"),
    ],
)
def test_a_table_needs_a_public_address_and_an_office(run, tmp_path, option, message):
    (tmp_path / "t.csv").write_text("项目名称,完成率\n滨江路,80%\n", encoding="utf-8")

    done = run("import", str(tmp_path / "t.csv"), "--date", "2026-03-01", *option, code=1)

    assert message in str(done.exception)


def test_retention_takes_old_proposals_and_leaves_what_was_accepted(folder, office, release):
    old = release("向阳小区改造日前通过竣工验收。居民满意率达91%。", published_at=NOW - timedelta(days=200))
    new = release(id="gov:2", published_at=NOW - timedelta(days=3))
    office.index.add([old, new])
    done, satisfied = propose_claims(office, [old])
    propose_claims(office, [new])
    office.ledger.accept(satisfied.id, NOW, projects=office.register.projects)

    report = retain(office)

    assert report.count("gov", "age", "claims") == 2
    left = {entry.id: entry for entry in office.ledger.entries()}
    assert done.id not in left
    assert left[satisfied.id].context == ""
    assert len(left) == 3
    assert "竣工验收".encode() not in (folder / "var" / "claims.sqlite").read_bytes()


def test_a_dry_run_counts_proposals_and_keeps_them(office, release):
    old = release(published_at=NOW - timedelta(days=200))
    office.index.add([old])
    propose_claims(office, [old])

    report = retain(office, dry_run=True)

    assert report.count("gov", "age", "claims") == 2
    assert len(office.ledger.entries()) == 2


def test_withdrawing_a_source_takes_all_its_proposals(office, release):
    office.index.add([release()])
    propose_claims(office, [release(), release(id="gov:gone")])

    withdraw(office, "gov")

    assert office.ledger.entries() == []


def test_ingest_proposes_and_a_repeated_ingest_doubles_nothing(minsheng, deployment, make_post):
    def put(run):
        writer = InboxWriter(deployment / "var" / "inbox", "gov", run)
        writer.write(
            make_post(
                "向阳小区改造日前通过竣工验收，居民满意率达96%。",
                id="gov:1",
                source="gov",
                kind=Kind.OFFICIAL,
                url="http://gov.example/1",
            )
        )
        writer.commit()

    put("20260310T030000Z-0000000a")
    minsheng("ingest")
    put("20260310T040000Z-0000000b")
    minsheng("ingest")
    listed = [json.loads(line) for line in minsheng("claims", "list", "--json").stdout.splitlines()]

    assert sorted((row["kind"], row["value"]) for row in listed if row["id"].startswith("c-")) == [
        ("completion", 1.0),
        ("satisfaction", 0.96),
    ]


def test_a_claim_of_a_file_is_shown_with_what_comments_say_of_it(minsheng):
    shown = minsheng("claims", "show", "renewal-satisfaction")
    told = json.loads(minsheng("claims", "show", "renewal-satisfaction", "--json").stdout)

    assert "居民满意率达98%" in shown.stdout
    assert "评论怎么说" in shown.stdout
    assert told["reading"]["why"][:10] in shown.stdout


def test_only_accepted_claims_are_read_beside_comments(minsheng):
    refused = minsheng("claims", "read", "c-nowhere", code=2)

    assert "no claim 'c-nowhere'" in refused.stderr
