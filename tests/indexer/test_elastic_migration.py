"""Making and moving the indices of Elasticsearch: what readers and writers see meanwhile."""

import hashlib
import json
import threading
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from indexer.base import Query
from indexer.elastic import ElasticIndex
from indexer.elastic_access import Connection
from indexer.elastic_client import ElasticClient
from indexer.elastic_layout import Names, find
from indexer.elastic_migration import Migration, migrate, prepare
from indexer.elastic_schema import MAPPINGS, VERSION, document_id, document_of
from indexer.times import to_micros
from minsheng.errors import IndexUnavailable
from minsheng.settings import ElasticSettings

pytestmark = pytest.mark.external_service

UNITS = {"type": "text", "analyzer": "whitespace", "norms": False}
KEYWORDS = (
    "id",
    "source",
    "kind",
    "sentiment",
    "topic",
    "aspect",
    "intent",
    "cluster",
    "thread",
    "reply_to",
    "projects",
)
# The mapping of schema version 2 as it is in the field.
OLD_MAPPING = {
    "dynamic": "strict",
    "_meta": {"minsheng": 2},
    "properties": {
        "published": {"type": "long"},
        "day": {"type": "integer"},
        "title": UNITS,
        "text": UNITS,
        "body": {"type": "keyword", "index": False, "doc_values": False},
        **{name: {"type": "keyword"} for name in KEYWORDS},
    },
}

# What schema version 3 had otherwise than the present one.
SHELF_MAPPING = {
    "dynamic": "strict",
    "_meta": {"minsheng": 3},
    "properties": {name: field for name, field in MAPPINGS["properties"].items() if name != "key"}
    | {
        "fold": {"type": "long", "doc_values": False},
        "cluster": {"type": "keyword"},
        "facts": {"type": "keyword", "index": False},
    },
}


def old_document(labelled):
    known = document_of(labelled) | {"cluster": labelled.reading.cluster}
    document = {name: value for name, value in known.items() if name in OLD_MAPPING["properties"]}
    row = asdict(labelled)
    row["post"]["published_at"] = to_micros(labelled.post.published_at)
    row["post"]["collected_at"] = to_micros(labelled.post.collected_at)
    return document | {"body": json.dumps(row)}


@pytest.fixture
def connection(elastic_url, elastic_prefix):
    opened = Connection((elastic_url,), elastic_prefix, ElasticSettings(patience_seconds=2))
    yield opened
    opened.close()


@pytest.fixture
def posts(make_labelled, now):
    """Posts of some years, copies, and half an emoji."""
    made = [make_labelled(f"路灯{n}", id=f"p{n}", published_at=now.replace(year=2021 + n % 6)) for n in range(60)]
    old = make_labelled("半个表情\ud83d", published_at=datetime(1949, 10, 1, tzinfo=UTC), cluster="p1")
    return [*made, old]


def put(client, name, lines):
    operations = [part for post_id, document in lines for part in ({"index": {"_id": post_id}}, document)]
    assert not client.bulk(index=name, operations=operations, refresh=True)["errors"]


@pytest.fixture
def old_index(elastic_client, elastic_prefix, posts):
    """The single index of schema version 2."""
    name = f"{elastic_prefix}-posts"
    elastic_client.indices.create(index=name, mappings=OLD_MAPPING, settings={"number_of_replicas": 0})
    put(elastic_client, name, [(hashlib.sha256(p.post.id.encode()).hexdigest(), old_document(p)) for p in posts])
    return name


@pytest.fixture
def old_shelves(elastic_client, elastic_prefix, posts):
    """The shelves of two years of schema version 3."""
    for year, some in ((2023, posts[::2]), (2026, posts[1::2])):
        name = f"{elastic_prefix}-posts-g1-{year}"
        aliases = {f"{elastic_prefix}-posts": {}, f"{name}-write": {}}
        elastic_client.indices.create(index=name, mappings=SHELF_MAPPING, aliases=aliases)
        gone = {"cluster": "any", "facts": "{}"}
        lines = [(document_id(p.post.id), {**document_of(p), **gone}) for p in some]
        put(elastic_client, name, [(key, {k: v for k, v in row.items() if k != "key"}) for key, row in lines])
    return f"{elastic_prefix}-posts"


