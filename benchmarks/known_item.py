"""Titles of real messages with words left out in, how often the message itself is found out: known-item search.

Run ``python -m benchmarks.known_item [--quick] [--json FILE]`` beside the shared data (TipDM messages; extra ``bench``).
The index holds the bodies of the messages, without their titles. Each query is the title of one with every fifth word
left out (SnowNLP cuts the words; the choice is seeded), as an officer remembers a matter; what it must find is the body,
or one of the same wording. Printed are the share of queries that find it among the first ten, and the mean of 1/rank.

The product is asked with all words (and what it offers where nothing holds them all: the same words roughly, see
docs/search.md) in order "best". Beside it stand ``LIKE`` on all words, newest first, FTS5 ``trigram`` on all words by
BM25, and, where MINSHENG_TEST_ES names an Elasticsearch, its ``standard`` analyzer with ``match``; there it is also
counted for how many of the first hundred queries the product's two engines differ in what they find.
"""

import os
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from snownlp import SnowNLP

from benchmarks.plain_index import PlainIndex
from benchmarks.real import read_board
from benchmarks.report import Measure, arguments, percentiles, report, timed
from indexer.base import PostIndex, Query
from indexer.conditions import All, Holds, Roughly
from indexer.roughly import softened
from indexer.sqlite import SqliteIndex
from minsheng.domain import BEIJING, Kind, LabelledPost, Opinion, Post, Reading
from minsheng.text import normalise

QUERIES = 1000
FIRST = 10
LEFT_OUT = 0.2
COMPARED = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What is remembered of a title: its words, the same with neighbours together, and the body that is meant."""

    words: tuple[str, ...]
    runs: tuple[str, ...]
    body: str


Find = Callable[[Asked], Sequence[str]]
"""Returns the ids of the first ten that are found."""


def main() -> None:
    options = arguments(__doc__)
    number = 100 if options.quick else QUERIES
    with tempfile.TemporaryDirectory() as folder:
        measures = run(number, Path(folder))
    report(measures, options.json)


def run(number: int, folder: Path) -> list[Measure]:
    messages = dict(_messages())
    posts = [_post(body, moment, number) for number, (body, (_, moment)) in enumerate(messages.items())]
    bodies = {labelled.post.id: labelled.post.text for labelled in posts}
    asked = list(_asked(random.Random(1), [(title, body) for body, (title, _) in messages.items()], number))
    measures = [Measure("messages", len(posts), ""), Measure("queries", len(asked), "")]
    with ExitStack() as stack:
        index = stack.enter_context(closing(SqliteIndex(folder / "index.sqlite")))
        like, trigram = (
            stack.enter_context(closing(PlainIndex(folder / name, trigram=name == "trigram")))
            for name in ("like", "trigram")
        )
        finds: dict[str, Find] = {
            "all words": partial(_all_words, index),
            "all words, else roughly": partial(_all_or_roughly, index),
            "roughly": partial(_roughly, index),
            "LIKE, all words": lambda one: like.best(one.words, FIRST),
            "FTS5 trigram, all words": lambda one: trigram.best(one.words, FIRST),
        }
        for add in (index.add, like.add, trigram.add):
            add(posts)
        if address := os.environ.get("MINSHENG_TEST_ES"):
            from benchmarks.plain_elastic import PlainElastic, temporary_index

            plain = stack.enter_context(closing(PlainElastic(address)))
            plain.add(posts)
            finds["Elasticsearch standard, match"] = lambda one: plain.best(one.runs, FIRST)
            other, _ = stack.enter_context(temporary_index(address))
            other.add(posts)
            measures += _compared(index, other, asked[:COMPARED])
        for name, find in finds.items():
            measures += _scores(name, find, asked, bodies)
    return measures


def _compared(index: PostIndex, other: PostIndex, asked: Sequence[Asked]) -> list[Measure]:
    found, seconds = timed(lambda: [_roughly(other, one) for one in asked])
    differing = sum(ours != theirs for ours, theirs in zip((_roughly(index, one) for one in asked), found, strict=True))
    return [
        Measure(f"SQLite and Elasticsearch differ, of {len(asked)} queries", differing, "queries"),
        Measure("Elasticsearch, roughly", 1000 * seconds / len(asked), "ms a query"),
    ]


def _messages() -> Iterator[tuple[str, tuple[str, datetime]]]:
    """Yield body, title and time of each message; of those that say the same the last is taken."""
    board = read_board()
    for message in (*board.replies, *board.votes):
        moment = datetime.strptime(message.time.replace("-", "/"), "%Y/%m/%d %H:%M:%S").replace(tzinfo=BEIJING)
        yield message.text, (message.title, moment)


def _post(body: str, moment: datetime, number: int) -> LabelledPost:
    post_id = f"board:{number}"
    post = Post(post_id, "board", Kind.PUBLIC, "http://board.example/", post_id, "", body, moment, moment)
    return LabelledPost(post, Reading((), Opinion(0.2, 0.6, 0.2), "other", "other", post_id, "none"))


def _asked(rng: random.Random, messages: Sequence[tuple[str, str]], number: int) -> Iterator[Asked]:
    for title, body in rng.sample(messages, number):
        words = [word for word in map(normalise, SnowNLP(title).words) if any(map(str.isalnum, word))]
        kept = [place for place in range(len(words)) if rng.random() >= LEFT_OUT]
        if not kept:
            continue
        runs = words[kept[0]]
        for before, place in pairwise(kept):
            runs += ("" if place == before + 1 else " ") + words[place]
        yield Asked(tuple(words[place] for place in kept), tuple(runs.split(" ")), body)


def _all_words(index: PostIndex, asked: Asked) -> Sequence[str]:
    return _best(index, Query(where=All(tuple(map(Holds, asked.words)))))


def _all_or_roughly(index: PostIndex, asked: Asked) -> Sequence[str]:
    where = All(tuple(map(Holds, asked.runs)))
    soft = softened(where)
    return _best(index, Query(where=where)) or (_best(index, Query(where=soft)) if soft else [])


def _roughly(index: PostIndex, asked: Asked) -> Sequence[str]:
    return _best(index, Query(where=Roughly(" ".join(asked.runs))))


def _best(index: PostIndex, query: Query) -> Sequence[str]:
    found = index.search(replace(query, order="best", limit=FIRST))
    return [hit.labelled.post.id for hit in found.hits]


def _scores(name: str, find: Find, asked: Sequence[Asked], bodies: Mapping[str, str]) -> list[Measure]:
    ranks, milliseconds = [], []
    for one in asked:
        found, seconds = timed(partial(find, one))
        milliseconds.append(1000 * seconds)
        ranks.append(next((rank for rank, id_ in enumerate(found, 1) if bodies[id_] == one.body), 0))
    return [
        Measure(f"{name}: recall@{FIRST}", sum(rank > 0 for rank in ranks) / len(ranks), ""),
        Measure(f"{name}: MRR", sum(1 / rank for rank in ranks if rank) / len(ranks), ""),
        *percentiles(name, milliseconds),
    ]


if __name__ == "__main__":
    main()
