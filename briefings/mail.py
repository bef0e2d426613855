"""A briefing in, the mail that brings it out: its points in text and HTML, its files attached, nothing asked."""

import functools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.channels.base import Mail
from alerts.mail import message_id
from alerts.wording import one_line
from briefings.document import Bullets, Document, Text, plain
from briefings.words import minute
from minsheng.honesty import SCOPE
from minsheng.web import web_address
from minsheng.words import BRIEFING_KINDS

if TYPE_CHECKING:
    from jinja2 import Environment

_FORMS = {".html": "网页", ".docx": "Word 文件", ".pdf": "PDF"}


def compose(
    document: Document, kind: str, stem: str, files: Sequence[Path], *,
    to: Sequence[str], sender: str, console_url: str, now: datetime,
) -> Mail:  # fmt: skip
    """Write the one mail of a briefing to its recipients; ``files`` are carried, by their place below ``var``.

    The same briefing has the same Message-ID, so that it is never queued twice.
    """
    head = document.masthead
    name = BRIEFING_KINDS[kind]
    subject = one_line(f"【民声{name}】{head.headline}｜{head.issue}")
    values = {
        "subject": subject, "head": head, "points": _points(document), "name": name, "scope": SCOPE,
        "files": [f"{path.name}（{_FORMS[path.suffix]}）" for path in files], "now": minute(now),
        "url": f"{console_url.rstrip('/')}/briefings#{stem}" if console_url else "",
    }  # fmt: skip
    text, page = (_templates().get_template(f"mail.{form}").render(values) for form in ("txt", "html"))
    attached = tuple(f"{path.parent.name}/{path.name}" for path in files)
    return Mail(identity(stem, sender), tuple(dict.fromkeys(to)), subject, text, page, now, attachments=attached)


def identity(stem: str, sender: str) -> str:
    """Return the Message-ID of a briefing's mail, whoever its recipients are."""
    return message_id("briefing", stem, (), sender)


def _points(document: Document) -> tuple[Text, ...]:
    return next(block.items for block in document.sections[0].blocks if isinstance(block, Bullets))


@functools.cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(enabled_extensions=("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(address=web_address, plain=plain)
    return environment
