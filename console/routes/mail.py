"""The log of mails: where each stands for each recipient, what the server said, when it is tried again."""

from collections import defaultdict

from fastapi import HTTPException, Request, Response

from alerts.outbox import STUCK, MailState
from console.access.entry import back, form_of
from console.language import say
from console.render import acts_of, desk_of, page
from minsheng.errors import DeliveryFailed, QueryError

MOST_MAILS = 100
MOST_ATTEMPTS = 2000


def show(request: Request) -> Response:
    """Answer with the mails, the latest first; of one state if the address names it."""
    desk = desk_of(request)
    mailing = desk.acts.mailing if desk.acts else None
    state = _state(request.query_params.get("state", ""))
    found = sorted(mailing.mails(None) if mailing else (), key=lambda queued: queued.mail.created_at, reverse=True)
    counts = {one: sum(queued.state is one for queued in found) for one in MailState}
    wanted = [queued for queued in found if state in {None, queued.state}]
    tries = defaultdict(list)
    for attempt in mailing.log(None, MOST_ATTEMPTS) if mailing else ():
        tries[attempt.mail].append(attempt)
    return page(
        request,
        "mail.html",
        mails=wanted[:MOST_MAILS],
        total=len(wanted),
        counts={one: number for one, number in counts.items() if number},
        chosen=state,
        tries=tries,
        stuck=STUCK,
        next_try=mailing.next_try if mailing else None,
        way=mailing.way if mailing else "",
    )


def retry(request: Request) -> Response:
    """Put a mail back in line for those whom it has not reached."""
    acts_of(request).mailing.retry(str(form_of(request).get("id", "")))
    return back(request, "/mail", say("已放回待发，下一次投递时只发给没有收到的人。"))


def try_out(request: Request) -> Response:
    """Send a test mail at once, and say what the server answered."""
    to = str(form_of(request).get("to", "")).strip()
    if not to:
        raise QueryError(say("请写收件地址。"))
    try:
        reply = acts_of(request).mailing.try_out(to)
    except DeliveryFailed as error:
        return back(request, "/mail", say("没有送出：%(why)s") % {"why": error})
    return back(request, "/mail", say("已交出：%(reply)s") % {"reply": reply})


def _state(name: str) -> MailState | None:
    if not name:
        return None
    try:
        return MailState(name)
    except ValueError:
        raise HTTPException(404, say("没有这种状态的邮件。")) from None
