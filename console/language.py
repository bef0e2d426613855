"""A request in, the language of its pages out: Chinese as it is written, English from the catalogue beside it."""

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import Request

DOMAIN: Final = "console"
FOLDER: Final = Path(__file__).parent / "locale"
COOKIE: Final = "language"
LANGUAGES: Final[Mapping[str, str]] = {"zh-CN": "中文", "en": "English"}
"""Codes as a page names them, and the name of each in itself; the first is written in the templates."""

CHINESE, ENGLISH = LANGUAGES
_SPOKEN: ContextVar[str] = ContextVar("language", default=CHINESE)


def language_of(request: Request) -> str:
    """Return what the reader chose, Chinese unless something else was."""
    chosen = request.cookies.get(COOKIE, CHINESE)
    return chosen if chosen in LANGUAGES else CHINESE


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let ``say`` answer in a language inside the block; requests of other threads are not concerned."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> str:
    """Return the language of the block around."""
    return _SPOKEN.get()


def say(text: str) -> str:
    """Return a text of the interface in the language of the block around; a text that is not in it stays Chinese."""
    return _catalogue(_SPOKEN.get()).gettext(text) if text else ""


def say_number(one: str, many: str, number: int) -> str:
    """Return ``say`` of the form that goes with a number; Chinese has one form."""
    return _catalogue(_SPOKEN.get()).ngettext(one, many, number)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.NullTranslations() if language == CHINESE else gettext.translation(DOMAIN, FOLDER, [language])
