"""An office in, what its console does with briefings out: made, and sent by the outbox."""

from collections.abc import Sequence
from pathlib import Path

from alerts.outbox import QueuedMail
from app.bootstrap import Office
from app.briefing import brief_project, make
from app.work import PeriodicKind, brief
from briefings.material import BriefingKind
from console.papers import Papers
from minsheng.domain import Briefing
from minsheng.errors import ConfigError, QueryError
from minsheng.words import BRIEFING_KINDS

_PERIODIC: dict[str, PeriodicKind] = {"daily": "daily", "weekly": "weekly", "monthly": "monthly"}
_KINDS: dict[str, BriefingKind] = {**_PERIODIC, "special": "special"}


def papers_of(office: Office) -> Papers:
    """Return the briefings of a deployment."""
    return Papers(
        make=lambda kind, project: _make(office, kind, project),
        recipients=lambda kind: _recipients(office, kind),
        mailed=lambda id_: _mailed(office, id_),
        send=lambda id_: _send(office, id_),
    )


def _make(office: Office, kind: str, project: str) -> Sequence[Path]:
    if kind == "special":
        return brief_project(office, project)
    if kind not in _PERIODIC:
        raise ConfigError(f"briefing {kind!r}: wants one of {', '.join(_KINDS)}")
    return brief(office, _PERIODIC[kind])


def _recipients(office: Office, kind: str) -> Sequence[str]:
    return office.settings.briefing.recipients.get(_KINDS[kind], ()) if kind in _KINDS else ()


def _mailed(office: Office, id_: str) -> Sequence[QueuedMail]:
    """Return the mails whose Message-ID is that of the briefing, the latest first."""
    found = [queued for queued in office.outbox.mails() if queued.mail.id.startswith(f"<briefing.{id_}.")]
    return sorted(found, key=lambda queued: queued.mail.created_at, reverse=True)


def _send(office: Office, id_: str) -> bool:
    briefing = _archived(office, id_)
    if not _recipients(office, briefing.kind):
        word = BRIEFING_KINDS.get(briefing.kind, briefing.kind)
        raise QueryError(f"{word}没有收件人：请运维在设置 briefing.recipients 中写上。")
    before = len(_mailed(office, id_))
    make(office, _KINDS[briefing.kind], briefing.window, briefing.project, mailed=True)
    return len(_mailed(office, id_)) > before


def _archived(office: Office, id_: str) -> Briefing:
    for briefing in office.archive.list():
        if briefing.id == id_:
            return briefing
    raise QueryError("没有这一期简报：可能已从简报文件夹中移走。")
