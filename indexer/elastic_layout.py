"""A prefix in, the names of all that Minsheng has in a cluster out, and how it is made there.

Readers ask the alias ``PREFIX-posts``. Behind it stands an index for each year of publication (a *shelf*),
``PREFIX-posts-gN-YEAR``; N is the generation, which a migration moves on. Each shelf has an alias of its own name and
``-write``: what is written goes there and nowhere else, so that no misdirected line makes a new index by itself.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from elasticsearch import ApiError, BadRequestError, NotFoundError

from indexer.elastic_access import Connection
from indexer.elastic_schema import MAPPINGS, VERSION
from minsheng.errors import IndexUnavailable
from minsheng.settings import ElasticSettings

_log = logging.getLogger(__name__)

FIRST_YEAR, LAST_YEAR = 1999, 2100
"""What is older or younger stands on the outermost shelves; a wrong date is no reason for one of its own."""

_FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one generation."""

    prefix: str
    generation: int = 1

    @property
    def alias(self) -> str:
        return f"{self.prefix}-posts"

    @property
    def template(self) -> str:
        return f"{self.alias}-g{self.generation}"

    def shelf(self, year: int) -> str:
        return f"{self.template}-{year}"

    @staticmethod
    def writing(shelf: str) -> str:
        return f"{shelf}-write"


def year_of(moment: datetime) -> int:
    return min(max(moment.year, FIRST_YEAR), LAST_YEAR)


def generation_of(shelf: str, prefix: str) -> int | None:
    """Return the generation of a shelf, None for the single index of schema version 2 and older."""
    rest = shelf.removeprefix(f"{prefix}-posts-g")
    return None if rest == shelf else int(rest.partition("-")[0])


def versions(connection: Connection, alias: str) -> dict[str, int | None]:
    """Return the schema version of every index behind the alias, or of the single index of that name."""
    try:
        found = connection.client.indices.get_mapping(index=alias, filter_path="*.mappings._meta")
    except NotFoundError:
        return {}
    return {name: row["mappings"]["_meta"].get("minsheng") for name, row in found.items()}


def find(connection: Connection, prefix: str) -> Names | None:
    """Return the names that are in use, None where nothing is there yet.

    Raises:
        IndexUnavailable: What is there has another schema.
    """
    known = connection.ask(lambda: versions(connection, Names(prefix).alias))
    if not known:
        return None
    wrong = sorted({str(version) for version in known.values() if version != VERSION})
    if wrong:
        raise IndexUnavailable(
            f"{connection.where}: has schema version {', '.join(wrong)}, this Minsheng knows {VERSION}; "
            "an older one is brought over by `minsheng index migrate`, for a newer one install the newer Minsheng"
        )
    return Names(prefix, max(generation_of(name, prefix) or 1 for name in known))


def set_up(connection: Connection, names: Names, settings: ElasticSettings, *, is_read: bool = True) -> None:
    """Make the template of a generation and its oldest shelf; what is there is brought to the present settings."""
    connection.ask(lambda: put_template(connection, names, settings, is_read=is_read))
    make_shelves(connection, names, [FIRST_YEAR], is_read=is_read)


def put_template(
    connection: Connection, names: Names, settings: ElasticSettings, *, is_read: bool = True, is_closed: bool = False
) -> None:
    """Say what new shelves of a generation are like: seen by readers or not yet, closed to writers or not."""
    aliases: dict[str, Any] = {names.writing("{index}"): {}} | ({names.alias: {}} if is_read else {})
    connection.client.indices.put_index_template(
        name=names.template,
        index_patterns=[f"{names.template}-*"],
        template={
            "settings": spread_of(settings) | ({"index.blocks.write": True} if is_closed else {}),
            "mappings": MAPPINGS,
            "aliases": aliases,
        },
        priority=500,
        meta={"minsheng": VERSION},
    )


def make_shelves(connection: Connection, names: Names, years: Iterable[int], *, is_read: bool = True) -> None:
    """Make the shelves of these years, which then have the settings and aliases of the template."""
    for year in sorted(set(years)):
        shelf = names.shelf(year)
        aliases = connection.ask(partial(_make, connection, shelf))
        wanted = {names.writing(shelf)} | ({names.alias} if is_read else set())
        if not wanted <= aliases:
            raise IndexUnavailable(
                f"{connection.where}: {shelf} has no alias {', '.join(sorted(wanted - aliases))}, for its template is "
                "missing; run `minsheng index setup` as a user who may manage index templates"
            )


def shown(connection: Connection, names: Names, instead_of: Iterable[str] = ()) -> None:
    """Let readers see all shelves of a generation, in one step with the removal of other indices."""
    all_of_it = {"index": f"{names.template}-*", "alias": names.alias}
    actions: list[dict[str, Any]] = [{"remove_index": {"index": index}} for index in instead_of]
    actions.append({"add": all_of_it})
    connection.ask(partial(connection.client.indices.update_aliases, actions=actions))


def spread_of(settings: ElasticSettings) -> dict[str, Any]:
    """Return the settings of indices."""
    is_auto = settings.replicas == "auto"
    copies = {"auto_expand_replicas": "0-1"} if is_auto else {"number_of_replicas": settings.replicas}
    # What is written is made visible by its writer; the interval is for what a killed one left.
    return {"number_of_shards": settings.shards, "refresh_interval": "30s", **copies}


def open_names(connection: Connection, prefix: str, settings: ElasticSettings) -> Names:
    """Return the names in use; where there are none, make the first generation.

    Raises:
        IndexUnavailable: Nothing is there and we may not make it, or it has another schema.
    """
    names = find(connection, prefix)
    if names:
        return names
    names = Names(prefix)
    try:
        set_up(connection, names, settings)
    except IndexUnavailable as error:
        if isinstance(error.__cause__, ApiError) and error.__cause__.status_code == _FORBIDDEN:
            raise IndexUnavailable(
                f"{connection.where}: is not there, and this user may not make it; run `minsheng index setup` once as "
                "a user who may (docs/operate.md)"
            ) from error
        raise
    return names


def _make(connection: Connection, shelf: str) -> set[str]:
    """Make a shelf if it is not there; return its aliases."""
    indices = connection.client.indices
    try:
        indices.create(index=shelf, mappings=MAPPINGS)
        _log.info("elasticsearch index made where=%s name=%s", connection.where, shelf)
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":  # another process was faster
            raise
    return set(indices.get_alias(index=shelf)[shelf]["aliases"])
