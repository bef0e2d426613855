"""Each engine against the oracle on random posts and random queries: every answer must be the same."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from indexer.base import Query
from indexer.memory import MemoryIndex
from minsheng.domain import Kind, Sentiment, Window

# Few different characters, so that random words are often found; every kind of sign that engines treat specially.
ALPHABET = "路灯坏修了文昌路燈Aａbß3３ 　，,。!！?*\"'()-:^%_\\😡👍🏽é´\u0301ﬁ½㎡ıİ𠮷\u200d\ufe0f\x00\n"
QUERIES = 300


def random_text(rng, longest):
    return "".join(rng.choices(ALPHABET, k=rng.randint(0, longest)))


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
        source=rng.choice(["forum", "gov", "blog"]),
        kind=rng.choice(list(Kind)),
        cluster=f"forum:{rng.randint(0, 150)}",
        thread=f"t{rng.randint(0, 20)}",
        reply_to=rng.choice([None, f"forum:{rng.randint(0, 20)}"]),
        published_at=now - timedelta(minutes=rng.randint(0, 40) * rng.choice([1, 600, 90_000])),
        likes=rng.choice([None, 0, 12]),
    )


def random_query(rng, posts, now):
    some = rng.choice(posts).post
    taken = some.text[(start := rng.randint(0, max(len(some.text) - 1, 0))) : start + rng.randint(1, 5)]
    text = rng.choice(["", taken, taken, random_text(rng, 3), f"{taken} {some.title[:2]}", rng.choice(ALPHABET)])

    def maybe(*values):
        return tuple(rng.sample(values, k=rng.randint(1, 2))) if rng.random() < 0.2 else ()

    since = now - timedelta(hours=rng.randint(0, 9000))
    return Query(
        text,
        projects=maybe("road", "park", "桥", "none"),
        sources=maybe("forum", "gov", "none"),
        kinds=maybe(*Kind),
        sentiments=maybe(*Sentiment),
        topics=maybe("urban", "health"),
        aspects=maybe("quality", "cost"),
        clusters=maybe(*(f"forum:{n}" for n in range(150))),
        threads=maybe(*(f"t{n}" for n in range(10))),
        reply_to=maybe(*(f"forum:{n}" for n in range(10))),
        window=Window(since, since + timedelta(hours=rng.randint(0, 5000))) if rng.random() < 0.3 else None,
        order=rng.choice(["newest", "oldest", "best"]),
        limit=rng.choice([1, 3, 20, 500]),
        fold=rng.random() < 0.3,
    )


def answers(index, query, facet, interval):
    """Everything that an index can say about a query; maps as lists, for their order counts too."""
    first = index.search(query)
    second = index.search(replace(query, after=first.next)) if first.next else None
    return (
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
        assert engine.delete(gone) == oracle.delete(gone)

    for _ in range(QUERIES // 2):
        query = random_query(rng, posts, now)
        facet = rng.choice(["project", "source", "kind", "sentiment", "topic", "aspect"])
        interval = rng.choice(["day", "week", "month"])
        expected = answers(oracle, query, facet, interval)
        found += bool(expected[2])

        assert answers(engine, query, facet, interval) == expected, query

    assert QUERIES // 8 < found < QUERIES // 2, "queries that all miss, or all hit, would prove little"
