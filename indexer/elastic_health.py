"""A cluster in, what is wrong with it out: each with what to mend. Needs the rights of run time and no others."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any

from indexer.elastic_access import Connection
from indexer.elastic_layout import Names, find
from indexer.elastic_schema import VERSION
from indexer.open import cluster_of
from minsheng.errors import IndexUnavailable
from minsheng.settings import ElasticSettings

_STATUS = {"yellow": "some copies are missing", "red": "some posts cannot be reached"}
_RUN_TIME = ("read", "write", "create_index", "view_index_metadata", "monitor")

Json = dict[str, Any]


def examine_cluster(setting: str, settings: ElasticSettings) -> tuple[str, list[str]]:
    """Return how the cluster that the setting ``index`` names is, in a few words, and what is wrong.

    Raises:
        ConfigError: The setting names no cluster.
        IndexUnavailable: It does not answer, nothing is set up, or the schema is another.
    """
    urls, prefix = cluster_of(setting)
    with closing(Connection(urls, Names(prefix).alias, settings)) as connection:
        words, troubles = examine(connection, prefix, settings)
    return words, [*_silent(urls, prefix, settings), *troubles]


def examine(connection: Connection, prefix: str, settings: ElasticSettings) -> tuple[str, list[str]]:
    """Return how the cluster is in a few words, and what is wrong."""
    names = find(connection, prefix)
    if names is None:
        raise IndexUnavailable(f"{connection.where}: is not there; run `minsheng index setup` (docs/operate.md)")
    client = connection.client
    health: Json = dict(connection.ask(partial(client.cluster.health, index=names.alias)))
    asked = partial(client.indices.get, index=f"{names.template}-*", features="aliases,settings")
    shelves: Json = dict(connection.ask(asked))
    troubles = chain(
        _shards(health),
        _aliases(names, shelves),
        _spread(settings, shelves),
        _disks(connection),
        _rights(connection, names),
    )
    words = f"{health['number_of_data_nodes']} 个节点，{health['status']}，{len(shelves)} 个索引，版本 {VERSION}"
    return words, list(troubles)


def _silent(urls: Sequence[str], prefix: str, settings: ElasticSettings) -> Iterator[str]:
    """Say which nodes do not answer; the others have answered for them until now."""
    at_once = settings.model_copy(update={"patience_seconds": 0.0})
    for url in urls if len(urls) > 1 else ():
        with closing(Connection((url,), Names(prefix).alias, at_once)) as connection:
            try:
                connection.ask(partial(connection.client.cluster.health, local=True))
            except IndexUnavailable:
                yield f"{url} does not answer; start this node, or take it out of the setting `index`"


def _shards(health: Json) -> Iterator[str]:
    if health["status"] in _STATUS:
        yield (
            f"status {health['status']}, {_STATUS[health['status']]}: {health['unassigned_shards']} shards are on no "
            f"node, {health['initializing_shards']} are being copied, {health['number_of_data_nodes']} nodes are up; "
            "start the missing nodes, or lower elasticsearch.replicas and run `minsheng index setup`"
        )


def _aliases(names: Names, shelves: Json) -> Iterator[str]:
    for shelf, row in sorted(shelves.items()):
        lacking = {names.alias, names.writing(shelf)} - set(row["aliases"])
        if lacking:
            yield f"{shelf} has no alias {', '.join(sorted(lacking))}; run `minsheng index setup`"
        if row["settings"]["index"].get("blocks", {}).get("write") == "true":
            yield f"{shelf} is closed to writers: a migration was stopped; run `minsheng index migrate --again`"
        if row["settings"]["index"].get("blocks", {}).get("read_only_allow_delete") == "true":
            yield f"{shelf} is closed, for a disk is full; make room, Elasticsearch then opens it by itself"


def _spread(settings: ElasticSettings, shelves: Json) -> Iterator[str]:
    if settings.replicas != "auto":
        wrong = sorted(
            shelf for shelf, row in shelves.items()
            if row["settings"]["index"]["number_of_replicas"] != str(settings.replicas)
        )  # fmt: skip
        if wrong:
            yield f"{', '.join(wrong)} have not {settings.replicas} replicas as set; run `minsheng index setup`"


def _disks(connection: Connection) -> Iterator[str]:
    stats = connection.ask(partial(connection.client.nodes.stats, metric="fs"))
    for node in stats["nodes"].values():
        for disk in node.get("fs", {}).get("data", []):
            free = disk["available_in_bytes"]
            for mark, meaning in (
                ("flood_stage", "indices there are closed to writers"),
                ("high", "shards move away from it"),
                ("low", "no new shards come to it"),
            ):
                if free < disk.get(f"{mark}_watermark_free_space_in_bytes", 0):
                    room = f"{free / 1e9:.1f} GB free, below the {mark} watermark"
                    yield f"node {node['name']}: {room}: {meaning}; make room"
                    break


def _rights(connection: Connection, names: Names) -> Iterator[str]:
    """Say which rights of docs/operate.md the user lacks; without security everybody has all."""
    index = [{"names": [f"{names.prefix}-*"], "privileges": list(_RUN_TIME)}]
    ask = partial(connection.client.security.has_privileges, cluster=["monitor"], index=index)
    try:
        answer: Json = dict(connection.ask(ask))
    except IndexUnavailable as error:
        if getattr(error.__cause__, "status_code", None) in {400, 405}:  # there is no such question without security
            return
        raise
    rights = answer["cluster"] | answer["index"][f"{names.prefix}-*"]
    lacking = sorted(right for right, is_given in rights.items() if not is_given)
    if lacking:
        yield f"the user {answer['username']} lacks the rights {', '.join(lacking)}; docs/operate.md has the role"