class Reader(threading.Thread):
    """Counts through the name that readers know, all the time; notes errors too."""

    def __init__(self, connection, name):
        super().__init__()
        self._client, self._ended = ElasticClient(connection, name), threading.Event()
        self.counts = []

    def run(self):
        while not self._ended.is_set():
            try:
                self.counts.append(self._client.count({"match_all": {}}))
            except IndexUnavailable as error:
                self.counts.append(error)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self.join()


def no_progress(_done, _total):
    pass


@pytest.mark.parametrize(("version", "old"), [(2, "old_index"), (3, "old_shelves")])
def test_an_index_of_an_older_version_is_refused_with_what_to_do_and_brought_over_whole(
    elastic_url, elastic_prefix, connection, posts, request, version, old
):
    old_index = request.getfixturevalue(old)
    with pytest.raises(
        IndexUnavailable, match=f"version {version}, this Minsheng knows {VERSION}.*minsheng index migrate"
    ):
        ElasticIndex(elastic_url, elastic_prefix)

    with Reader(connection, old_index) as reader:
        done = migrate(connection, elastic_prefix, ElasticSettings(shards=2), no_progress)

    index = ElasticIndex(elastic_url, elastic_prefix)
    assert (done.before, done.after, done.posts) == (version, VERSION, len(posts))
    assert sorted(index.stream(Query()), key=lambda one: one.post.id) == sorted(posts, key=lambda one: one.post.id)
    assert index.count(Query("路灯")) == 60
    assert set(reader.counts) == {len(posts)}, "readers saw a gap"
    index.close()


def test_what_is_up_to_date_is_left_alone_and_again_changes_the_shards(
    elastic_url, elastic_client, elastic_prefix, connection, posts
):
    index = ElasticIndex(elastic_url, elastic_prefix)
    index.add(posts)

    assert migrate(connection, elastic_prefix, ElasticSettings(), no_progress) == Migration(VERSION, VERSION)
    migrate(connection, elastic_prefix, ElasticSettings(shards=3), no_progress, again=True)

    names = find(connection, elastic_prefix)
    settings = elastic_client.indices.get_settings(index=names.alias)
    assert names.generation == 2
    assert {row["settings"]["index"]["number_of_shards"] for row in settings.values()} == {"3"}
    assert index.count(Query()) == len(posts), "an index that is open goes on"
    assert index.add([replace(posts[0], reading=replace(posts[0].reading, topic="new"))]) == 0
    assert index.facet(Query(), "topic")["new"] == 1
    index.close()


def test_a_writer_waits_for_a_migration_and_then_writes_to_the_new_shelves(
    elastic_url, elastic_client, elastic_prefix, connection, posts, make_labelled, now
):
    index = ElasticIndex(elastic_url, elastic_prefix, ElasticSettings(patience_seconds=60))
    index.add(posts)
    elastic_client.indices.put_settings(index=f"{elastic_prefix}-posts", settings={"index.blocks.write": True})
    late = [make_labelled(id="late"), make_labelled(id="year", published_at=now.replace(year=2019)), posts[3]]
    results = []
    writer = threading.Thread(target=lambda: results.append(index.add(late)))

    writer.start()
    migrate(connection, elastic_prefix, ElasticSettings(), no_progress, again=True)
    writer.join(60)

    assert results == [2]
    assert index.count(Query()) == len(posts) + 2
    assert all("-g2-" in name for name in elastic_client.indices.get(index=f"{elastic_prefix}-*", features="aliases"))
    index.close()


