"""Addresses from outside in, the same out if they may become a link; whether one stands on a list of addresses."""

from collections.abc import Iterable
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


def is_confidential(url: str) -> bool:
    """Return whether secrets may be told to an address: https, or this machine itself."""
    address = web_address(url)
    parts = urlsplit(address)
    return bool(address) and (parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"})


def is_listed(url: str, entries: Iterable[str]) -> bool:
    """Return whether an address is on a list of hosts (``bbs.example``, its subdomains too) and address prefixes."""
    try:
        parts = urlsplit(url.strip().lower())
        host = parts.hostname or ""
    except ValueError:
        return False
    address = f"{parts.netloc.rpartition('@')[2]}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    return any(_is_under(host, address, entry) for entry in entries)


def _is_under(host: str, address: str, entry: str) -> bool:
    wanted = entry.strip().lower().removeprefix("https://").removeprefix("http://")
    if not wanted:
        return False
    if "/" not in wanted.rstrip("/"):
        name = wanted.rstrip("/")
        return host == name or host.endswith(f".{name}") or address.startswith(f"{name}/")
    return address.startswith(wanted)
