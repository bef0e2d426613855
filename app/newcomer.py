"""An address in, a source out that was recognised and tried, and is written into ``sources/`` if wanted."""

import json
from dataclasses import replace
from pathlib import Path

from app.bootstrap import Office
from app.withdrawn import refuse as refuse_withdrawn
from crawlers.draft import Wishes, write_draft
from crawlers.recognise import Sighting, recognise, title_of
from crawlers.source import FILE_NAME, SourceConfig, load_source
from crawlers.trial import Seen, Trial, drafted, look_at, try_source
from minsheng.errors import ConfigError, SourceRefused
from minsheng.files import write_whole
from minsheng.web import web_address

TRIAL_PAGES = 8
CHECK_PAGES = 4
_OK = 200


def recognise_site(office: Office, url: str) -> tuple[Sighting, str]:
    """Return the engine that reads a site, with the marks by which it was known, and what the page calls itself.

    Raises:
        SourceRefused: The site must not be read: robots.txt, login, private address, noindex.
        ConfigError: There is no page, it is of no known kind, or no contact is set.
    """
    if not web_address(url):
        raise ConfigError(f"{url!r} is no address of a page; wanted http:// or https:// and a host")
    seen = _seen(office, url)
    sighting = recognise(seen)
    return _with_interface(office, sighting), title_of(seen)


def draft_source(office: Office, sighting: Sighting, wishes: Wishes, title: str) -> tuple[SourceConfig, str]:
    """Return the description of a source and its text, checked as every ``source.yml`` is.

    Raises:
        ConfigError: The name is taken, the project unknown, or a wish does not fit.
        Withdrawn: A source of this name was withdrawn.
    """
    if wishes.project:
        office.register.project(wishes.project)
    text = write_draft(sighting, wishes, title)
    name = next(line.partition(": ")[2] for line in text.splitlines() if line.startswith("name: "))
    refuse_withdrawn(office.folders.var, name)
    place = office.folders.sources / name
    if place.exists():
        raise ConfigError(f"{place} is there already; give another name with --name, or edit {place / FILE_NAME}")
    with drafted(text, name) as folder:
        return load_source(folder), text


def try_draft(office: Office, config: SourceConfig, text: str) -> Trial:
    """Read the first pages of a source that is not kept yet.

    Raises:
        SourceRefused: The site says no.
        ConfigError: Nothing could be read; the message says why.
    """
    with drafted(text, config.name) as folder:
        trial = try_source(folder, office.settings.crawl, office.now(), TRIAL_PAGES)
    if trial.outcome == "refused":
        raise SourceRefused(trial.detail)
    if not trial.posts and trial.outcome != "empty":
        raise ConfigError(
            f"{config.start_urls[0]}: recognised as {config.engine}, but nothing was read: {trial.detail}"
        )
    return trial


def keep_source(office: Office, config: SourceConfig, text: str) -> Path:
    """Write ``sources/<name>/source.yml`` and return its path."""
    path = office.folders.sources / config.name / FILE_NAME
    path.parent.mkdir(parents=True)
    write_whole(path, text.encode())
    return path


def _seen(office: Office, url: str) -> Seen:
    look = look_at(url, office.settings.crawl, office.now())
    if look.outcome == "refused":
        raise SourceRefused(look.detail)
    if look.outcome != "ok" or not look.shown:
        raise ConfigError(f"{url}: {look.detail or 'no answer'}")
    return look.shown[-1]


def _with_interface(office: Office, sighting: Sighting) -> Sighting:
    """Start at the interface of the software where it answers with comments: fewer requests, and all of them."""
    if not sighting.better:
        return sighting
    look = look_at(sighting.better, office.settings.crawl, office.now())
    seen = look.shown[-1] if look.shown else None
    if seen is None or seen.status != _OK or not _is_list(seen.text):
        return sighting
    return replace(sighting, start=sighting.better, why=f"{sighting.why}; its REST interface answers")


def _is_list(text: str) -> bool:
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    return isinstance(answer, list) and bool(answer)
