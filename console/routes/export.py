"""The address of a search in, all its hits as one file to download out."""

import itertools
import logging
from collections.abc import Iterator
from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from console.criteria import FACETS, ORDERS, Criteria
from console.desk import Desk
from console.export import FORMS, Cover, Register, product_version
from console.render import HEADERS, desk_of
from console.routes.search import FACET_TITLES, word
from indexer.base import PostIndex, Query
from indexer.language import parse
from minsheng.domain import BEIJING, LabelledPost

_log = logging.getLogger(__name__)


def send(request: Request) -> Response:
    """Answer with the file; what is wrong with the query, or with the index at the start, is an error page.

    An index that fails later breaks the download off, so that half a file is never taken for a whole one.
    """
    ending = request.path_params["ending"]
    if ending not in FORMS:
        raise HTTPException(404, f"没有这种格式的导出。可用：{'、'.join(FORMS)}。")
    desk = desk_of(request)
    criteria = Criteria.parse(request.query_params.multi_items()).changed()
    names = desk.names()
    now = desk.now()
    query = criteria.query(parse(criteria.q, names, now.astimezone(BEIJING).date()))
    cover = Cover(
        in_words(desk, criteria), now, desk.index.count(query), criteria.fold, product_version(), criteria.url
    )
    headers = {
        **HEADERS,
        "Content-Type": FORMS[ending].media_type,
        "Content-Disposition": _disposition(f"{now.astimezone(BEIJING):%Y%m%d-%H%M%S}.{ending}"),
        "Cache-Control": "no-store",
    }
    if request.method == "HEAD":
        return Response(headers=headers)
    _log.info("export started form=%s posts=%d", ending, cover.posts)
    chunks = FORMS[ending].write(_begun(desk.index, query), cover, Register(desk.projects, desk.sources))
    return StreamingResponse(chunks, headers=headers)


def in_words(desk: Desk, criteria: Criteria) -> str:
    """Say in Chinese what was searched, in the words of the search page."""
    chosen = {FACET_TITLES[facet]: [word(desk, facet, value) for value in getattr(criteria, facet)] for facet in FACETS}
    singles = {"自": criteria.since, "至": criteria.until, "同文簇": criteria.cluster, "帖子": criteria.thread}
    said = {"词语": criteria.q} | {title: "、".join(several) for title, several in chosen.items()} | singles
    parts = [f"{title}：{value}" for title, value in said.items() if value]
    return "；".join([*(parts or ["全部"]), f"排序：{ORDERS[criteria.order]}"])


def _begun(index: PostIndex, query: Query) -> Iterator[LabelledPost]:
    """Return the stream with its first post read, so that an index that cannot be read is told in time."""
    stream = index.stream(query)
    first = list(itertools.islice(stream, 1))
    return itertools.chain(first, stream)


def _disposition(ending: str) -> str:
    """Return how the file is called: in Chinese, and in ASCII for those who cannot read that."""
    return f"attachment; filename=\"minsheng-{ending}\"; filename*=UTF-8''{quote(f'民声检索-{ending}')}"
