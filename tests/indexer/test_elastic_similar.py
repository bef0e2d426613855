"""What is nearest stays exact where Elasticsearch gives fewer at once than are equally near."""

import pytest

from indexer.base import Query
from indexer.elastic_query import query_of
from indexer.elastic_similar import nearest
from indexer.memory import MemoryIndex
from minsheng.domain import Vector

pytestmark = pytest.mark.external_service

TO = Vector("test", bytes([100, 20]))


@pytest.mark.parametrize("limit", [3, 60, 200])
def test_each_half_of_the_corpus_is_asked_where_one_question_gives_too_few(elastic_index, make_labelled, limit):
    posts = [make_labelled(id=f"p{n:03}", vector=(100, 20) if n % 3 else (100, n % 7)) for n in reversed(range(150))]
    oracle = MemoryIndex()
    for index in (elastic_index, oracle):
        index.add(posts)

    found = nearest(elastic_index._client, query_of(Query()), TO, 900_000, (), limit, most=25)

    wanted = oracle.similar(Query(limit=limit), TO, 0.9).neighbours
    assert [(key, labelled.post.id) for key, labelled in found] == [
        (round(one.similarity * 1_000_000), one.hit.labelled.post.id) for one in wanted
    ]
