"""Each engine on random posts, queries and trees: against a plain scan written here, and against the oracle.

Hypothesis draws them; ``--hypothesis-profile=long`` draws many more and others each time (tests/indexer/conftest.py).
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from indexer.base import Facet, Query, Share
from indexer.conditions import EVERYTHING, All, Among, Any, During, Holds, Not, Roughly
from indexer.memory import MemoryIndex
from minsheng.correcting import Change, corrected
from minsheng.corrections import CORRECTION_MARKS
from minsheng.domain import ATTITUDES, BEIJING, Kind, LabelledPost, Opinion, Post, Reading, Sentiment, Vector, Window
from minsheng.text import normalise

# An Elasticsearch that shares its cores needs a few minutes for all examples.
pytestmark = pytest.mark.timeout(1200)

# Few different characters, so that random words are often found; every kind of sign that engines treat specially.
COMMON = "路灯坏修"
ALPHABET = COMMON + "了文昌路燈Aａbß3３ 　，,。!！?*\"'()-:^%_\\😡👍🏽é´\u0301ﬁ½㎡ıİ𠮷\u200d\ufe0f\x00\n\u202e"
LATIN = ("bus", "b", "us", "business", "3", "13", "a3", "x" * 100, "x" * 101, "x" * 200, "é", "ＢＵＳ", "B２")
NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
FIELDS = {
    "project": ("road", "park", "桥", "none"),
    "source": ("forum", "gov", "none"),
    "kind": tuple(Kind),
    "sentiment": ATTITUDES,
    "topic": ("urban", "health"),
    "aspect": ("quality", "cost"),
    "intent": ("request", "news", ""),
    "cluster": tuple(f"forum:{n}" for n in range(8)),
    "thread": tuple(f"t{n}" for n in range(5)),
    "reply_to": tuple(f"forum:{n}" for n in range(5)),
    "linked": ("road", "park", "桥", "none"),
    "model": ("old", "new"),
    "corrected": CORRECTION_MARKS,
}
FILTERS = {
    "projects": "project", "sources": "source", "kinds": "kind", "sentiments": "sentiment", "topics": "topic",
    "aspects": "aspect", "intents": "intent", "clusters": "cluster", "threads": "thread", "reply_to": "reply_to",
    "linked": "linked",
}  # fmt: skip
FACETS = get_args(Facet)
HALVES = Share(0, 2), Share(1, 2)


def some_text(longest):
    """Signs and Han, with whole Latin words in between now and then."""
    units = st.one_of(*[st.sampled_from(units) for units in (COMMON, COMMON, ALPHABET, LATIN)])
    return st.lists(units, max_size=longest).map("".join)


def moments():
    """Many at one time, days and years apart, and on both sides of midnight in Beijing."""
    steps = st.builds(
        lambda n, size: timedelta(minutes=n * size), st.integers(0, 40), st.sampled_from([1, 600, 20_000])
    )
    return steps.map(lambda back: NOW - back)


def posts():
    post = st.builds(
        Post,
        id=st.integers(0, 40).map("forum:{}".format),
        source=st.sampled_from(["forum", "gov", "blog"]),
        kind=st.sampled_from(Kind),
        url=st.just("http://forum.example/"),
        thread=st.sampled_from([f"t{n}" for n in range(7)]),
        title=some_text(6),
        text=some_text(20),
        published_at=moments(),
        collected_at=st.just(NOW),
        reply_to=st.none() | st.sampled_from([f"forum:{n}" for n in range(7)]),
        likes=st.sampled_from([None, 0, 12]),
    )
    opinion = st.sampled_from([Opinion(0.8, 0.1, 0.1), Opinion(0.1, 0.8, 0.1), Opinion(0.1, 0.1, 0.8)])
    reading = st.builds(
        Reading,
        projects=st.lists(st.sampled_from(["road", "park", "桥"]), max_size=3).map(tuple),
        opinion=opinion,
        topic=st.sampled_from(["urban", "health", "other"]),
        aspect=st.sampled_from(["quality", "cost"]),
        cluster=st.sampled_from([f"forum:{n}" for n in range(12)]),
        model=st.sampled_from(["old", "new"]),
        intent=st.sampled_from(["request", "news", ""]),
        unsure=st.booleans(),
        vector=st.none() | vectors() | vectors(),
    )
    return st.builds(LabelledPost, post, reading)


def vectors():
    """Few different directions, so that ties are common, in two spaces."""
    numbers = st.builds(
        lambda *numbers: bytes(numbers),
        st.sampled_from([1, 2, 254]), st.sampled_from([0, 1, 255]), st.sampled_from([0, 9]),
    )  # fmt: skip
    return st.builds(Vector, st.sampled_from(["one", "one", "two"]), numbers)


def corrections():
    """What persons correct and withdraw, by the ids of posts, some of which are not there."""
    projects = st.lists(st.sampled_from(["road", "park", "桥"]), unique=True).map(tuple)
    sentiments = st.sampled_from([(label.value,) for label in Sentiment])
    wished = {"sentiment": sentiments, "project": projects}
    wished |= {"topic": st.just(("health",)), "aspect": st.just(("cost",)), "intent": st.just(("news",))}
    changes = st.sampled_from(sorted(wished)).flatmap(
        lambda name: st.builds(Change, st.just(name), st.none() | wished[name] | wished[name])
    )
    some = st.lists(changes, min_size=1, max_size=3, unique_by=lambda change: change.field)
    return st.lists(st.tuples(st.integers(0, 40).map("forum:{}".format), some), max_size=8)


def pieces(corpus):
    """Pieces to look for: parts of posts and others; what is nothing in normal form is 路."""
    texts = st.sampled_from([labelled.post.text for labelled in corpus])
    taken = st.builds(
        lambda text, start, size: text[start : start + size], texts, st.integers(0, 15), st.integers(1, 5)
    )
    return (taken | some_text(3)).map(lambda piece: piece if 1 <= len(normalise(piece)) <= 200 else "路")


def windows():
    return st.builds(lambda since, days: Window(since, since + timedelta(days=days)), moments(), st.integers(0, 300))


def trees(corpus):
    among = st.sampled_from(sorted(FIELDS)).flatmap(
        lambda field: st.lists(st.sampled_from(FIELDS[field]), max_size=2).map(
            lambda values: Among(field, tuple(values))
        )
    )
    said = pieces(corpus)
    leaves = said.map(Holds) | said.map(Holds) | said.map(Roughly) | among | windows().map(During)

    def grow(parts):
        some = st.lists(parts, max_size=4).map(tuple)
        return some.map(All) | some.map(Any) | parts.map(Not)

    return st.recursive(leaves, grow, max_leaves=12)


def queries(corpus):
    def maybe(values):
        # Seldom one of the ten filters, or next to nothing would be found.
        some = st.lists(st.sampled_from(values), min_size=1, max_size=2).map(tuple)
        return st.integers(0, 19).flatmap(lambda n: st.just(()) if n else some)

    chosen = {name: maybe(FIELDS[field]) for name, field in FILTERS.items()}
    return st.builds(
        Query,
        text=st.just("") | st.lists(pieces(corpus), max_size=2).map(" ".join),
        where=st.just(EVERYTHING) | trees(corpus) | trees(corpus),
        window=st.none() | st.none() | windows(),
        order=st.sampled_from(["newest", "oldest", "best"]),
        limit=st.sampled_from([1, 3, 20]),
        fold=st.booleans(),
        **chosen,
    )


cases = st.lists(posts(), min_size=1, max_size=30).flatmap(
    lambda corpus: st.tuples(st.just(corpus), corrections(), st.lists(queries(corpus), min_size=1, max_size=6))
)


# The plain scan: what docs/search.md promises, in its own words and with no code of the indexer.


def words_in(normal):
    """A run of ASCII letters and digits is one word, any other character a word of its own."""
    return re.findall(r"[0-9A-Za-z]+|.", normal, re.DOTALL)


def stands_in(piece, normal):
    wanted, words = words_in(piece), words_in(normal)
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words)))


def holds(post, piece):
    return stands_in(normalise(piece), normalise(post.title)) or stands_in(normalise(piece), normalise(post.text))


def holds_roughly(post, text):
    """A sixth, and at least two, of the pairs of neighbouring letters, numbers and Han."""
    normal = normalise(text)
    wanted = set()
    for run in "".join(char if char.isalnum() else " " for char in normal).split():
        words = words_in(run)
        wanted |= {left + right for left, right in pairwise(words)} or {run}
    wanted = wanted or {normal}
    held = sum(stands_in(part, normalise(post.title)) or stands_in(part, normalise(post.text)) for part in wanted)
    return held >= min(2, len(wanted)) and 6 * held >= len(wanted)


def values_of(labelled, field):
    label = labelled.label
    match field:
        case "project" | "sentiment" | "topic" | "aspect" | "intent":
            return set(label.of(field))
        case "linked":
            return set(labelled.reading.projects)
        case "corrected":
            return set(label.marks)
        case "cluster" | "model":
            return {getattr(labelled.reading, field)}
    value = getattr(labelled.post, field)
    return set() if value is None else {value}


def is_true(labelled, condition):
    match condition:
        case All(parts):
            return all(is_true(labelled, part) for part in parts)
        case Any(parts):
            return any(is_true(labelled, part) for part in parts)
        case Not(part):
            return not is_true(labelled, part)
    return is_leaf_true(labelled, condition)


def is_leaf_true(labelled, condition):
    match condition:
        case Holds(piece):
            return holds(labelled.post, piece)
        case Roughly(text):
            return holds_roughly(labelled.post, text)
        case Among(field, values):
            return bool(values_of(labelled, field) & set(values))
        case During(window):
            return window.since <= labelled.post.published_at < window.until
    raise AssertionError(condition)


def state(corpus, corrected_later):
    """Return the posts that an index must hold when it was filled."""
    half = len(corpus) // 2
    current = {labelled.post.id: labelled for labelled in corpus[:half]}
    for number, (post_id, changes) in enumerate(corrected_later):
        if post_id in current:
            current[post_id] = corrected(current[post_id], changes, NOW + timedelta(seconds=number))
    for labelled in corpus[half:]:
        old = current.get(labelled.post.id)
        current[labelled.post.id] = replace(labelled, corrections=old.corrections) if old else labelled
    return list(current.values())


def scan(current, query):
    """Return the posts that a query finds, in no order."""
    found = [
        labelled
        for labelled in current
        if all(holds(labelled.post, word) for word in normalise(query.text).split())
        and all(
            values_of(labelled, field) & set(getattr(query, name))
            for name, field in FILTERS.items()
            if getattr(query, name)
        )
        and (query.window is None or query.window.since <= labelled.post.published_at < query.window.until)
        and is_true(labelled, query.where)
    ]
    if not query.fold:
        return found
    clusters = {}
    for labelled in sorted(found, key=lambda one: (one.post.published_at, one.post.id)):
        clusters.setdefault(labelled.reading.cluster, labelled)
    return list(clusters.values())


def has_vector(page):
    return bool(page.hits) and page.hits[0].labelled.reading.vector is not None


def answers(index, query, facet, interval):
    """Everything that an index can say about a query; maps as lists, for their order counts too."""
    first = index.search(query)
    second = index.search(replace(query, after=first.next)) if first.next else None
    return (
        index.similar(query, Vector("one", bytes([1, 1, 0])), 0.5),
        index.similar(replace(query, text=""), first.hits[0].labelled.post.id, -1) if has_vector(first) else None,
        first,
        second,
        index.count(query),
        list(index.facet(query, facet, 2).items()),
        list(index.histogram(query, interval).items()),
        list(index.stream(query)),
        [list(index.stream(query, share)) for share in HALVES],
    )


def fill(index, corpus, corrected_later):
    """Empty an index, put half of the posts into it, correct some, and put in the others: later ones replace earlier.

    Return what the index said to that.
    """
    index.delete([labelled.post.id for labelled in index.stream(Query())])
    half = len(corpus) // 2
    return (
        index.add(corpus[:half]),
        [
            index.correct(post_id, changes, NOW + timedelta(seconds=number))
            for number, (post_id, changes) in enumerate(corrected_later)
        ],
        index.add(corpus[half:]),
    )


@given(case=cases)
def test_every_index_finds_what_a_plain_scan_finds(plain_index, case):
    index = plain_index
    corpus, corrected_later, asked = case
    fill(index, corpus, corrected_later)
    current = state(corpus, corrected_later)

    for query in asked:
        expected = scan(current, query)
        event("found something" if expected else "found nothing")
        ids = {labelled.post.id for labelled in expected}
        newest = sorted(expected, key=lambda one: (one.post.published_at, one.post.id), reverse=True)
        days = Counter(labelled.post.published_at.astimezone(BEIJING).date() for labelled in expected)

        assert {labelled.post.id for labelled in index.stream(query)} == ids, query
        assert sorted(one.post.id for share in HALVES for one in index.stream(query, share)) == sorted(ids), query
        assert index.count(query) == index.search(query).total == len(ids), query
        assert list(index.stream(replace(query, order="newest"))) == newest, query
        assert list(index.stream(replace(query, order="oldest"))) == newest[::-1], query
        assert index.histogram(query, "day") == days, query
        for facet, counts in index.facets(query, FACETS).items():
            assert counts == Counter(value for labelled in expected for value in values_of(labelled, facet)), query


@given(case=cases, facet=st.sampled_from(FACETS), interval=st.sampled_from(["day", "week", "month"]))
def test_an_engine_and_the_oracle_give_the_same_answers(engine, case, facet, interval):
    corpus, corrected_later, asked = case
    oracle = MemoryIndex()

    assert fill(engine, corpus, corrected_later) == fill(oracle, corpus, corrected_later)
    for query in asked:
        assert answers(engine, query, facet, interval) == answers(oracle, query, facet, interval), query
