"""Random query strings in, what becomes of each of them out: an answer, or an error that names the place.

Run ``python -m benchmarks.fuzz_queries [--quick] [--comments N] [--queries N] [--json FILE]``: 20,000 strings on an SQLite
index of 100,000 comments, or 500 on 5,000 with ``--quick``. Half of them are queries as an officer writes them with some
of their characters changed, half are rubbish: control characters, lone surrogates, quotation marks and brackets without
end, the syntax of FTS5, SQL and Lucene, very long words, emoji, marks that turn the direction of writing. Each goes
through ``parse``, ``check_query`` and ``count``, as the console does it. It ends with 1 if one fails in another way than
by an error that says where and what was expected, or takes more than two seconds.
"""

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from benchmarks.comments import PROJECTS, make_comments, words
from benchmarks.report import Measure, arguments, percentiles, report, timed
from indexer.base import PostIndex, Query
from indexer.conditions import All, Among
from indexer.language import LanguageError, Names, parse, write
from indexer.language.names import FIELDS, Named
from indexer.sqlite import SqliteIndex
from minsheng import words as titles
from minsheng.errors import MinshengError

MOST_SECONDS = 2.0
TODAY = date(2026, 3, 10)
NAMES = Names(
    projects=tuple(Named((id_,), (id_, f"{id_}号线路灯改造")) for id_ in PROJECTS),
    sources=tuple(Named((id_,), (id_, title)) for id_, title in (("forum", "论坛"), ("gov", "政府网站"))),
    departments=(Named(PROJECTS[:9], ("housing", "住建局")),),
    regions=(Named(PROJECTS[5:], ("临江市城东区",)),),
    claims=(Named(("claim",), ("claim", "满意率达98%")),),
    after={"claim": All((Among("kind", ("public",)), Among("project", ("p7",))))},
)
_VALUES = (
    "p7", "claim", "负面", "拿不准", "forum", "论坛", "住建局", "城东", "公众", "official", "2026-01..2026-03", "2026", "近7天", "昨天",
    "2026-13", "9999999", "..", "0001-01-01..9999-12-31", "近9999天", "2025-02-29", '"住建 局"', "没有的", *titles.TOPICS,
)  # fmt: skip
_SIGNS = (
    "(", ")", "（", "）", '"', "“", "”", "「", "』", "-", "--", "－", "~", "～", "|", "||", "｜", ",", "，", "、", ":", "：", "\\",
    "OR", "AND", "NOT", "ＯＲ", "or", "1）", "..", "…", "*", "^", "{", "}", "[", "]", "+", "?", "/", "'", ";", "%", "_", "=", "#",
)  # fmt: skip
_SYNTAX = (
    "title:路", "{title text}: 路", "NEAR(路 灯, 5)", '"路" OR 1=1', "路' OR '1'='1", "'; DROP TABLE posts;--", "路*", "^路", "路 MATCH 灯",
    "text:/路.*/", "路~2", "路^5", "[2026 TO 2027]", "{路 TO 灯}", "_exists_:title", "+路 -灯 !坏", "路 && 灯", "*:*", "(?i)路",
    '{"match_all":{}}', "rowid:1", "words MATCH", "\\u0000", "${jndi:x}", "<script>", "路\\", "AND OR NOT", 'x" NOT "y',
)  # fmt: skip
_ODD = (
    "\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\ud83d", "\ude00", "\ud800", "\udfff", "😡", "👍🏽", "👨‍👩‍👧", "🏳️‍🌈", "\u202e", "\u200f", "\u2066", "\u200b", "\u200d",
    "\ufeff", "\ufe0f", "\u0301", "\u3000", "\xa0", "\ue000", "\ue080", "\ue081", "\uffff", "\U0010ffff", "𠮷", "ﷺ", "ﬁ", "½", "㎡", "ı", "İ", "ß", "é", "я", "가", "が", "ก็",
)  # fmt: skip


def main() -> None:
    options = arguments(__doc__, {"comments": "how many comments", "queries": "how many strings"})
    comments = options.comments or (5_000 if options.quick else 100_000)
    queries = options.queries or (500 if options.quick else 20_000)
    with tempfile.TemporaryDirectory() as folder:
        index = SqliteIndex(Path(folder) / "index.sqlite")
        index.add(make_comments(comments))
        outcome = ask_all(index, odd_queries(random.Random(1), queries))
        index.close()
    report([Measure("comments", comments, ""), *outcome.measures()], options.json)
    for wrong in outcome.wrong:
        print(wrong)
    sys.exit(1 if outcome.wrong else 0)


