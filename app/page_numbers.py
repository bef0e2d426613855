"""An office in, the numbers that pages show of its projects out on the shelf: measured before somebody asks."""

import logging
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from app.lock import held
from console.deviations import DeviationReadings
from console.keeping import resting
from console.readings import Readings

if TYPE_CHECKING:
    from app.bootstrap import Office

logger = logging.getLogger(__name__)

SECONDS: Final = 20.0
"""So long a run takes at most, but for the last project: the service must end soon when it is told to."""


def measure_projects(office: "Office", seconds: float = SECONDS) -> int:
    """Measure the projects whose numbers are missing, of another day, or behind for a while; return how many.

    What a run has no time for is done by the next.
    """
    until = monotonic() + seconds
    claims = office.claims
    desk = replace(office.desk(), claims=lambda: claims)
    readings, deviations = Readings(desk), DeviationReadings(desk)
    office.shelf.keep_only(desk.projects)
    known, measured = resting(office.shelf, office.now()), 0
    for project in desk.projects.values():
        if monotonic() > until:
            break
        with held(office.folders.var / "watch.lock"):  # nobody deletes what is quoted here
            done = readings.renew(project.id, known), deviations.renew(project, known)
        measured += any(done)
    if measured:
        logger.info("projects measured for pages number=%d", measured)
    return measured
