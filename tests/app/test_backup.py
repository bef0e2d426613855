import json
import multiprocessing
import os
import re
import sqlite3
import stat
import threading
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.ledger import ClaimLedger
from alerts.store import AlertStore
from app.archive import MANIFEST, BackupUnusable, check
from app.backup import back_up
from app.cli import cli
from app.folders import Folders
from app.index_commands import place_of
from app.lock import only_one
from app.restore import restore
from app.sqlite_files import scrub, snapshot
from crawlers.inbox import InboxWriter
from crawlers.state import Change as Found
from crawlers.state import CrawlState, Known
from indexer.base import Query
from indexer.sqlite import SqliteIndex
from minsheng.correcting import Change
from minsheng.errors import ConfigError, IndexUnavailable
from models.duplicates import ClusterStore

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
def office(tmp_path, make_labelled, make_post):
    """A deployment as it looks at work: every kind of file, no service."""
    folders = Folders(tmp_path / "office")
    (folders.root / "projects").mkdir(parents=True)
    (folders.root / "minsheng.yml").write_text("office: 联络办\n", encoding="utf-8")
    (folders.root / "projects" / "p.yml").write_text("projects: []\n", encoding="utf-8")
    with closing(SqliteIndex(folders.var / "index.sqlite")) as index:
        index.add([make_labelled(f"第{n}条扰民", id=f"forum:{n}") for n in range(50)])
    store = ClusterStore(folders.var / "clusters.sqlite")
    store.assign([make_post("楼道漏水没有人管已经三个月了", id="forum:1")])
    store.close()
    AlertStore(folders.var / "alerts.sqlite")
    ClaimLedger(folders.var / "claims.sqlite")
    state = CrawlState(folders.crawl_state / "forum.sqlite", folders.inbox)
    state.apply(Found({"forum:1": Known("x", "")}), NOW, None)
    state.close()
    writer = InboxWriter(folders.inbox, "forum", "20260310T040000Z-00000001")
    writer.write(make_post("还在收件箱", id="forum:99"))
    writer.commit()
    writer.write(make_post("已备好", id="forum:98"))
    writer.prepare()
    (folders.var / "service.lock").touch()
    (folders.inbox / "x-forum.part").write_text("half", encoding="utf-8")
    return folders


def backup_of(office, name="a.zip"):
    file = office.root.parent / name
    back_up(office, "sqlite", file, NOW)
    return file


def contents(folders):
    with closing(SqliteIndex(folders.var / "index.sqlite")) as index:
        return sorted(index.stream(Query()), key=lambda each: each.post.id)


def rewritten(file, edit, name="b.zip"):
    """Copy an archive with entries that ``edit`` (name → bytes) changed."""
    target = file.with_name(name)
    with zipfile.ZipFile(file) as old:
        entries = {each.filename: old.read(each) for each in old.infolist()}
    edit(entries)
    with zipfile.ZipFile(target, "w") as new:
        for entry, content in entries.items():
            new.writestr(entry, content)
    return target


def test_a_backup_restores_the_whole_deployment(office, tmp_path):
    file = backup_of(office)
    there = Folders(tmp_path / "there")

    done = restore(there.root, file, {}, NOW)

    assert contents(there) == contents(office)
    assert done.manifest.posts == 50
    assert done.aside is None
    kept = sorted(str(path.relative_to(there.root)) for path in there.root.rglob("*") if path.is_file())
    assert kept == [
        "minsheng.yml",
        "projects/p.yml",
        "var/alerts.sqlite",
        "var/claims.sqlite",
        "var/clusters.sqlite",
        "var/crawl/forum.sqlite",
        "var/inbox/20260310T040000Z-00000001-00001-forum.jsonl",
        "var/inbox/20260310T040000Z-00000001-00002-forum.ready",
        "var/index.sqlite",
        "var/service.lock",
    ]


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside(office):
    file = backup_of(office)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_the_manifest_names_version_sizes_and_checksums(office):
    manifest = check(backup_of(office))

    assert manifest.program
    assert manifest.index == "file"
    index = next(entry for entry in manifest.entries if entry.name == "var/index.sqlite")
    assert index.version
    assert index.size > 10_000


