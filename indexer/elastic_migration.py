"""A cluster in, what Minsheng needs there made or brought to the present schema out; needs rights that no run time has.

A migration copies all posts into the shelves of the next generation while readers go on with the old ones, compares
both, and then moves the alias in one step. Writers wait meanwhile: the old indices are closed to them, and what they
could not write is still in the inbox.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from indexer.batches import batches
from indexer.elastic_access import Connection
from indexer.elastic_client import ElasticClient, Json
from indexer.elastic_layout import (
    Names,
    find,
    generation_of,
    put_template,
    set_up,
    shown,
    spread_of,
    versions,
)
from indexer.elastic_query import sort_of
from indexer.elastic_schema import VERSION, labelled_of
from indexer.elastic_writing import LINES, Writer
from indexer.portable import checksum, fingerprint
from minsheng.domain import LabelledPost
from minsheng.errors import IndexUnavailable
from minsheng.settings import ElasticSettings

OLDEST = 2
"""The oldest schema whose documents hold whole posts."""

_EVERYTHING: Json = {"match_all": {}}
_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did; ``posts`` is None where there was nothing to do."""

    before: int
    after: int
    posts: int | None = None
    checksum: str = ""


def prepare(connection: Connection, prefix: str, settings: ElasticSettings) -> Names:
    """Make what is missing, and bring what is there to the present settings; shards hold for new years only."""
    names = find(connection, prefix)
    if names is None:
        names = Names(prefix)
    else:
        copies = {name: value for name, value in spread_of(settings).items() if name != "number_of_shards"}
        connection.ask(partial(connection.client.indices.put_settings, index=names.alias, settings=copies))
    set_up(connection, names, settings)
    shown(connection, names)
    return names


def migrate(
    connection: Connection, prefix: str, settings: ElasticSettings, progress: Progress, *, again: bool = False
) -> Migration:
    """Bring the posts of a prefix into indices of the present schema, and of the present number of shards.

    Stopped and called again it goes on: posts that are copied already are only compared. ``again``: also where the
    schema is the present one.

    Raises:
        IndexUnavailable: There is nothing, or nothing that this Minsheng can read; or the copy is not the same.
    """
    names = Names(prefix)
    old = connection.ask(partial(versions, connection, names.alias))
    known = {version or 0 for version in old.values()} or {0}
    if not known <= set(range(OLDEST, VERSION + 1)):
        raise IndexUnavailable(
            f"{connection.where}: has schema version {min(known) or 'none'}; versions {OLDEST} to {VERSION} can be "
            "brought over. For an older one choose another prefix and read the sources again; `minsheng index setup` "
            "makes a new index"
        )
    if known == {VERSION} and not again:
        return Migration(VERSION, VERSION)
    return _Move(connection, names, tuple(old), settings).run(min(known), progress)


class _Move:
    def __init__(self, connection: Connection, names: Names, old: tuple[str, ...], settings: ElasticSettings) -> None:
        generations = [generation_of(name, names.prefix) or 0 for name in old]
        self._connection, self._old, self._settings = connection, old, settings
        self._before = Names(names.prefix, max(generations))
        self._after = Names(names.prefix, max(generations) + 1)
        self._source = ElasticClient(connection, names.alias)
        self._target = ElasticClient(connection, f"{self._after.template}-*")

    def run(self, version: int, progress: Progress) -> Migration:
        self._close_to_writers()
        total = self._source.count(_EVERYTHING)
        _log.info("migration begins where=%s posts=%d from=%s", self._connection.where, total, ",".join(self._old))
        set_up(self._connection, self._after, self._settings, is_read=False)
        wanted = self._copy(total, progress)
        held = checksum(map(fingerprint, _posts(self._target)))
        if held != wanted:
            raise IndexUnavailable(
                f"{self._connection.where}: the copy is not the same as what it was made of; readers see the old. "
                f"Remove the indices {self._after.template}-*, then run it again"
            )
        self._swap()
        _log.info("migration done where=%s posts=%d checksum=%s", self._connection.where, total, held)
        return Migration(version, VERSION, total, held)

    def _close_to_writers(self) -> None:
        """Close all old indices, and those that a writer might make meanwhile."""
        if self._before.generation:
            put = partial(put_template, self._connection, self._before, self._settings, is_closed=True)
            self._connection.ask(put)
        self._old = tuple(self._connection.ask(partial(versions, self._connection, self._before.alias)))
        closed = {"index.blocks.write": True}
        indices = self._connection.client.indices
        self._connection.ask(partial(indices.put_settings, index=list(self._old), settings=closed))

    def _copy(self, total: int, progress: Progress) -> str:
        writer = Writer(self._target, self._after, is_read=False)
        done = prints = 0
        for batch in batches(_posts(self._source), LINES):
            writer.add(batch, None)
            prints += sum(map(fingerprint, batch))
            done += len(batch)
            progress(done, total)
        return checksum([prints])

    def _swap(self) -> None:
        """Move the alias from all old indices to all new ones at once; the old ones go, with their template."""
        # A writer may have made another old shelf meanwhile: closed, so it is empty.
        old = self._connection.ask(partial(versions, self._connection, self._before.alias))
        shown(self._connection, self._after, instead_of=old)
        set_up(self._connection, self._after, self._settings)  # only now: a template cannot name the old single index
        shown(self._connection, self._after)
        client = self._connection.client.options(ignore_status=404)
        self._connection.ask(partial(client.indices.delete_index_template, name=self._before.template))


def _posts(client: ElasticClient) -> Iterator[LabelledPost]:
    for hit in client.scan(_EVERYTHING, sort_of("oldest"), source_includes=["body"]):
        yield labelled_of(hit["_source"])