def test_a_writer_that_nobody_lets_in_gives_up_and_says_why(elastic_url, elastic_client, elastic_prefix, make_labelled):
    index = ElasticIndex(elastic_url, elastic_prefix, ElasticSettings(patience_seconds=0.5))
    index.add([make_labelled()])
    elastic_client.indices.put_settings(index=f"{elastic_prefix}-posts", settings={"index.blocks.write": True})

    with pytest.raises(IndexUnavailable, match="1 posts wait in vain: .*blocked by"):
        index.add([make_labelled()])

    index.close()


@pytest.mark.usefixtures("old_index")
def test_a_migration_that_was_stopped_is_gone_on_with(elastic_prefix, connection, posts):
    class Stop(Exception):
        pass

    def stop(_done, _total):
        raise Stop

    with pytest.raises(Stop):
        migrate(connection, elastic_prefix, ElasticSettings(), stop)

    assert migrate(connection, elastic_prefix, ElasticSettings(), no_progress).posts == len(posts)


def test_nothing_to_migrate_and_too_old_a_schema_are_errors(elastic_client, elastic_prefix, connection):
    with pytest.raises(IndexUnavailable, match="has schema version none; versions 2 to 4"):
        migrate(connection, elastic_prefix, ElasticSettings(), no_progress)
    elastic_client.indices.create(index=f"{elastic_prefix}-posts", mappings={"_meta": {"minsheng": 1}})

    with pytest.raises(IndexUnavailable, match="has schema version 1; versions 2 to 4"):
        migrate(connection, elastic_prefix, ElasticSettings(), no_progress)


def test_set_up_makes_what_lacks_and_then_changes_the_copies(elastic_client, elastic_prefix, connection):
    names = prepare(connection, elastic_prefix, ElasticSettings(replicas=0, shards=2))

    prepare(connection, elastic_prefix, ElasticSettings(replicas=1, shards=2))

    (row,) = elastic_client.indices.get_settings(index=names.alias).values()
    assert names == Names(elastic_prefix, 1)
    assert row["settings"]["index"]["number_of_replicas"] == "1"
    assert row["settings"]["index"]["number_of_shards"] == "2"


def test_a_missing_template_is_noticed_before_anything_is_written(
    elastic_url, elastic_client, elastic_prefix, make_labelled
):
    index = ElasticIndex(elastic_url, elastic_prefix)
    elastic_client.indices.delete_index_template(name=f"{elastic_prefix}-*")

    with pytest.raises(IndexUnavailable, match="its template is missing; run `minsheng index setup`"):
        index.add([make_labelled()])

    index.close()


def test_a_post_whose_date_moves_to_another_year_stays_one_post(elastic_url, elastic_prefix, make_labelled, now):
    index = ElasticIndex(elastic_url, elastic_prefix)
    post = make_labelled(id="a", published_at=now)
    index.add([post, make_labelled(id="b", published_at=now.replace(year=2024))])

    moved = replace(post, post=replace(post.post, published_at=now.replace(year=2024, month=1)))
    new = index.add([moved])

    assert new == 0
    assert next(index.stream(Query(order="oldest"))) == moved
    assert index.count(Query()) == 2
    assert index.delete(["a"]) == 1
    assert index.count(Query()) == 1
    index.close()


def test_two_writers_who_make_a_post_in_different_years_at_once_leave_one(
    elastic_url, elastic_prefix, make_labelled, now
):
    indexes = [ElasticIndex(elastic_url, elastic_prefix) for _ in range(2)]
    indexes[0].add([make_labelled(id=f"made-{year}", published_at=now.replace(year=year)) for year in (2025, 2026)])
    barrier = threading.Barrier(2)

    def write(index, year):
        for n in range(20):
            barrier.wait()
            index.add([make_labelled(id=f"both-{n}", published_at=now.replace(year=year))])

    threads = [threading.Thread(target=write, args=args) for args in zip(indexes, (2025, 2026), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    found = [labelled.post.id for labelled in indexes[0].stream(Query())]
    assert sorted(found) == sorted({*(f"both-{n}" for n in range(20)), "made-2025", "made-2026"})
    for index in indexes:
        index.close()
