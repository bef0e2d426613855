"""An office in, its reader of comments beside claims out, and what such readings do for mails and jobs."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.stance_store import STANCES_FILE, StanceStore
from app.claim_reading import ClaimReader, StanceHead
from minsheng.domain import Alert, Claim
from minsheng.stances import ClaimReading
from models.base import Progress
from models.open import SHIPPED, SHIPPED_FOLDER
from models.stance import STANCE_ONNX, open_stance
from models.stance_errors import load_errors
from models.version import version_of

if TYPE_CHECKING:
    from app.bootstrap import Office

NO_HEAD = "模型文件夹里没有立场模型（stance.onnx），不能判断评论对该表述怎么说。"


@functools.cache
def stance_head(setting: str, threads: int | None) -> StanceHead | None:
    """Return the stance head of the configured model folder, else the shipped one; None where neither has one."""
    own = SHIPPED_FOLDER if setting == SHIPPED else Path(setting).expanduser()
    folder = next((one for one in (own, SHIPPED_FOLDER) if (one / STANCE_ONNX).is_file()), None)
    if folder is None:
        return None
    opened = functools.cache(functools.partial(open_stance, folder, threads=threads))
    return StanceHead(opened, version_of(folder), load_errors(folder))


def claim_reader(office: "Office") -> ClaimReader | None:
    """Return the reader of an office, None without a stance head."""
    head = stance_head(office.settings.model, office.settings.model_threads or None)
    return ClaimReader(office.index, StanceStore(office.folders.var / STANCES_FILE), head) if head else None


def read_claim(office: "Office", claim: Claim, progress: Progress | None = None) -> ClaimReading:
    """Read the day's portion of comments beside a claim, those most alike in meaning first."""
    reader = claim_reader(office)
    if reader is None:
        return ClaimReading(claim.id, NO_HEAD)
    return reader.read(claim, office.now(), office.model.read([claim.text])[0].vector, progress)


def shown_reading(office: "Office", claim: Claim) -> ClaimReading:
    """Return what was read so far; no model is opened."""
    reader = claim_reader(office)
    return reader.read(claim, office.now(), portion=0) if reader else ClaimReading(claim.id, NO_HEAD)


def read_claims(office: "Office") -> None:
    """Read the day's portion beside every reviewed claim, once a day."""
    reader, now = claim_reader(office), office.now()
    for claim in office.claims if reader else ():
        if claim.reviewed and reader and reader.store.is_first_look(claim, now):
            read_claim(office, claim)


def with_reading(office: "Office", alert: Alert) -> Alert:
    """Return the alert with a sentence on what comments say of its claim, where some take a side."""
    claim = alert.finding.claim
    reading = shown_reading(office, claim) if claim else None
    if reading is None or not (reading.contradicting or reading.supporting):
        return alert
    return replace(alert, finding=replace(alert.finding, why=f"{alert.finding.why}{reading.why}"))
