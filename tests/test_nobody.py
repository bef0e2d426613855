"""About projects, never about people: no field, table, mapping, log line or export has a place for who wrote."""

import ast
import re
import sqlite3
from pathlib import Path

import pytest
import yaml

from benchmarks.board import SOURCES
from crawlers.history import CrawlHistory
from demo.sources import all_sources
from indexer.elastic_schema import MAPPINGS
from indexer.sqlite import SqliteIndex
from minsheng.jsonl import dump_post
from models.duplicates import ClusterStore

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("minsheng", "crawlers", "models", "indexer", "alerts", "briefings", "console", "app", "demo")
WHO = re.compile(
    r"(^|_)(authors?|users?|user_?(id|name)s?|nick(name)?s?|avatars?|ip|ip_?(address|location)|uid|posters?|commenters?|"
    r"writers?|screen_?name|members?|profiles?|accounts?|gender|age|followers?|phone|mobile)($|_)",
    re.IGNORECASE,
)
# Names that are about something else, each with its reason.
NOT_A_COMMENTER = {
    ("minsheng/settings.py", "username"): "login of the office's own SMTP account",
    ("crawlers/settings.py", "USER_AGENT"): "how the crawler names itself",
}


def sources():
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def declared_fields(path):
    """Yield every annotated or assigned name in a class body of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                targets = [item.target] if isinstance(item, ast.AnnAssign) else getattr(item, "targets", [])
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def logged_keys(path):
    """Yield every ``key=`` of every log call of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in {"logger", "log"} and node.args:
                text = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
                yield from re.findall(r"(\w+)=", str(text))


def is_named(path, name):
    return (str(path.relative_to(ROOT)), name) in NOT_A_COMMENTER


def test_the_pattern_itself_knows_what_it_looks_for():
    names = ["author", "author_id", "user_name", "username", "nickname", "ip_location", "avatar", "post_author"]

    assert [name for name in names if not WHO.search(name)] == []
    assert not WHO.search("published_at")
    assert not WHO.search("pages")


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_class_declares_a_field_for_who_wrote(path):
    found = [name for name in declared_fields(path) if WHO.search(name) and not is_named(path, name)]

    assert found == []


def test_no_log_line_has_a_key_for_who_wrote():
    found = [(path, key) for path in sources() for key in logged_keys(path) if WHO.search(key)]

    assert found == []


def test_no_table_has_a_column_for_who_wrote(tmp_path, make_labelled, now):
    from alerts.ledger import ClaimLedger
    from alerts.store import AlertStore
    from console.access.store import open_store

    index = SqliteIndex(tmp_path / "index.sqlite")
    index.add([make_labelled()])
    index.close()
    ClusterStore(tmp_path / "clusters.sqlite").close()
    CrawlHistory(tmp_path / "crawls.sqlite").close()
    ClaimLedger(tmp_path / "claims.sqlite")
    open_store(tmp_path / "access.sqlite")
    AlertStore(tmp_path / "alerts.sqlite").apply([], now, lambda _: ())

    columns = [column for path in tmp_path.glob("*.sqlite") for column in columns_of(path)]

    assert len(columns) > 20
    assert [column for column in columns if WHO.search(column[1])] == []


def columns_of(path):
    with sqlite3.connect(path) as database:
        tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        return [(table, row[1]) for table in tables for row in database.execute(f"pragma table_info('{table}')")]


def test_a_line_of_the_inbox_has_no_key_for_who_wrote(make_post):
    assert [key for key in re.findall(r'"(\w+)":', dump_post(make_post())) if WHO.search(key)] == []


def test_no_source_that_is_played_selects_who_wrote():
    texts = [*SOURCES.values(), *map(yaml.safe_dump, all_sources("http://city.example").values())]
    keys = [key for text in texts for key in re.findall(r"(\w+):", text)]

    assert len(keys) > 50
    assert [key for key in keys if WHO.search(key)] == []


def test_no_mapping_of_elasticsearch_has_a_field_for_who_wrote():
    names = re.findall(r"'(\w+)'", repr(MAPPINGS))

    assert "published" in names
    assert [name for name in names if WHO.search(name)] == []
