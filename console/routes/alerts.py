"""The alerts page: what is open, what lasts, what has ended."""

from fastapi import Request, Response

from console.render import desk_of, page
from console.routes.overview import open_alerts
from minsheng.domain import AlertState

MOST_CLOSED = 50


def show(request: Request) -> Response:
    """Answer with the alerts, the living ones first."""
    desk = desk_of(request)
    closed = [alert for alert in desk.alerts() if alert.state is AlertState.CLOSED]
    closed.sort(key=lambda alert: alert.closed_at or alert.updated_at, reverse=True)
    shown = closed[:MOST_CLOSED]
    return page(request, "alerts.html", alerts=open_alerts(desk), closed=shown, closed_total=len(closed))
