"""What ElasticIndex promises beyond the port."""

import os
import re
import threading
from collections import Counter
from dataclasses import replace

import pytest

from indexer.base import Query
from indexer.elastic_access import Connection
from indexer.elastic_client import ElasticClient
from indexer.elastic_schema import VERSION
from indexer.open import open_index
from minsheng.errors import IndexUnavailable, PostRefused
from minsheng.settings import ElasticSettings

pytestmark = pytest.mark.external_service

ELASTIC = os.environ.get("MINSHENG_TEST_ES", "")


def test_posts_are_there_when_opened_again_by_its_setting(tmp_path, elastic_prefix, open_elastic, make_labelled):
    posts = [make_labelled() for _ in range(3)]
    open_elastic().add(posts)

    again = open_index(f"elasticsearch:{ELASTIC}/{elastic_prefix}", tmp_path)

    assert list(again.stream(Query())) == posts
    again.close()


def test_writers_at_once_count_each_new_post_once_and_keep_one_collected_time(open_elastic, make_labelled):
    posts = [make_labelled(id=f"p{n}") for n in range(200)]
    indexes = [open_elastic() for _ in range(4)]
    new = []

    def write(index, number):
        later = [replace(p, reading=replace(p.reading, model=str(number))) for p in posts]
        new.extend(index.add(later[start : start + 20]) for start in range(0, 200, 20))

    threads = [threading.Thread(target=write, args=(index, number)) for number, index in enumerate(indexes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert len(new) == 40
    assert sum(new) == indexes[0].count(Query()) == 200
    assert {labelled.post.collected_at for labelled in indexes[0].stream(Query())} == {posts[0].post.collected_at}


def test_an_id_longer_than_elasticsearch_allows_is_found(elastic_index, make_labelled):
    post = make_labelled(id="forum:" + "长" * 1000)

    elastic_index.add([post])

    assert elastic_index.get(post.post.id) == post


def test_a_stream_of_more_than_a_page_is_whole(elastic_index, make_labelled):
    elastic_index.add(make_labelled("路", id=f"{n:04}") for n in range(1100))

    assert [labelled.post.id for labelled in elastic_index.stream(Query("路"))] == [f"{n:04}" for n in range(1100)]
    assert elastic_index.count(Query("路", fold=True)) == 1100


def test_facets_are_exact_on_several_shards_even_with_more_values_than_shards_name(
    elastic_sharded_index, elastic_client, elastic_prefix, make_labelled
):
    topics = [f"t{n}" for n in range(60) for _ in range(n % 7 + 1)]
    elastic_sharded_index.add(make_labelled(topic=topic) for topic in topics)
    connection = Connection((ELASTIC,), elastic_prefix, ElasticSettings())
    client = ElasticClient(connection, f"{elastic_prefix}-posts")
    few = {"terms": {"field": "topic", "size": 5, "shard_size": 5}}
    guessed = elastic_client.search(index=f"{elastic_prefix}-posts", size=0, aggs={"few": few})["aggregations"]["few"]

    exact = client.terms({"match_all": {}}, ["topic"], enough=5)["topic"]

    assert guessed["doc_count_error_upper_bound"] > 0, "so that the shards do not know enough"
    assert exact == Counter(topics)
    assert elastic_sharded_index.facet(Query(), "topic", 3) == {"t13": 7, "t20": 7, "t27": 7}
    connection.close()


def test_a_stream_outlives_the_loss_of_its_point_in_time(elastic_index, make_labelled, caplog):
    elastic_index.add(make_labelled("路", id=f"{n:04}") for n in range(2500))
    client, moments = elastic_index._client, []

    def remembered():
        moments.append(ElasticClient._moment(client))
        return moments[-1]

    client._moment = remembered
    read = elastic_index.stream(Query())
    first = [next(read) for _ in range(1500)]

    client._forget(moments[0])

    assert [labelled.post.id for labelled in [*first, *read]] == [f"{n:04}" for n in range(2500)]
    assert len(moments) == 2
    assert "lost a point in time" in caplog.text


def test_a_newer_schema_is_refused(open_elastic, elastic_client, elastic_prefix):
    open_elastic()
    elastic_client.indices.put_mapping(index=f"{elastic_prefix}-posts", meta={"minsheng": VERSION + 1})

    with pytest.raises(IndexUnavailable, match=f"has schema version {VERSION + 1}, this Minsheng knows {VERSION}"):
        open_elastic()


def test_an_index_that_went_away_is_unavailable(open_elastic, elastic_client, elastic_prefix):
    index = open_elastic()
    elastic_client.indices.delete(index=f"{elastic_prefix}-posts-g1-1999")

    with pytest.raises(IndexUnavailable, match="is gone"):
        index.count(Query())


@pytest.mark.parametrize(
    ("poison", "reason"),
    [({"thread": "x" * 40_000}, "thread.*immense term"), ({"thread": "半\ud83d"}, "no valid Unicode")],
)
def test_a_post_that_elasticsearch_refuses_is_set_aside_with_its_reason_and_all_others_are_stored(
    elastic_index, make_labelled, poison, reason
):
    posts = [make_labelled(), make_labelled(**poison), make_labelled()]
    aside = []

    new = elastic_index.add(posts, lambda labelled, why: aside.append((labelled, why)))

    assert new == 2
    assert list(elastic_index.stream(Query(order="oldest"))) == [posts[2], posts[0]]
    assert [labelled for labelled, _ in aside] == [posts[1]]
    assert re.search(reason, aside[0][1])


@pytest.mark.elasticsearch_tls
def test_a_request_that_is_too_large_is_sent_in_parts_and_a_post_that_is_too_large_set_aside(
    elastic_tls_index, make_labelled
):
    posts = [make_labelled("路" * 150_000) for _ in range(5)]
    giant = make_labelled("路" * 700_000)
    aside = []

    new = elastic_tls_index.add([*posts, giant], lambda labelled, why: aside.append((labelled, why)))

    assert new == 5
    assert list(elastic_tls_index.stream(Query())) == posts
    assert [labelled for labelled, _ in aside] == [giant]
    assert "more than Elasticsearch takes in one request" in aside[0][1]


def test_without_a_taker_a_refused_post_is_an_error_after_the_others_are_stored(elastic_index, make_labelled):
    with pytest.raises(PostRefused, match="'bad' was refused: .*immense term"):
        elastic_index.add([make_labelled(thread="x" * 40_000, id="bad"), make_labelled(id="good")])

    assert [labelled.post.id for labelled in elastic_index.stream(Query())] == ["good"]
