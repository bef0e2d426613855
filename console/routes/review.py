"""The review of watches: which wait, a comment at a time to label, and what the labels said in the end."""

from collections.abc import Iterable

from fastapi import HTTPException, Request, Response

from alerts.sequential.labels import CONFIRMED_AT, MOST_LABELS, Outcome
from console.access.entry import back, form_of
from console.desk import Desk
from console.language import say
from console.render import acts_of, desk_of, page
from console.reviewing import Watched
from minsheng.domain import Sentiment
from minsheng.errors import QueryError

MOST_PAST = 50
_DECIDED = {
    Outcome.CONFIRMED: "复核结束：确认。下次比对时提示，并发邮件。",
    Outcome.REFUTED: "复核结束：排除。这项关注结束，重新累计。",
}


def show(request: Request) -> Response:
    """Answer with the claims on watch and the reviews that were made."""
    desk = desk_of(request)
    acts = desk.acts
    past = _ours(desk, acts.reviews.past()) if acts else []
    return page(
        request,
        "reviews.html",
        watched=_ours(desk, acts.reviews.watched()) if acts else [],
        past=past[:MOST_PAST],
        past_total=len(past),
        most=MOST_LABELS,
        needed=CONFIRMED_AT,
    )


def draw(request: Request) -> Response:
    """Draw what a round still wants, then show the first comment."""
    reviews = acts_of(request).reviews
    claim = _claim(request, str(form_of(request).get("claim", "")))
    if not reviews.draw(claim):
        return back(request, "/review", say("列入关注之后还没有新评论可抽，过些天再来。"))
    return back(request, f"/review/{claim}", "")


def label(request: Request) -> Response:
    """Take what a person says of one comment, then show the next; or say what the review came to."""
    reviews, form = acts_of(request).reviews, form_of(request)
    name, post = str(form.get("round", "")), str(form.get("post", ""))
    said = str(form.get("label", ""))
    if said not in set(Sentiment):
        raise QueryError(say("请选负面、中性或正面。"))
    claim = _claim(request, name.partition("@")[0])
    after = reviews.label(name, post, Sentiment(said), form.get("again") == "1")
    decided = _DECIDED.get(after.audit.outcome)
    return back(request, "/review" if decided else f"/review/{claim}", say(decided) if decided else "")


def sit(request: Request) -> Response:
    """Answer with the comment to label next, or with the last one if it is to be put right."""
    reviews = acts_of(request).reviews
    sitting = reviews.open(_claim(request, request.path_params["claim"]))
    again = request.query_params.get("again") == "1" and sitting.last is not None
    return page(
        request,
        "review.html",
        watched=sitting.watched,
        shown=sitting.last if again else sitting.waiting,
        said=sitting.said if again else None,
        again=again,
        has_last=sitting.last is not None,
        place=sitting.watched.audit.read + (0 if again else 1),
    )


def _claim(request: Request, id_: str) -> str:
    """Return the id of a claim on watch that who asks may see."""
    ours = {claim.id for claim in desk_of(request).claims()}
    if id_ not in ours or not acts_of(request).reviews.waits(id_):
        raise HTTPException(404, say("这条表述不在关注中，没有可复核的：可能已经结束，或属于别的部门。"))
    return id_


def _ours(desk: Desk, found: Iterable[Watched]) -> list[Watched]:
    return [one for one in found if one.claim.project in desk.projects]