@dataclass(slots=True)
class Outcome:
    """How many strings were answered or refused, how long each took, and what went wrong."""

    numbers: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def measures(self) -> list[Measure]:
        return [
            Measure("query strings", len(self.milliseconds), ""),
            *(Measure(name, number, "") for name, number in sorted(self.numbers.items())),
            *percentiles("a string", self.milliseconds),
            Measure("the slowest string", max(self.milliseconds), "ms"),
            Measure("that went wrong", len(self.wrong), ""),
        ]


def ask_all(index: PostIndex, texts: Iterator[str]) -> Outcome:
    """Ask for each text as the console does, and time it."""
    outcome = Outcome()
    for text in texts:
        came_of, seconds = timed(lambda text=text: ask(index, text))  # type: ignore[misc]  # a default binds the text
        outcome.numbers[came_of.partition(":")[0]] += 1
        outcome.milliseconds.append(1000 * seconds)
        if came_of.startswith("crash"):
            outcome.wrong.append(f"{came_of}: {text!r}")
        if seconds > MOST_SECONDS:
            outcome.wrong.append(f"slow: {seconds:.1f} s: {text!r}")
    return outcome


def ask(index: PostIndex, text: str) -> str:
    """Return what becomes of a text: "found something", "found nothing", "refused", or "crash: …"."""
    try:
        where = parse(text, NAMES, TODAY)
        if parse(write(where, NAMES), NAMES, TODAY) != where:
            return "crash: written anew it means something else"
        return "found something" if index.count(Query(where=where)) else "found nothing"
    except LanguageError as error:
        is_placed = 0 <= error.offset <= len(text) and error.length >= 1 and error.expected
        return "refused" if is_placed and str(error).isprintable() else f"crash: an error without a place: {error}"
    except MinshengError as error:
        return f"crash: refused behind the language: {error}"
    except Exception as error:  # noqa: BLE001 - to find what nobody thought of
        return f"crash: {type(error).__name__}: {error}"


def odd_queries(rng: random.Random, number: int) -> Iterator[str]:
    """The same seed gives the same strings."""
    for _ in range(number):
        yield rng.choice((_changed, _rubbish, _deep, _long))(rng) if rng.random() < 0.5 else _changed(rng)


def _changed(rng: random.Random) -> str:
    """Return a query as one writes it, some of its characters changed."""
    text = _written(rng, 3)
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice((rng.choice(_SIGNS), rng.choice(_ODD), "")) + text[at + rng.randint(0, 2) :]
    return text


def _written(rng: random.Random, height: int) -> str:
    if height and rng.random() < 0.5:
        parts = [_written(rng, height - 1) for _ in range(rng.randint(1, 3))]
        joined = rng.choice((" ", " OR ", "|", " AND ", " -", " NOT ")).join(parts)
        return rng.choice((joined, f"({joined})", f"-({joined})", f"（{joined}）"))
    if rng.random() < 0.3:
        values = ",".join(rng.choice(_VALUES) for _ in range(rng.choice((1, 1, 2))))
        return f"{rng.choice(tuple(FIELDS))}{rng.choice(':：')}{values}"
    known = words()
    word = rng.choice(rng.choice((known.characters, known.frequent, known.rare, known.phrases)))
    return rng.choice(("", "", "", "~", "-")) + rng.choice((word, word, f'"{word}"', f"“{word}”", f'"{word} {word}"'))


def _rubbish(rng: random.Random) -> str:
    stock: Sequence[Sequence[str]] = (_SIGNS, _ODD, _SYNTAX, words().frequent, tuple(FIELDS), _VALUES)
    made = "".join(rng.choice(rng.choice(stock)) + rng.choice(("", "", " ")) for _ in range(rng.randint(1, 30)))
    return made + "".join(chr(rng.randrange(0x110000)) for _ in range(rng.choice((0, 0, 5, 50))))


def _deep(rng: random.Random) -> str:
    """Return signs within signs, closed or not."""
    depth = rng.choice((5, 20, 29, 30, 31, 100, 450))
    opened, closed = rng.choice(
        (("(", ")"), ("-(", ")"), ("-", ""), ("NOT ", ""), ("~", ""), ('"', '"'), ("(路 (", "))"), ("(a OR ", ")"))
    )
    return opened * depth + rng.choice(words().frequent) + closed * rng.choice((depth, depth, depth - 1, 0))


def _long(rng: random.Random) -> str:
    """Return one long word, or very many short ones."""
    unit = rng.choice(
        (
            *_ODD,
            *words().frequent,
            "x",
            "3",
            "路 ",
            "~路灯 ",
            "x ",
            "a|",
            "项目:p7 ",
            '"',
            "~",
            "日期:2026 ",
            "情感:负面,",
        )
    )
    size = rng.choice((50, 51, 100, 199, 200, 201, 499, 500, 501, 5000, 100_000))
    return rng.choice(("", "~", "-", '"', "项目:")) + (unit * size)[:size]


if __name__ == "__main__":
    main()
