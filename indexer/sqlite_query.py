"""A checked query in, SQL and its parameters out. Values are always bound; user text never becomes syntax."""

from dataclasses import dataclass
from typing import Any

from indexer.base import Facet, Query
from indexer.ranking import Position, is_descending, words_of
from indexer.sqlite_schema import match_expression
from indexer.times import to_micros

_COLUMNS = {
    "sources": "source",
    "kinds": "kind",
    "sentiments": "sentiment",
    "topics": "topic",
    "aspects": "aspect",
    "clusters": "cluster",
    "threads": "thread",
    "reply_to": "reply_to",
}


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with the values of its question marks."""

    text: str
    values: tuple[Any, ...] = ()


def count_sql(query: Query) -> Sql:
    words = words_of(query.text)
    if words and not query.fold and not _filters(query):  # the words alone say it
        return Sql("SELECT count(*) FROM words WHERE words MATCH ?", (match_expression(words),))
    matches = _matches(query, _conditions(query))
    return Sql(f"SELECT count(*) FROM ({matches.text})", matches.values)


def facet_sql(query: Query, facet: Facet, limit: int) -> Sql:
    matches = _matches(query, _conditions(query))
    column, join = ("l.project", "JOIN links l ON l.n = m.n") if facet == "project" else (f"m.{facet}", "")
    text = f"SELECT {column}, count(*) FROM ({matches.text}) m {join} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
    return Sql(text, (*matches.values, limit))


def days_sql(query: Query) -> Sql:
    matches = _matches(query, _conditions(query))
    return Sql(f"SELECT day, count(*) FROM ({matches.text}) GROUP BY day", matches.values)


def positions_sql(query: Query, after: Position | None = None, limit: int = -1, *, walk: bool = False) -> Sql:
    """Return (n, key, id) of the matches in order. ``walk`` goes along the order and reads each text on the way.

    Walking is fast when words are common: the first few matches are found at once. Otherwise it is better to take
    all posts with the words from the FTS index and sort them.
    """
    matches = _walk(query) if walk else _matches(query, _conditions(query))
    ranked = _ranked(query, matches)
    direction, sign = ("DESC", "<") if is_descending(query.order) else ("ASC", ">")
    where, mark = (f"WHERE (key, id) {sign} (?, ?)", (after.key, after.id)) if after else ("", ())
    text = f"{ranked.text} SELECT n, key, id FROM ranked {where} ORDER BY key {direction}, id {direction} LIMIT ?"
    return Sql(text, (*ranked.values, *mark, limit))


def may_walk(query: Query) -> bool:
    return query.order != "best" and not query.fold and bool(query.text)


def _ranked(query: Query, matches: Sql) -> Sql:
    words = words_of(query.text)
    if query.order != "best" or not words:
        return Sql(f"WITH ranked AS (SELECT n, id, published AS key FROM ({matches.text}))", matches.values)
    key = f"m.published + bonus(b.norm_title, b.norm_text, {_marks(words)})"
    rows = f"SELECT m.n, m.id, {key} AS key FROM ({matches.text}) m JOIN bodies b ON b.n = m.n"
    # Materialised, or SQLite would work the bonus out for the comparison and again for the sorting.
    return Sql(f"WITH ranked AS MATERIALIZED ({rows})", (*words, *matches.values))


def _matches(query: Query, conditions: list[Sql]) -> Sql:
    where, values = _all_of(conditions)
    if not query.fold:
        return Sql(f"SELECT p.* FROM posts p {where}", values)
    place = "row_number() OVER (PARTITION BY p.cluster ORDER BY p.published, p.id) AS place"
    return Sql(f"SELECT * FROM (SELECT p.*, {place} FROM posts p {where}) WHERE place = 1", values)


def _walk(query: Query) -> Sql:
    reads = [Sql("(instr(b.norm_title, ?) OR instr(b.norm_text, ?))", (word, word)) for word in words_of(query.text)]
    where, values = _all_of(_filters(query) + reads)
    return Sql(f"SELECT p.* FROM posts p INDEXED BY posts_published CROSS JOIN bodies b ON b.n = p.n {where}", values)


def _conditions(query: Query) -> list[Sql]:
    words = words_of(query.text)
    found = Sql("p.n IN (SELECT rowid FROM words WHERE words MATCH ?)", (match_expression(words),))
    return _filters(query) + ([found] if words else [])


def _filters(query: Query) -> list[Sql]:
    filters = []
    for name, column in _COLUMNS.items():
        if values := tuple(map(str, getattr(query, name))):
            filters.append(Sql(f"p.{column} IN ({_marks(values)})", values))
    if query.projects:
        project = f"p.n IN (SELECT n FROM links WHERE project IN ({_marks(query.projects)}))"
        filters.append(Sql(project, tuple(query.projects)))
    if query.window:
        span = (to_micros(query.window.since), to_micros(query.window.until))
        filters.append(Sql("p.published >= ? AND p.published < ?", span))
    return filters


def _all_of(conditions: list[Sql]) -> tuple[str, tuple[Any, ...]]:
    where = "WHERE " + " AND ".join(part.text for part in conditions) if conditions else ""
    return where, tuple(value for part in conditions for value in part.values)


def _marks(values: tuple[Any, ...]) -> str:
    return ", ".join("?" * len(values))
