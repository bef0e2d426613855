"""Numbers of posts in, the most frequent values out: alike in every engine."""

from collections import Counter


def most_first(numbers: Counter[str], limit: int) -> dict[str, int]:
    """Return value → number of the most frequent, those that are there, ties by value."""
    found = (item for item in numbers.items() if item[1])
    return dict(sorted(found, key=lambda item: (-item[1], item[0]))[:limit])
