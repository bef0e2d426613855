"""Documents and queries for Elasticsearch; no cluster needed."""

import json
from datetime import UTC, datetime

from indexer.base import Query
from indexer.elastic_query import query_of, sort_of
from indexer.elastic_schema import document_id, document_of, labelled_of
from minsheng.domain import Kind, Window


def test_a_post_comes_out_of_its_document_as_it_went_in(make_labelled):
    labelled = make_labelled("半个表情\ud83d“好”", negative=0.1 + 0.2, reply_to="forum:9", likes=3, projects=("a", "b"))

    document = json.loads(json.dumps(document_of(labelled), ensure_ascii=False).encode("utf-8"))

    assert labelled_of(document) == labelled


def test_texts_are_documents_of_single_characters_without_ascii(make_labelled):
    document = document_of(make_labelled("坏 A", title="路灯"))

    assert document["title"] == "路 灯"
    assert document["text"] == "坏 \ue020 \ue061"


def test_no_field_names_who_wrote(make_labelled):
    assert set(document_of(make_labelled())) == {
        "id", "published", "day", "source", "kind", "sentiment", "topic", "aspect", "cluster", "thread", "reply_to",
        "projects", "title", "text", "body",
    }  # fmt: skip


def test_ids_of_documents_are_short_and_differ():
    assert len({document_id("a" * 999), document_id("a" * 998)}) == 2
    assert len(document_id("长" * 999)) == 64


def test_each_word_and_each_filter_must_hold():
    window = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC))

    query = query_of(Query("路灯 坏", kinds=(Kind.PUBLIC,), window=window))

    assert query["bool"]["filter"] == [
        {"bool": {"should": [{"match_phrase": {"title": "路 灯"}}, {"match_phrase": {"text": "路 灯"}}]}},
        {"bool": {"should": [{"match_phrase": {"title": "坏"}}, {"match_phrase": {"text": "坏"}}]}},
        {"terms": {"kind": ["public"]}},
        {"range": {"published": {"gte": 0, "lt": 86_400_000_000}}},
    ]


def test_ties_are_broken_by_id_in_the_direction_of_the_order():
    assert sort_of("oldest") == [{"published": "asc"}, {"id": "asc"}]
    assert sort_of("newest") == [{"published": "desc"}, {"id": "desc"}]
