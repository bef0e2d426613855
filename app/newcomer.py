"""An address in, a source out that was recognised and tried, and is written into ``sources/`` if wanted."""

import json
import re
from dataclasses import replace
from pathlib import Path

from app.bootstrap import Office
from app.withdrawn import refuse as refuse_withdrawn
from crawlers.draft import Wishes, name_for, write_draft
from crawlers.recognise import Sighting, recognise, title_of
from crawlers.source import FILE_NAME, NAME, SourceConfig, load_source
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
    name = wishes.name or name_for(sighting.start)
    if not re.fullmatch(NAME, name):
        raise ConfigError(f"{name!r} is no name of a source; wanted a-z, then up to 31 of a-z, 0-9 and _")
    text = write_draft(sighting, replace(wishes, name=name), title)
    _place_for(office, name)
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


def keep_source(office: Office, name: str, text: str) -> Path:
    """Write ``sources/<name>/source.yml`` and return its path.

    Raises:
        ConfigError: There is a source of this name by now.
        Withdrawn: One was withdrawn.
    """
    place = _place_for(office, name)
    place.mkdir(parents=True)
    write_whole(place / FILE_NAME, text.encode())
    return place / FILE_NAME


def _place_for(office: Office, name: str) -> Path:
    """Return the folder of a new source, which is not there yet."""
    refuse_withdrawn(office.folders.var, name)
    place = office.folders.sources / name
    if place.exists():
        raise ConfigError(f"{place} is there already; give another name (--name), or edit {place / FILE_NAME}")
    return place


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
