"""The alerts page: what is open, what lasts, what has ended; and silences, each with its end and its reason."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from fastapi import HTTPException, Request, Response

from console.access.entry import back, form_of
from console.desk import Desk
from console.language import say
from console.render import acts_of, desk_of, page
from console.routes.overview import open_alerts
from minsheng.domain import BEIJING, Alert, AlertState
from minsheng.errors import QueryError

MOST_CLOSED = 50
LONGEST_SILENCE = timedelta(days=180)
DEFAULT_SILENCE = timedelta(days=14)


def show(request: Request) -> Response:
    """Answer with the alerts, the living ones first."""
    desk = desk_of(request)
    closed = [alert for alert in desk.alerts() if alert.state is AlertState.CLOSED]
    closed.sort(key=lambda alert: alert.closed_at or alert.updated_at, reverse=True)
    shown, living = closed[:MOST_CLOSED], open_alerts(desk)
    today = desk.now().astimezone(BEIJING).date()
    return page(
        request,
        "alerts.html",
        alerts=living,
        closed=shown,
        closed_total=len(closed),
        histories=_histories(desk, [*living, *shown]),
        first_day=today,
        last_day=today + LONGEST_SILENCE,
        usual_day=today + DEFAULT_SILENCE,
    )


def silence(request: Request) -> Response:
    """Keep the matter of an alert out of mails until the end of a day, or end such a silence."""
    desk, acts, form = desk_of(request), acts_of(request), form_of(request)
    alert = next((one for one in desk.alerts() if one.id == form.get("id")), None)
    if alert is None:
        raise HTTPException(404, say("没有这条提示：可能编号写错了，或属于别的部门。"))
    reason = " ".join(str(form.get("reason", "")).split())
    if not reason:
        raise QueryError(say("请写明静默的理由：以后查看经过的人会问。"))
    ends = form.get("end") == "now"
    until = desk.now() if ends else _until(str(form.get("until", "")), desk.now())
    acts.silence(alert.id, until, acts.mask(reason))
    said = say("静默已结束。") if ends else say("已静默，到期自动恢复；页面上照样显示。")
    return back(request, f"/alerts#{alert.id}", said)


def _histories(desk: Desk, alerts: Sequence[Alert]) -> Mapping[str, Sequence[tuple[datetime, AlertState, str]]]:
    return {alert.id: desk.acts.history(alert.id) for alert in alerts} if desk.acts else {}


def _until(typed: str, now: datetime) -> datetime:
    """Return the midnight after the day that is silent last."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise QueryError(say("静默到哪一天？请写成 2026-03-01 这样的年-月-日。")) from None
    today = now.astimezone(BEIJING).date()
    if not today <= day <= today + LONGEST_SILENCE:
        known = {"first": today, "last": today + LONGEST_SILENCE}
        raise QueryError(say("静默最早到 %(first)s，最晚到 %(last)s；不能没有期限。") % known)
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)
