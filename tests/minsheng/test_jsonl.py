import json

import pytest

from minsheng.errors import BadRow
from minsheng.jsonl import dump_post, parse_post


def test_a_post_survives_a_round_trip(make_post):
    post = make_post(
        "第一行\n第二行 “引号” 😀", reply_to="forum:9", place=3, likes=0, project="road", shown_at="昨天 12:30"
    )

    line = dump_post(post)

    assert "\n" not in line
    assert parse_post(line) == post


@pytest.mark.parametrize("spoil", ["{", "[]", "{}", '{"id": 1}'])
def test_a_line_that_is_not_a_post_is_refused(spoil):
    with pytest.raises(BadRow):
        parse_post(spoil)


def test_a_field_that_a_post_has_not_is_refused(make_post):
    row = json.loads(dump_post(make_post())) | {"nick": "x"}

    with pytest.raises(BadRow, match="unknown fields: nick"):
        parse_post(json.dumps(row))


def test_a_time_without_a_zone_is_refused(make_post):
    row = json.loads(dump_post(make_post())) | {"published_at": "2026-01-01T00:00:00"}

    with pytest.raises(BadRow, match="aware"):
        parse_post(json.dumps(row))
