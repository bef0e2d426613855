"""Documents and queries for Elasticsearch; no cluster needed."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import yaml

from indexer.base import Query
from indexer.conditions import Among, Any, Holds, Not
from indexer.elastic_query import query_of, sort_of
from indexer.elastic_schema import document_id, document_of, labelled_of
from minsheng.domain import Kind, Window

ROOT = Path(__file__).resolve().parents[2]


def test_a_post_comes_out_of_its_document_as_it_went_in(make_labelled):
    labelled = make_labelled("半个表情\ud83d“好”", negative=0.1 + 0.2, reply_to="forum:9", likes=3, projects=("a", "b"))

    document = json.loads(json.dumps(document_of(labelled), ensure_ascii=False).encode("utf-8"))

    assert labelled_of(document) == labelled


def test_texts_are_documents_of_units_without_ascii(make_labelled):
    document = document_of(make_labelled("坏 A3!", title="路灯"))

    assert document["title"] == "路 灯"
    assert document["text"] == "坏 \ue020 \ue061\ue033\ue080 \ue021"


def test_no_field_names_who_wrote(make_labelled):
    assert set(document_of(make_labelled())) == {
        "id", "part", "published", "day", "source", "kind", "sentiment", "topic", "aspect", "intent", "key", "copy",
        "fold", "thread", "reply_to", "projects", "title", "text", "length", "body",
        "model", "corrected", "linked",
    }  # fmt: skip


def test_ids_of_documents_are_short_and_differ():
    assert len({document_id("a" * 999), document_id("a" * 998)}) == 2
    assert len(document_id("长" * 999)) == 22


def test_each_word_and_each_filter_must_hold_and_exclusions_must_not():
    window = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC))

    query = query_of(Query("路灯", kinds=(Kind.PUBLIC,), window=window, where=Not(Holds("坏"))))

    assert query["bool"]["filter"] == [
        {"multi_match": {"query": "路 灯", "type": "phrase", "fields": ["title", "text"]}},
        {"terms": {"kind": ["public"]}},
        {"range": {"published": {"gte": 0, "lt": 86_400_000_000}}},
    ]
    assert query["bool"]["must_not"] == [
        {"multi_match": {"query": "坏", "type": "phrase", "fields": ["title", "text"]}}
    ]


def test_the_attitude_is_what_documents_are_searched_by(make_labelled):
    assert document_of(make_labelled(unsure=True))["sentiment"] == "unsure"
    assert document_of(make_labelled())["sentiment"] == "negative"


def test_ties_are_broken_by_id_in_the_direction_of_the_order():
    assert sort_of("oldest") == [{"published": "asc"}, {"id": "asc"}]
    assert sort_of("newest") == [{"published": "desc"}, {"id": "desc"}]


def test_nothing_is_said_as_nothing_and_alternatives_as_such():
    assert query_of(Query(where=Any())) == {"match_none": {}}
    assert query_of(Query(where=Any((Not(Among("project", ("a",))), Among("kind", ("public",)))))) == {
        "bool": {
            "should": [{"bool": {"must_not": [{"terms": {"projects": ["a"]}}]}}, {"terms": {"kind": ["public"]}}],
            "minimum_should_match": 1,
        }
    }


def test_the_roles_of_the_docs_are_those_that_are_tested(tested_roles):
    operate = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    written = re.search(r"```yaml\n(minsheng: .*?)```", operate, re.DOTALL)[1].replace("minsheng-*", "test-*")

    roles, tested = yaml.safe_load(written), yaml.safe_load(tested_roles)

    assert set(roles) == {"minsheng", "minsheng_setup"}
    assert all(tested[name] == role for name, role in roles.items())