def test_a_backup_is_never_overwritten_nor_put_into_the_run_time_folder(office):
    file = backup_of(office)

    with pytest.raises(ConfigError, match="never overwritten"):
        back_up(office, "sqlite", file, NOW)
    with pytest.raises(ConfigError, match="elsewhere"):
        back_up(office, "sqlite", office.var / "b.zip", NOW)


def test_a_backup_without_an_index_yet_can_be_made(office, tmp_path):
    (office.var / "index.sqlite").unlink()

    restore(tmp_path / "there", backup_of(office), {}, NOW)

    assert not (tmp_path / "there" / "var" / "index.sqlite").exists()


def test_an_index_outside_the_run_time_folder_is_exported_and_filled_again(office, tmp_path):
    outside = tmp_path / "elsewhere" / "i.sqlite"
    outside.parent.mkdir()
    (office.var / "index.sqlite").rename(outside)
    with closing(SqliteIndex(outside)) as index:
        first = next(index.stream(Query()))
        index.correct(first.post.id, [Change("sentiment", ("neutral",)), Change("topic", None)], NOW, "试")
    (office.root / "minsheng.yml").write_text(f"index: sqlite:{outside}\n", encoding="utf-8")
    file = tmp_path / "a.zip"
    manifest = back_up(office, f"sqlite:{outside}", file, NOW)
    before = outside.rename(outside.with_name("old.sqlite"))

    restore(tmp_path / "there", file, {}, NOW)

    assert manifest.posts == 50
    with closing(SqliteIndex(outside)) as new, closing(SqliteIndex(before)) as old:
        assert set(new.stream(Query())) == set(old.stream(Query()))
        assert new.facet(Query(), "corrected") == {"sentiment": 1}
    with pytest.raises(ConfigError, match="is not empty"):
        restore(tmp_path / "third", file, {}, NOW)
    restore(tmp_path / "third", file, {}, NOW, force=True)


def test_the_environment_may_name_another_index_for_the_posts(office, tmp_path, monkeypatch):
    outside = tmp_path / "i.sqlite"
    (office.var / "index.sqlite").rename(outside)
    file = tmp_path / "a.zip"
    back_up(office, f"sqlite:{outside}", file, NOW)

    monkeypatch.setenv("MINSHENG_INDEX", "sqlite:other.sqlite")
    restore(tmp_path / "there", file, os.environ, NOW)

    with closing(SqliteIndex(tmp_path / "there" / "var" / "other.sqlite")) as index:
        assert index.count(Query()) == 50


def test_an_index_in_memory_has_nothing_to_keep(office, tmp_path):
    manifest = back_up(office, "memory", tmp_path / "a.zip", NOW)

    assert (manifest.index, manifest.posts) == ("memory", 0)


def test_what_was_committed_before_a_backup_is_in_it_whoever_writes_meanwhile(office, tmp_path, make_labelled):
    stop = threading.Event()
    written = []

    def write():
        with closing(SqliteIndex(office.var / "index.sqlite")) as index:
            n = 0
            while not stop.is_set():
                ids = [f"new:{n}:{m}" for m in range(20)]
                index.add([make_labelled("新的扰民", id=post_id) for post_id in ids])
                written.extend(ids)
                n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            before = set(written)
            file = backup_of(office, f"{number}.zip")
            there = Folders(tmp_path / f"there{number}")
            restore(there.root, file, {}, NOW)
            kept = contents(there)
            assert before <= {each.post.id for each in kept}
            with closing(SqliteIndex(there.var / "index.sqlite")) as index:
                assert index.count(Query("扰民")) == len(kept)
            assert len(kept) % 20 == 10
    finally:
        stop.set()
        writer.join()


