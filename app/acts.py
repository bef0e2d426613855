"""An office in, what its console may change out; on the same functions as the command line."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app import paused
from app.bootstrap import Office
from app.mailing import mailing_of
from app.papers import papers_of
from app.progress_tables import import_progress
from app.retention import withdraw
from app.reviewing import reviews_of
from app.source_trials import SourceTrials
from app.withdrawn import withdrawn
from console.acts import Acts, TableTaken
from crawlers.masking import mask
from minsheng.domain import Alert
from minsheng.errors import ConfigError


def acts_of(office: Office, planned: Callable[[str], None] | None = None) -> Acts:
    """Return the acts of a deployment; nothing is opened before one is used, but the ledger.

    ``planned`` lets a source that was added be crawled by the clockwork of this process, if there is one.
    """
    var = office.folders.var

    def silence(alert_id: str, until: datetime, reason: str) -> Alert:
        return office.alerts.silence(alert_id, until, reason, office.now())

    def import_table(file: Path, url: str, at: datetime, publisher: str) -> TableTaken:
        report = import_progress(office, file, url, at, publisher, None)
        rejected = tuple((row.number, row.reason) for row in report.rejected)
        return TableTaken(report.proposed, rejected, report.columns)

    def pause(name: str) -> None:
        _known(office, name)
        paused.pause(var, name, office.now())

    def take_back(name: str) -> None:
        withdraw(office, name)

    return Acts(
        ledger=office.ledger,
        mask=lambda text: mask(text)[0],
        silence=silence,
        history=office.alerts.history,
        import_table=import_table,
        pause=pause,
        resume=lambda name: paused.resume(var, name),
        withdraw=take_back,
        resting=lambda: paused.paused(var),
        withdrawn=lambda: withdrawn(var),
        papers=papers_of(office),
        reviews=reviews_of(office),
        mailing=mailing_of(office),
        newcomers=SourceTrials(office, planned).newcomers(),
    )


def _known(office: Office, name: str) -> None:
    if name not in office.source_configs:
        raise ConfigError(f"no source {name!r} in {office.folders.sources}")
