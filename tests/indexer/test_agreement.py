"""Each engine against the oracle on random posts, queries and trees: every answer must be the same."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from indexer.base import Facet, Query
from indexer.conditions import EVERYTHING, All, Among, Any, During, Holds, Not
from indexer.memory import MemoryIndex
from minsheng.correcting import Change
from minsheng.corrections import CORRECTION_MARKS
from minsheng.domain import ATTITUDES, Kind, Sentiment, Vector, Window
from minsheng.text import normalise

# Few different characters, so that random words are often found; every kind of sign that engines treat specially.
ALPHABET = "路灯坏修了文昌路燈Aａbß3３ 　，,。!！?*\"'()-:^%_\\😡👍🏽é´\u0301ﬁ½㎡ıİ𠮷\u200d\ufe0f\x00\n"
LATIN = ("bus", "b", "us", "business", "3", "13", "a3", "x" * 100, "x" * 101, "x" * 200, "é", "ＢＵＳ", "B２")
QUERIES = 300
MOST_PARTS = 3
FIELDS = {
    "project": ("road", "park", "桥", "none"),
    "source": ("forum", "gov", "none"),
    "kind": tuple(Kind),
    "sentiment": ATTITUDES,
    "topic": ("urban", "health"),
    "aspect": ("quality", "cost"),
    "intent": ("request", "news", ""),
    "cluster": tuple(f"forum:{n}" for n in range(60)),
    "thread": tuple(f"t{n}" for n in range(10)),
    "reply_to": tuple(f"forum:{n}" for n in range(10)),
    "linked": ("road", "park", "桥", "none"),
    "model": ("old", "new"),
    "corrected": CORRECTION_MARKS,
}
FACETS = get_args(Facet)


def random_text(rng, longest):
    """Return signs and Han, with whole Latin words in between now and then."""
    chosen = (rng.choice(LATIN if rng.random() < 0.1 else ALPHABET) for _ in range(rng.randint(0, longest)))
    return "".join(chosen)


def random_post(rng, number, make_labelled, now):
    negative = rng.random()
    return make_labelled(
        random_text(rng, 30),
        title=random_text(rng, 8),
        id=f"forum:{number}",
        negative=negative,
        neutral=(1 - negative) / 3,
        positive=1 - negative - (1 - negative) / 3,
        projects=tuple(rng.choices(["road", "park", "桥"], k=rng.randint(0, 3))),
        topic=rng.choice(["urban", "health", "other"]),
        aspect=rng.choice(["quality", "cost"]),
        intent=rng.choice(["request", "news", ""]),
        unsure=rng.random() < 0.2,
        source=rng.choice(["forum", "gov", "blog"]),
        kind=rng.choice(list(Kind)),
        cluster=f"forum:{rng.randint(0, 150)}",
        thread=f"t{rng.randint(0, 20)}",
        reply_to=rng.choice([None, f"forum:{rng.randint(0, 20)}"]),
        published_at=now - timedelta(minutes=rng.randint(0, 40) * rng.choice([1, 600, 90_000])),
        likes=rng.choice([None, 0, 12]),
        model=rng.choice(["old", "new"]),
        vector=random_vector(rng),
    )


def random_changes(rng):
    """Return corrections and withdrawals of a few fields."""
    projects = tuple(rng.sample(["road", "park", "桥"], k=rng.randint(0, 3)))
    wished = {"sentiment": (rng.choice(list(Sentiment)).value,), "project": projects}
    wished |= {"topic": ("health",), "aspect": ("cost",), "intent": ("news",)}
    fields = rng.sample(list(wished), k=rng.randint(1, 3))
    return [Change(field, None if rng.random() < 0.3 else wished[field]) for field in fields]


def random_vector(rng):
    """Return few different directions, so that ties are common, in two spaces; now and then none."""
    numbers = bytes([rng.choice([1, 2, 254]), rng.choice([0, 1, 255]), rng.choice([0, 9])])
    return rng.choice([None, *[Vector("one", numbers)] * 5, Vector("two", numbers)])


def random_piece(rng, posts):
    """Return a piece to look for: some of a post, a Latin word, or anything; what is nothing in normal form is 路."""
    some = rng.choice(posts).post.text
    start = rng.randint(0, max(len(some) - 1, 0))
    taken = some[start : start + rng.randint(1, 5)]
    piece = rng.choice([taken, taken, rng.choice(ALPHABET), rng.choice(LATIN), random_text(rng, 3)])
    return piece if 1 <= len(normalise(piece)) <= 200 else "路"


def random_window(rng, now):
    since = now - timedelta(hours=rng.randint(0, 9000))
    return Window(since, since + timedelta(hours=rng.randint(0, 5000)))


def random_leaf(rng, posts, now):
    kind = rng.random()
    if kind < 0.6:
        return Holds(random_piece(rng, posts))
    if kind < 0.95:
        field = rng.choice(list(FIELDS))
        return Among(field, tuple(rng.sample(FIELDS[field], k=rng.randint(0, 2))))
    return During(random_window(rng, now))


def random_tree(rng, posts, now, height):
    if height == 0 or rng.random() < 0.15:
        return random_leaf(rng, posts, now)
    if rng.random() < 0.3:
        return Not(random_tree(rng, posts, now, height - 1))
    parts = tuple(
        random_tree(rng, posts, now, height - 1) for _ in range(rng.choice([0, 1, 2, 2, 2, 3, 3, MOST_PARTS]))
    )
    return rng.choice([All, Any])(parts)


def random_query(rng, posts, now):
    text = rng.choice(["", "", random_piece(rng, posts), f"{random_piece(rng, posts)} {random_piece(rng, posts)}"])

    def maybe(field):
        return tuple(rng.sample(FIELDS[field], k=rng.randint(1, 2))) if rng.random() < 0.1 else ()

    return Query(
        text,
        where=random_tree(rng, posts, now, rng.randint(1, 4)) if rng.random() < 0.7 else EVERYTHING,
        projects=maybe("project"),
        sources=maybe("source"),
        kinds=maybe("kind"),
        sentiments=maybe("sentiment"),
        topics=maybe("topic"),
        aspects=maybe("aspect"),
        intents=maybe("intent"),
        clusters=maybe("cluster"),
        threads=maybe("thread"),
        linked=maybe("linked"),
        reply_to=maybe("reply_to"),
        window=random_window(rng, now) if rng.random() < 0.1 else None,
        order=rng.choice(["newest", "oldest", "best"]),
        limit=rng.choice([1, 3, 20, 500]),
        fold=rng.random() < 0.3,
    )


def has_vector(page):
    return bool(page.hits) and page.hits[0].labelled.reading.vector is not None


def answers(index, query, facet, interval):
    """Everything that an index can say about a query; maps as lists, for their order counts too."""
    first = index.search(query)
    second = index.search(replace(query, after=first.next)) if first.next else None
    vector = Vector("one", bytes([1, 1, 0]))
    return (
        index.similar(query, vector, 0.5),
        index.similar(replace(query, text=""), first.hits[0].labelled.post.id, -1) if has_vector(first) else None,
        first,
        second,
        index.count(query),
        list(index.facet(query, facet, 2).items()),
        list(index.histogram(query, interval).items()),
        list(index.stream(query)),
    )


@pytest.mark.parametrize("seed", range(2))
def test_an_engine_and_the_oracle_give_the_same_answers_to_random_queries(engine, make_labelled, now, seed):
    rng = random.Random(seed)
    oracle = MemoryIndex()
    posts = [random_post(rng, rng.randint(0, 500), make_labelled, now) for _ in range(700)]
    gone = [f"forum:{rng.randint(0, 500)}" for _ in range(60)]
    found = 0
    for start in (0, 350):
        part = posts[start : start + 350]
        assert engine.add(part) == oracle.add(part)
        for n in range(60):
            post_id, changes, at = f"forum:{rng.randint(0, 500)}", random_changes(rng), now + timedelta(seconds=n)
            assert engine.correct(post_id, changes, at) == oracle.correct(post_id, changes, at)
        assert engine.delete(gone) == oracle.delete(gone)

    for _ in range(QUERIES // 2):
        query = random_query(rng, posts, now)
        facet = rng.choice(FACETS)
        interval = rng.choice(["day", "week", "month"])
        expected = answers(oracle, query, facet, interval)
        found += bool(expected[4])

        assert answers(engine, query, facet, interval) == expected, query

    assert QUERIES // 8 < found < QUERIES // 2, "queries that all miss, or all hit, would prove little"