def test_a_post_on_its_way_from_inbox_to_index_is_in_the_backup_wherever_it_is(
    office, tmp_path, monkeypatch, make_labelled
):
    """The inbox file goes away between the listing and the copy, as when ingest is faster."""
    from app.backup import _Backup

    steps = []

    class Moving(_Backup):
        def _add_index(self):
            steps.append("index")
            return super()._add_index()

        def _add(self, path):
            if path.suffix == ".jsonl" and "inbox" in path.parts and not steps:
                with closing(SqliteIndex(office.var / "index.sqlite")) as index:
                    index.add([make_labelled("还在收件箱", id="forum:99")])
                path.unlink()
                steps.append("moved")
            return super()._add(path)

    monkeypatch.setattr("app.backup._Backup", Moving)
    restore(tmp_path / "there", backup_of(office), {}, NOW)

    assert steps == ["moved", "index"]
    assert "forum:99" in {each.post.id for each in contents(Folders(tmp_path / "there"))}


def test_a_damaged_member_is_found_before_anything_is_touched(office, tmp_path):
    file = backup_of(office)
    bytes_ = bytearray(file.read_bytes())
    bytes_[len(bytes_) // 3] ^= 0xFF
    file.write_bytes(bytes_)

    with pytest.raises(BackupUnusable):
        restore(tmp_path / "there", file, {}, NOW)

    assert not (tmp_path / "there").exists()


def test_a_backup_that_was_cut_off_or_is_none_is_refused(office, tmp_path):
    file = backup_of(office)
    file.write_bytes(file.read_bytes()[:-200])
    other = tmp_path / "notes.txt"
    other.write_text("hello", encoding="utf-8")

    for each in (file, other, tmp_path / "missing.zip"):
        with pytest.raises(BackupUnusable, match="cannot be read as a backup"):
            check(each)


def manifest_with(**values):
    def edit(entries):
        entries[MANIFEST] = json.dumps(json.loads(entries[MANIFEST]) | values).encode()

    return edit


def added(name):
    def edit(entries):
        rows = json.loads(entries[MANIFEST])
        entries[name] = b"x"
        sha = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        rows["entries"].append({"name": name, "size": 1, "sha256": sha, "mode": 384})
        entries[MANIFEST] = json.dumps(rows).encode()

    return edit


def newer(name):
    def edit(entries):
        rows = json.loads(entries[MANIFEST])
        for row in rows["entries"]:
            if row["name"] == f"var/{name}.sqlite":
                row["version"] = 999
        entries[MANIFEST] = json.dumps(rows).encode()

    return edit


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda entries: entries.update({"config/minsheng.yml": b"office: X\n"}), "is damaged"),
        (lambda entries: entries.update({"config/extra.yml": b""}), "other entries"),
        (lambda entries: entries.pop("var/clusters.sqlite"), "other entries"),
        (lambda entries: entries.pop(MANIFEST), "has no manifest"),
        (lambda entries: entries.update({MANIFEST: b"{"}), "is damaged"),
        (manifest_with(format=3), "newer Minsheng"),
        (manifest_with(colour="red"), "is damaged"),
        (added("../evil"), "outside"),
        (added("var/../../evil"), "outside"),
        (added("/etc/evil"), "outside"),
        (added("elsewhere/evil"), "outside"),
        (added("var\\evil"), "outside"),
        (added("var"), "outside"),
        (added("var//evil"), "outside"),
        (added("var/folder/"), "outside"),
        (newer("index"), "schema 999"),
        (newer("alerts"), "schema 999"),
        (newer("claims"), "schema 999"),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(office, tmp_path, edit, why):
    file = rewritten(backup_of(office), edit)

    with pytest.raises(BackupUnusable, match=why):
        restore(tmp_path / "there", file, {}, NOW)

    assert not (tmp_path / "evil").exists()
    assert not (tmp_path / "there" / "var" / "index.sqlite").exists()


def test_a_link_in_a_backup_is_refused(office, tmp_path):
    file = backup_of(office)
    target = tmp_path / "b.zip"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            if info.filename == "var/clusters.sqlite":
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            new.writestr(info, old.read(info.filename))

    with pytest.raises(BackupUnusable, match="no plain file"):
        check(target)


