"""An office in, the reviews of its console out: on the same functions as ``minsheng review``, a label at a time."""

import functools
from collections.abc import Sequence
from datetime import date

from alerts.detections import Draw
from alerts.sequential.labels import Audit, audit, believable
from app.bootstrap import Office
from app.review import Case, case_of, cases, draw, in_order, readable, take
from console.reviewing import Reviews, Sitting, Watched
from minsheng.domain import Sentiment
from minsheng.errors import QueryError

_PLACE = "控制台"


def reviews_of(office: Office) -> Reviews:
    """Return the reviews of a deployment."""
    return Reviews(
        waits=lambda claim: _waits(office, claim),
        watched=lambda: [_watched(case, readable(office, case)) for case in cases(office)],
        past=lambda: _past(office),
        draw=lambda claim: len(draw(office, case_of(office, claim))),
        open=functools.partial(_open, office),
        label=functools.partial(_label, office),
    )


def _waits(office: Office, claim: str) -> bool:
    project = next((one.project for one in office.claims if one.id == claim), None)
    return project is not None and any(case.claim.id == claim for case in cases(office, project))


def _open(office: Office, claim: str) -> Sitting:
    case = case_of(office, claim)
    drawn = readable(office, case)
    last = next((one for one in reversed(drawn) if one.label is not None and one.post), None)
    waiting = next((one.post for one in drawn if one.label is None), "")
    return Sitting(
        _watched(case, drawn),
        office.index.get(waiting) if waiting else None,
        office.index.get(last.post) if last else None,
        last.label if last else None,
    )


def _label(office: Office, name: str, post: str, said: Sentiment, again: bool) -> Watched:
    """Store one label: of the comment that is next, or of the last one if it is to be put right."""
    case = case_of(office, name.partition("@")[0])
    drawn = readable(office, case)
    last = next((one.post for one in reversed(drawn) if one.label is not None), "")
    following = next((one.post for one in drawn if one.label is None), "")
    if again and post != last:
        raise QueryError("只有刚才那一条可以改；更早的判读已计入。请回到复核页继续。")
    if not again and post not in {last, following}:
        raise QueryError("顺序已经变了：可能另有人在判读同一轮。请回到复核页继续。")
    case, _ = take(office, name, {post: said}, _PLACE, again=post if again else "")
    return _watched(case, readable(office, case))


def _watched(case: Case, drawn: Sequence[Draw], *, over: bool = False) -> Watched:
    share = case.stream.terms.null.share
    labels = list(in_order(drawn))
    found: Audit = audit(labels, share)
    low, high = believable(labels[: found.read])
    since = date.fromisoformat(case.round)
    return Watched(case.name, case.claim, since, share, len(drawn), found, low, high, over)


def _past(office: Office) -> list[Watched]:
    """Return the rounds that have ended, by what was labelled in them, the latest first."""
    claims = {claim.id: claim for claim in office.claims}
    open_now = {(case.key, case.round) for case in cases(office)}
    streams = office.detectors.streams()
    found = [
        Case(claims[key[1]], round_, streams[key])
        for key, rounds in office.detectors.rounds().items()
        for round_ in rounds
        if key[1] in claims and (key, round_) not in open_now
    ]
    found.sort(key=lambda case: case.round, reverse=True)
    return [_watched(case, office.detectors.drawn(case.key, case.round), over=True) for case in found]
