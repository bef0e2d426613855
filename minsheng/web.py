"""An address from outside in, the same address out if it may become a link."""

from urllib.parse import urlsplit

_LONGEST = 1000


def web_address(url: str) -> str:
    """Return an http(s) address, anything else (``javascript:``, ``data:``, overlong, unprintable) as nothing."""
    address = url.strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return address if is_web and len(address) <= _LONGEST and address.isprintable() else ""