def test_a_full_folder_is_refused_and_moved_aside_when_forced(office, make_labelled):
    file = backup_of(office)
    with closing(SqliteIndex(office.var / "index.sqlite")) as index:
        index.add([make_labelled("后来的", id="later:1")])
    with pytest.raises(ConfigError, match=r"is not empty.*--force"):
        restore(office.root, file, {}, NOW)

    done = restore(office.root, file, {}, NOW, force=True)

    assert len(contents(office)) == 50
    assert done.aside == office.root / "before-restore-20260310T040000Z"
    with closing(SqliteIndex(done.aside / "var" / "index.sqlite")) as index:
        assert index.count(Query()) == 51
    assert (done.aside / "minsheng.yml").exists()
    assert not (office.root / ".restore").exists()


def test_other_settings_are_not_overwritten_unless_forced(office, tmp_path):
    file = backup_of(office)
    there = tmp_path / "there"
    there.mkdir()
    (there / "minsheng.yml").write_text("office: 别的办公室\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"minsheng.yml: differs"):
        restore(there, file, {}, NOW)
    done = restore(there, file, {}, NOW, force=True)

    assert "别的办公室" in (done.aside / "minsheng.yml").read_text("utf-8")


def test_a_running_service_is_not_pulled_from_under_its_feet(office):
    file = backup_of(office)

    with only_one(office.var / "service.lock", "x"), pytest.raises(ConfigError, match="already runs"):
        restore(office.root, file, {}, NOW, force=True)

    assert len(contents(office)) == 50


def test_a_restore_that_was_killed_is_completed_by_the_next(office, tmp_path, monkeypatch):
    file = backup_of(office)
    there = Folders(tmp_path / "there")
    renames = []

    def rename_until(limit):
        real = Path.rename

        def rename(path, target):
            if len(renames) == limit:
                raise KeyboardInterrupt
            renames.append(path)
            return real(path, target)

        return rename

    for limit in range(3):
        with monkeypatch.context() as patch:
            renames.clear()
            patch.setattr(Path, "rename", rename_until(limit))
            with pytest.raises(KeyboardInterrupt):
                restore(there.root, file, {}, NOW)

    restore(there.root, file, {}, NOW)

    assert contents(there) == contents(office)


def test_a_source_that_was_withdrawn_after_the_backup_stays_withdrawn(office):
    file = backup_of(office)
    (office.var / "withdrawn").mkdir()
    (office.var / "withdrawn" / "forum.json").write_text('{"source": "forum", "at": "2026-03-10"}', encoding="utf-8")
    (office.var / "deletions.jsonl").write_text('{"source": "forum"}\n', encoding="utf-8")

    done = restore(office.root, file, {}, NOW, force=True)

    assert done.withdrawn == ("forum",)
    assert (office.var / "withdrawn" / "forum.json").exists()
    assert (office.var / "deletions.jsonl").read_text("utf-8") == '{"source": "forum"}\n'


def test_a_link_to_a_folder_is_told(office, tmp_path):
    (tmp_path / "far").mkdir()
    (office.root / "sources").mkdir()
    (office.root / "sources" / "forum").symlink_to(tmp_path / "far")

    with pytest.raises(ConfigError, match="link to a folder"):
        backup_of(office)


def test_a_damaged_database_is_told_instead_of_kept(office):
    path = office.var / "index.sqlite"
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(40_000))

    with pytest.raises(IndexUnavailable, match=r"index.sqlite"):
        backup_of(office)

    assert list(office.root.parent.glob("*.zip")) == []


def test_a_folder_that_cannot_be_written_is_told(office, tmp_path):
    with pytest.raises(BackupUnusable, match="cannot be written"):
        back_up(office, "sqlite", tmp_path / "missing" / "a.zip", NOW)


