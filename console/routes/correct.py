"""The label of one post put right by a person: what the model read, what stands now, and every change before."""

from collections.abc import Iterator, Mapping

from fastapi import HTTPException, Request, Response

from console.access.entry import back, form_of
from console.acts import Acts
from console.desk import Desk
from console.language import say
from console.render import acts_of, desk_of, page
from console.routes.language import local
from console.routes.search import show_hits
from indexer.base import Hit
from minsheng import words
from minsheng.correcting import VALUES, Change
from minsheng.corrections import CORRECTABLE
from minsheng.domain import LabelledPost
from minsheng.errors import QueryError

LONGEST_WHY = 500
KEEP, WITHDRAW = "", "-"
"""What a field says that is left as it is, and one whose correction is taken back."""


def show(request: Request) -> Response:
    """Answer with the form; 404 when the index has no such post."""
    desk = desk_of(request)
    labelled = _post(desk, request.query_params.get("post", ""))
    return page(
        request,
        "correct.html",
        shown=show_hits(desk, [Hit(labelled, 1)], ())[0],
        labelled=labelled,
        fields=_fields(desk),
        said=words.said,
        back=local(request.query_params.get("back", "/search")),
    )


def save(request: Request) -> Response:
    """Write the changes beside the reading, and go back to where the reader came from."""
    desk, acts, form = desk_of(request), acts_of(request), form_of(request)
    labelled = _post(desk, str(form.get("post", "")))
    changes = list(_changes(desk, {name: [str(value) for value in form.getlist(name)] for name in CORRECTABLE}))
    if not changes:
        raise QueryError(say("没有要更正的：请至少改一项标签，或撤回一项更正。"))
    desk.index.correct(labelled.post.id, changes, desk.now(), _why(acts, str(form.get("why", ""))))
    return back(request, local(str(form.get("back", "/search"))), say("已更正。模型的判读留在旁边，随时可以撤回。"))


def _post(desk: Desk, id_: str) -> LabelledPost:
    labelled = desk.index.get(id_) if id_ else None
    if labelled is None:
        raise HTTPException(404, say("索引里没有这条内容：可能已按保存期限删除，或地址写错了。"))
    return labelled


def _fields(desk: Desk) -> Mapping[str, Mapping[str, str]]:
    """Return the values of each field with their words."""
    named = {"sentiment": words.SENTIMENTS, "topic": words.TOPICS, "aspect": words.ASPECTS, "intent": words.INTENTS}
    projects = {id_: project.name for id_, project in desk.projects.items()}
    return {name: {value: named[name][value] for value in VALUES[name]} for name in named} | {"project": projects}


def _changes(desk: Desk, typed: Mapping[str, list[str]]) -> Iterator[Change]:
    for name, values in typed.items():
        chosen = [value for value in values if value != KEEP]
        if chosen == [WITHDRAW]:
            yield Change(name, None)
        elif chosen:
            unknown = [value for value in chosen if value not in _fields(desk)[name]]
            if unknown or (name != "project" and len(chosen) > 1):
                raise QueryError(say("%(field)s 没有这样的值：%(value)s") % {"field": name, "value": chosen[0]})
            yield Change(name, tuple(dict.fromkeys(chosen)))


def _why(acts: Acts, typed: str) -> str:
    why = " ".join(typed.split())
    if len(why) > LONGEST_WHY:
        raise QueryError(say("理由最多 %(number)d 字。") % {"number": LONGEST_WHY})
    return acts.mask(why)
