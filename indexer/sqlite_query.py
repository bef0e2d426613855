"""A checked query in, SQL and its parameters out. Values are always bound; user text never becomes syntax."""

from indexer.base import Facet, Query
from indexer.conditions import EVERYTHING, NOTHING, Holds
from indexer.ranking import Position, is_descending
from indexer.sqlite_conditions import Sql, expression, looked_up, read
from indexer.tree import condition_of, leaves, pieces_of

PIECES_APART = "\n"
"""Stands between the pieces that the SQL function ``bonus`` takes: SQLite allows no 200 arguments."""


def count_sql(query: Query) -> Sql:
    words = expression(condition_of(query))
    if words is not None and not query.fold:  # the words alone say it
        return Sql("SELECT count(*) FROM words WHERE words MATCH ?", (words,))
    matches = _matches(query)
    return Sql(f"SELECT count(*) FROM ({matches.text})", matches.values)


def facet_sql(query: Query, facet: Facet, limit: int) -> Sql:
    matches = _matches(query)
    column, join = ("l.project", "JOIN links l ON l.n = m.n") if facet == "project" else (f"m.{facet}", "")
    text = f"SELECT {column}, count(*) FROM ({matches.text}) m {join} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
    return Sql(text, (*matches.values, limit))


def days_sql(query: Query) -> Sql:
    matches = _matches(query)
    return Sql(f"SELECT day, count(*) FROM ({matches.text}) GROUP BY day", matches.values)


def positions_sql(query: Query, after: Position | None = None, limit: int = -1, *, walk: bool = False) -> Sql:
    """Return (n, key, id) of the matches in order. ``walk`` goes along the order and reads each text on the way.

    Walking is fast when words are common: the first few matches are found at once. Otherwise it is better to take
    all posts with the words from the FTS index and sort them.
    """
    ranked = _ranked(query, _walk(query) if walk else _matches(query))
    direction, sign = ("DESC", "<") if is_descending(query.order) else ("ASC", ">")
    where, mark = (f"WHERE (key, id) {sign} (?, ?)", (after.key, after.id)) if after else ("", ())
    text = f"{ranked.text} SELECT n, key, id FROM ranked {where} ORDER BY key {direction}, id {direction} LIMIT ?"
    return Sql(text, (*ranked.values, *mark, limit))


def may_walk(query: Query) -> bool:
    if query.order == "best" or query.fold:
        return False
    return any(isinstance(leaf, Holds) for leaf in leaves(condition_of(query)))


def _ranked(query: Query, matches: Sql) -> Sql:
    pieces = pieces_of(condition_of(query)) if query.order == "best" else ()
    if not pieces:
        return Sql(f"WITH ranked AS (SELECT n, id, published AS key FROM ({matches.text}))", matches.values)
    key = "m.published + bonus(b.norm_title, b.norm_text, ?)"
    rows = f"SELECT m.n, m.id, {key} AS key FROM ({matches.text}) m JOIN bodies b ON b.n = m.n"
    # Materialised, or SQLite would work the bonus out for the comparison and again for the sorting.
    return Sql(f"WITH ranked AS MATERIALIZED ({rows})", (PIECES_APART.join(pieces), *matches.values))


def _matches(query: Query) -> Sql:
    where = _where(query)
    if not query.fold:
        return Sql(f"SELECT p.* FROM posts p {where.text}", where.values)
    place = "row_number() OVER (PARTITION BY p.cluster ORDER BY p.published, p.id) AS place"
    return Sql(f"SELECT * FROM (SELECT p.*, {place} FROM posts p {where.text}) WHERE place = 1", where.values)


def _where(query: Query) -> Sql:
    condition = condition_of(query)
    if condition == EVERYTHING:
        return Sql("")
    if condition == NOTHING:
        return Sql("WHERE FALSE")
    found = looked_up(condition)
    return Sql(f"WHERE {found.text}", found.values)


def _walk(query: Query) -> Sql:
    found = read(condition_of(query))
    rows = "posts p INDEXED BY posts_published CROSS JOIN bodies b ON b.n = p.n"
    return Sql(f"SELECT p.* FROM {rows} WHERE {found.text}", found.values)
