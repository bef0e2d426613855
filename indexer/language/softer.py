"""A query whose words nothing holds together in, the same asked roughly out, as a condition and as it is typed."""

from indexer.conditions import Condition
from indexer.language.names import Names
from indexer.language.parse import LONGEST_QUERY
from indexer.language.write import write
from indexer.roughly import softened


def softer(where: Condition, names: Names) -> tuple[Condition, str] | None:
    """Return what to offer instead; None if that would be nothing else, or longer than a query may be."""
    condition = softened(where)
    typed = write(condition, names) if condition else ""
    return (condition, typed) if condition and len(typed) <= LONGEST_QUERY else None
