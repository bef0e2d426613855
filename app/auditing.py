"""An office in, its audit log out, and lines in it about what is done on the command line."""

import getpass
from typing import TYPE_CHECKING

from console.access.audit import AuditLog, clipped

if TYPE_CHECKING:
    from app.bootstrap import Office

FILE = "audit.jsonl"
SETTINGS = "settings"


def audit_log(office: "Office") -> AuditLog:
    """Return the audit log of a deployment."""
    return AuditLog(office.folders.var / FILE)


def note_settings(office: "Office") -> None:
    """Note the settings that a service starts with, secrets left out, where they are other than at the last start."""
    log = audit_log(office)
    now = office.settings.model_dump_json(exclude_defaults=True)
    last = [entry.about for entry in log.entries() if entry.what == SETTINGS] if log.path.exists() else []
    if last[-1:] != [clipped(now)]:
        note(office, SETTINGS, now)


def note(office: "Office", what: str, about: str) -> None:
    """Note what somebody at the command line is about to do, under their login on this machine."""
    audit_log(office).note(f"cli:{getpass.getuser()}", what, about, office.now())
