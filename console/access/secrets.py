"""Random keys and what is kept of them: the file never holds a key, only its digest."""

import hashlib
import re
import secrets

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def new_key() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def is_key(text: str) -> bool:
    """Whether a text has the form of a key; anything else is not looked up."""
    return _KEY.fullmatch(text) is not None


def digest_of(key: str, purpose: str = "") -> str:
    """Return what can be compared with a key, and from which nobody gets it back; one for each purpose."""
    return hashlib.sha256(f"{purpose}\0{key}".encode()).hexdigest()
