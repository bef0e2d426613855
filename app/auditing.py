"""An office in, its audit log out, and lines in it about what is done on the command line."""

import getpass
from typing import TYPE_CHECKING

from console.access.audit import AuditLog

if TYPE_CHECKING:
    from app.bootstrap import Office

FILE = "audit.jsonl"


def audit_log(office: "Office") -> AuditLog:
    """Return the audit log of a deployment."""
    return AuditLog(office.folders.var / FILE)


def note(office: "Office", what: str, about: str) -> None:
    """Note what somebody at the command line is about to do, under their login on this machine."""
    audit_log(office).note(f"cli:{getpass.getuser()}", what, about, office.now())