def test_a_backup_killed_at_any_moment_leaves_no_backup_and_the_next_succeeds(office, make_labelled):
    with closing(SqliteIndex(office.var / "index.sqlite")) as index:
        index.add([make_labelled("很多字" * 200, id=f"big:{n}") for n in range(3000)])
    file = office.root.parent / "k.zip"
    process = multiprocessing.get_context("fork").Process(target=back_up, args=(office, "sqlite", file, NOW))
    process.start()
    process.join(0.05)
    process.kill()
    process.join()

    assert not file.exists()
    back_up(office, "sqlite", file, NOW)
    assert check(file).posts == 3050
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_a_snapshot_is_whole_while_another_transaction_is_open(tmp_path):
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE t (n)")
        base.execute("BEGIN")
        base.execute("INSERT INTO t VALUES (1)")

        snapshot(path, tmp_path / "b.sqlite")

        with closing(sqlite3.connect(tmp_path / "b.sqlite")) as copy:
            assert copy.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_deleted_words_are_gone_from_the_bytes_after_a_scrub(tmp_path, make_labelled):
    from indexer.tokens import pairs

    words = "梧桐巷井盖"
    with closing(SqliteIndex(tmp_path / "a.sqlite")) as index:
        index.add([make_labelled(f"{words}第{n}次丢失", id=f"forum:{n}") for n in range(300)])
        index.add([make_labelled("别的话", id="other:1")])
        index.delete([f"forum:{n}" for n in range(300)])
        needles = [words.encode(), pairs(words).split()[0].encode(), b"forum:7"]
        before = [needle in everything(tmp_path) for needle in needles]

        scrub(tmp_path / "a.sqlite")

        assert before == [True, True, True]
        assert [needle in everything(tmp_path) for needle in needles] == [False, False, False]
        assert index.count(Query("别的话")) == 1
        assert index.count(Query(words)) == 0
        index.add([make_labelled(words, id="forum:new")])
        assert index.count(Query(words)) == 1


def everything(folder):
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_file_that_is_read_without_end_cannot_be_scrubbed_now(tmp_path, monkeypatch):
    monkeypatch.setattr("app.sqlite_files._BUSY_SECONDS", 0.1)
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE t (n)")
        base.execute("BEGIN")
        base.execute("SELECT * FROM t").fetchall()

        with pytest.raises(IndexUnavailable, match="try again"):
            scrub(path)


def test_a_missing_database_is_not_made(tmp_path):
    with pytest.raises(IndexUnavailable):
        scrub(tmp_path / "none.sqlite")

    assert not (tmp_path / "none.sqlite").exists()


def test_the_commands_back_up_check_and_restore(office, tmp_path):
    file = tmp_path / "a.zip"

    made = command("backup", file, "-C", office.root)
    checked = command("backup", file, "--check")
    restored = command("restore", file, "-C", tmp_path / "there")
    forced = command("restore", file, "-C", tmp_path / "there", "--force")

    assert "评论 50 条" in made
    assert "备份完整：北京时间" in checked
    assert "评论 50 条" in restored
    assert "移到" in forced
    assert contents(Folders(tmp_path / "there")) == contents(office)


def test_the_command_copies_an_index_and_says_what_it_compared(office):
    first = command("index", "copy", "sqlite", "sqlite:b.sqlite", "-C", office.root)
    second = command("index", "copy", "sqlite:b.sqlite", "sqlite", "-C", office.root)

    assert "50 条在两处一致，新增 50 条" in first
    assert "50 条在两处一致，新增 0 条" in second
    assert re.search("校验和 ([0-9a-f]{32})", first)[1] in second
    with closing(SqliteIndex(office.var / "b.sqlite")) as index:
        assert index.count(Query()) == 50


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("sqlite", "sqlite:index.sqlite", "the same index"),
        ("sqlite", "memory", "lost at exit"),
        ("sqlite:no.sqlite", "sqlite:b.sqlite", "there is no such index"),
        ("sqlite", "mysql:x", "names no index"),
    ],
)
def test_a_copy_that_makes_no_sense_is_refused(office, source, target, why):
    with pytest.raises(ConfigError, match=why):
        command("index", "copy", source, target, "-C", office.root)


def test_one_cluster_is_the_same_index_however_its_address_is_written(tmp_path):
    places = {
        place_of(f"elasticsearch:{url}", tmp_path)
        for url in ("http://es.example:9200", "http://ES.example:9200/", "http://es.example:9200/minsheng")
    }

    assert len(places) == 1


def command(*arguments):
    done = CliRunner().invoke(cli, [str(each) for each in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout
