"""The audit log: what is noted, and that nothing in it can be changed unseen."""

import json
import threading
from datetime import UTC, datetime

import pytest

from console.access.audit import LONGEST, START, AuditBroken, AuditLog, AuditUnwritable, Head

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    log = AuditLog(tmp_path / "audit.jsonl")
    for number in range(1, 6):
        log.note("li", "search", f"/search?q={number}", AT)
    return log


def lines_of(log):
    return log.path.read_bytes().splitlines(keepends=True)


def test_an_untouched_log_is_verified_and_its_head_is_the_last_line(log):
    head = log.verify()

    assert head.number == 5
    assert [entry.about for entry in log.entries()][-1] == "/search?q=5"
    assert log.verify(head) == head


def test_a_log_that_is_not_there_is_empty(tmp_path):
    assert AuditLog(tmp_path / "none").verify() == Head(0, START)


def sealed_anew(line, **changes):
    """What somebody writes who knows how lines are sealed."""
    fields = json.loads(line) | changes
    fields.pop("seal")
    from console.access.audit import Entry

    return Entry(**fields).line()


FORGERIES = {
    "a changed line": (lambda rows: [rows[0], rows[1].replace(b"q=2", b"q=9"), *rows[2:]], ":2: the line was changed"),
    "the last line changed": (lambda rows: [*rows[:4], rows[4].replace(b"q=5", b"q=9")], ":5: the line was changed"),
    "a changed line sealed anew": (lambda rows: [rows[0], sealed_anew(rows[1], who="wang"), *rows[2:]], ":3: does not follow"),
    "a removed line": (lambda rows: [*rows[:2], *rows[3:]], ":3: holds number 4, wants 3"),
    "the first line removed": (lambda rows: rows[1:], ":1: holds number 2, wants 1"),
    "two lines swapped": (lambda rows: [rows[0], rows[2], rows[1], *rows[3:]], ":2: holds number 3, wants 2"),
    "a line twice": (lambda rows: [*rows[:3], rows[2], *rows[3:]], ":4: holds number 3 again"),
    "the last line cut": (lambda rows: [*rows[:4], rows[4][:-9]], ":5: is not a line of the audit log, or was cut"),
    "the last line break cut": (lambda rows: [*rows[:4], rows[4][:-1]], ":5: the line was changed or cut"),
    "an empty line": (lambda rows: [*rows[:2], b"\n", *rows[2:]], ":3: is not a line"),
    "a field more": (lambda rows: [rows[0].replace(b'{"number"', b'{"x": 1, "number"'), *rows[1:]], ":1: is not a line"),
    "another spelling": (lambda rows: [rows[0].replace(b'", "', b'","'), *rows[1:]], ":1: the line was changed"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_found_at_its_line(log, name):
    forge, said = FORGERIES[name]
    log.path.write_bytes(b"".join(forge(lines_of(log))))

    with pytest.raises(AuditBroken, match=said):
        log.verify()


def test_lines_cut_off_at_the_end_are_found_with_a_head_that_was_kept_elsewhere(log):
    head = log.verify()
    log.path.write_bytes(b"".join(lines_of(log)[:3]))

    assert log.verify().number == 3
    with pytest.raises(AuditBroken, match="ends with line 3 and does not hold 5:"):
        log.verify(head)


def test_a_log_written_anew_is_found_with_a_head_that_was_kept_elsewhere(log):
    head = log.verify()
    log.path.unlink()
    for number in range(9):
        log.note("li", "search", f"/search?q={number}", AT)

    with pytest.raises(AuditBroken, match="does not hold"):
        log.verify(head)


def test_after_a_crash_in_the_middle_of_a_line_the_log_goes_on_and_says_so(log):
    log.path.write_bytes(log.path.read_bytes() + b'{"number": 6, "at"')

    log.note("li", "export", "x", AT)

    assert log.verify().number == 7
    assert [(entry.who, entry.what) for entry in log.entries()][-2:] == [("system", "mended"), ("li", "export")]


def test_a_log_whose_last_line_is_none_of_ours_is_left_as_it_is(log):
    log.path.write_bytes(log.path.read_bytes() + b"forged\n")
    before = log.path.read_bytes()

    with pytest.raises(AuditUnwritable, match="move it aside"):
        log.note("li", "export", "x", AT)
    assert log.path.read_bytes() == before


def test_several_at_once_make_one_chain(log):
    others = [AuditLog(log.path) for _ in range(4)]

    threads = [
        threading.Thread(target=lambda one=one: [one.note("li", "x", "y", AT) for _ in range(10)]) for one in others
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert log.verify().number == 45


@pytest.mark.parametrize("said", ['引号"和\\', "两行\n一行", "\ud83d", "\x00\x1b[31m", "<script>", "😀"])
def test_whatever_is_said_stays_one_line_and_verifies(log, said):
    log.note(said, "search", said, AT)

    assert log.verify().number == 6
    assert len(lines_of(log)) == 6


def test_a_long_entry_is_cut_and_says_so(log):
    log.note("li", "search", "字" * 100_000, AT)

    *_, last = log.entries()
    assert last.about == "字" * LONGEST + "…（共 100000 字）"
    assert log.verify().number == 6


def test_only_the_owner_may_read_the_log(log):
    assert log.path.stat().st_mode & 0o077 == 0


def test_searches_exports_and_logins_are_noted_with_who_did_them(guarded, log_in, audit):
    client = guarded()
    log_in(client, password="wrong 中")
    log_in(client)
    client.get("/search?q=噪声&sentiment=negative")
    client.get("/search/export.csv?q=噪声")
    client.get("/api/v1/posts?q=%E8%B7%AF")
    client.get("/project/road")

    noted = [(entry.who, entry.what, entry.about) for entry in audit.entries()]

    assert noted == [
        ("", "login refused", "li from testclient"),
        ("li", "login", "from testclient"),
        ("li", "search", "/search?q=噪声&sentiment=negative"),
        ("li", "export", "/search/export.csv?q=噪声"),
        ("li", "search", "/api/v1/posts?q=路"),
    ]
    assert "wrong" not in audit.path.read_text(encoding="utf-8")


def test_what_cannot_be_noted_is_not_done(guarded, log_in, tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    log = AuditLog(folder / "audit.jsonl")
    client = guarded(audit=log)
    log_in(client)
    log.path.unlink()
    log.path.mkdir()

    answer = client.get("/search/export.csv")

    assert answer.status_code == 503
    assert "先修好" in answer.text or "mend this first" in answer.text
    with pytest.raises(AuditUnwritable):
        log.note("li", "x", "y", AT)


@pytest.fixture
def flushes(monkeypatch):
    """Every flush of a file to the disk; one that is told to fails."""
    flushed, fails = [], []

    def fsync(descriptor):
        if fails:
            raise OSError(5, fails.pop())
        flushed.append(descriptor)

    monkeypatch.setattr("console.access.flushing.os.fsync", fsync)
    return flushed, fails


def test_lines_that_wait_together_are_flushed_once_and_each_line_alone_else(log, flushes):
    flushed, _ = flushes
    together = [log.begin("li", "search", f"{number}", AT) for number in range(5)]
    assert not flushed

    for noting in together:
        noting.wait()
    assert len(flushed) == 1
    log.note("li", "search", "alone", AT)
    assert len(flushed) == 2
    assert log.verify().number == 11


def test_a_line_in_a_file_that_was_moved_aside_is_flushed_too(log, flushes, tmp_path):
    flushed, _ = flushes
    before = log.begin("li", "search", "in the old file", AT)
    log.path.rename(tmp_path / "aside.jsonl")
    after = log.begin("li", "search", "in the new file", AT)

    after.wait()
    before.wait()

    assert len(flushed) == 2


def test_after_a_flush_that_failed_none_of_the_lines_before_counts_as_written(log, flushes):
    flushed, fails = flushes
    together = [log.begin("li", "search", f"{number}", AT) for number in range(3)]
    fails.append("Input/output error")

    for noting in together:
        with pytest.raises(AuditUnwritable, match="what is not noted is not done"):
            noting.wait()

    assert not flushed
    log.note("li", "search", "once the disk is well again", AT)


def test_no_answer_to_a_search_goes_out_before_its_line_is_on_the_disk(guarded, log_in, flushes):
    client = guarded()
    log_in(client)
    flushed, fails = flushes
    before = len(flushed)

    assert client.get("/search?q=噪声").status_code == 200
    assert len(flushed) == before + 1
    fails.append("Input/output error")
    assert client.get("/search?q=噪声").status_code == 503
