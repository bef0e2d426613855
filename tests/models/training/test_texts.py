"""The texts that were written for training: right labels, no copies, and none of the behavioural list."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from minsheng.text import han_key
from models.evaluation import behaviour
from models.training.recipes import NONE, SENTIMENT_IDS, WRITTEN, rows, written

RUN = 10
CASES = Path(behaviour.__file__).parent / "cases"


def strings(value):
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(part)


def runs(text):
    han = re.sub(r"[^\u4e00-\u9fff]", "", han_key(text))
    return {han[start : start + RUN] for start in range(len(han) - RUN + 1)}


@pytest.fixture(scope="module")
def judged():
    files = sorted(CASES.rglob("*.y*ml"))
    assert files
    return [text for path in files for text in strings(yaml.safe_load(path.read_text("utf-8")))]


def test_every_written_text_teaches_each_head_that_labels_speak_of():
    examples = written()

    assert len(examples) > 2000
    assert all(NONE not in (e.sentiment, e.aspect, e.intent, e.relevance) for e in examples)
    assert min(Counter(e.sentiment for e in examples).values()) > 500


def test_private_chat_has_no_attitude_to_a_public_matter():
    assert {e.sentiment for e in written() if e.relevance == 0} == {SENTIMENT_IDS["neu"]}


def test_no_text_is_written_twice():
    numbers = Counter(han_key(row["text"]) or row["text"] for path in WRITTEN.glob("*.tsv") for row in rows(path))

    assert [text for text, number in numbers.items() if number > 1] == []


def test_no_written_text_repeats_a_case_of_the_behavioural_list(judged):
    keys = {key for text in judged if (key := han_key(text))}
    pieces = {piece for text in judged for piece in runs(text)}

    found = [e.text for e in written() if han_key(e.text) in keys or runs(e.text) & pieces]

    assert found == []
