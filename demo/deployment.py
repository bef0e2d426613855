"""A folder, the city and its address in, a ready deployment out: settings, projects, claims, sources."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from demo import sources
from demo.city import City
from minsheng.errors import ConfigError

REGISTER = Path(__file__).parent / "register"
MARK = ".demo-city"
"""Tells a folder that the demo wrote from one that somebody works in."""

_NOTE = "# Written by the demo city; written anew each time it starts.\n"


def write_deployment(folder: Path, city: City, url: str) -> None:
    """Write the deployment; one that the demo wrote before is brought up to date, its ``var`` stays.

    Raises:
        ConfigError: The folder holds something that the demo did not write, or cannot be written.
    """
    if folder.exists() and not (folder / MARK).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: is not empty and not a demo city; name a new or empty folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text(f"{url}\n", encoding="utf-8")
        (folder / "rules").mkdir(exist_ok=True)
        for name, values in _files(city, url).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_NOTE + yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder}: the demo city cannot be written there: {error}") from error


def _files(city: City, url: str) -> dict[str, Any]:
    return {
        "minsheng.yml": _settings(),
        "projects/jianglin.yml": _projects(city.now.date()),
        "claims/jianglin.yml": {"claims": _claims(city, url)},
        **{f"sources/{name}/source.yml": values for name, values in sources.all_sources(url).items()},
    }


def _settings() -> dict[str, Any]:
    return {
        "office": "江临市政务公开联络办公室（演示）",
        "region": "江临市",
        "mail": {"channel": "folder", "sender": "minsheng@jianglin.example", "operator": ["operator@jianglin.example"]},
        "crawl": {"contact": "operator@jianglin.example", "delay_seconds": 0, "allow_private_hosts": True},
    }


def _projects(today: date) -> dict[str, Any]:
    register: dict[str, Any] = yaml.safe_load((REGISTER / "projects.yml").read_text(encoding="utf-8"))
    for project in register["projects"]:
        project["phases"] = [_phase(phase, today) for phase in project["phases"]]
    return register


def _phase(phase: dict[str, Any], today: date) -> dict[str, Any]:
    return {key: today - timedelta(days=value) if isinstance(value, int) else value for key, value in phase.items()}


def _claims(city: City, url: str) -> list[dict[str, Any]]:
    """Return the claims, each with the page and the day of the release that says it."""
    said_on = {bulletin.slug: bulletin.at.date() for bulletin in city.bulletins}
    claims: list[dict[str, Any]] = yaml.safe_load((REGISTER / "claims.yml").read_text(encoding="utf-8"))["claims"]
    for claim in claims:
        slug = claim.pop("release")
        claim |= {"source_url": f"{url}/gov/releases/{slug}.html", "date": said_on[slug]}
    return claims
