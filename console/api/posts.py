"""Searches over HTTP: posts, counts, facets, histograms and what is similar."""

from dataclasses import replace
from typing import Annotated

from fastapi import HTTPException, Query, Request

from console.api.shapes import (
    Asked,
    AskedFacet,
    AskedHistogram,
    AskedPage,
    AskedSimilar,
    Bar,
    Count,
    Facets,
    Histogram,
    Post,
    Posts,
    Similar,
    SimilarPosts,
    Value,
)
from console.desk import Desk
from console.render import desk_of
from indexer import base
from indexer.language import parse
from minsheng.domain import BEIJING
from minsheng.errors import NotComparable


def search(request: Request, asked: Annotated[AskedPage, Query()]) -> Posts:
    """Return one page of what a search finds."""
    desk = desk_of(request)
    query = replace(_query(desk, asked), order=asked.order, limit=asked.limit, after=asked.after)
    found = desk.index.search(query)
    return Posts(total=found.total, posts=[Post.of(hit) for hit in found.hits], next=found.next)


def one(request: Request, id: Annotated[str, Query(max_length=2000)]) -> Post:  # noqa: A002 - the name in the address
    """Return one post by its id."""
    found = desk_of(request).index.get(id)
    if found is None:
        raise HTTPException(404, f"no post {id!r}")
    copies = desk_of(request).index.count(base.Query(clusters=(found.reading.cluster,)))
    return Post.of(base.Hit(found, copies))


def count(request: Request, asked: Annotated[Asked, Query()]) -> Count:
    """Count what a search finds."""
    desk = desk_of(request)
    return Count(count=desk.index.count(_query(desk, asked)))


def facet(request: Request, facet: base.Facet, asked: Annotated[AskedFacet, Query()]) -> Facets:
    """Count what a search finds by the values of a field; a post of two projects counts in both."""
    desk = desk_of(request)
    found = desk.index.facet(_query(desk, asked), facet, asked.limit)
    return Facets(facet=facet, values=[Value(value=value, count=number) for value, number in found.items()])


def histogram(request: Request, asked: Annotated[AskedHistogram, Query()]) -> Histogram:
    """Count what a search finds by day, week (from Monday) or month, in Beijing time."""
    desk = desk_of(request)
    found = desk.index.histogram(_query(desk, asked), asked.interval)
    return Histogram(interval=asked.interval, bars=[Bar(day=day, count=number) for day, number in found.items()])


def similar(request: Request, asked: Annotated[AskedSimilar, Query()]) -> SimilarPosts:
    """Return the posts that are nearest in meaning to one."""
    desk = desk_of(request)
    if desk.index.get(asked.post) is None:
        raise HTTPException(404, f"no post {asked.post!r}")
    try:
        found = desk.index.similar(replace(_query(desk, asked), limit=asked.limit), asked.post, asked.floor)
    except NotComparable as error:
        raise HTTPException(409, f"{error}") from error
    near = [Similar(similarity=each.similarity, post=Post.of(each.hit)) for each in found.neighbours]
    return SimilarPosts(posts=near, unread=found.unread)


def _query(desk: Desk, asked: Asked) -> base.Query:
    where = parse(asked.q.strip(), desk.names(), desk.now().astimezone(BEIJING).date())
    return asked.criteria().query(where)
