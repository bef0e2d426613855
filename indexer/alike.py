"""Posts that were found in, groups of those that say the same in other words out: for reading, never for counting."""

from collections.abc import Sequence

from indexer.base import Hit
from indexer.nearness import SAME, is_comparable, nearness, rows_of, squares_of
from minsheng.domain import LabelledPost, Sentiment, Vector

ALIKE = 0.7
"""From here on two texts are taken to say the same; docs/decisions/0031-similar.md has what that finds and misses."""

_OPPOSITES = frozenset({Sentiment.NEGATIVE.value, Sentiment.POSITIVE.value})


def groups(hits: Sequence[Hit]) -> list[list[Hit]]:
    """Put each post to the nearest of those that lead a group, if they are alike, else let it lead one itself.

    Groups and posts keep the order of the hits. A post is compared with leaders alone, so that groups do not creep.
    A group is about one project: the same words about another road are another matter. Posts of different kinds are
    never in one, nor those of surely opposite attitudes: a "not" hardly turns a vector.
    """
    found: list[list[Hit]] = []
    for hit in hits:
        leaders = [group for group in found if _may_join(group[0].labelled, hit.labelled)]
        best = _nearest(leaders, hit.labelled.reading.vector)
        if best is None:
            found.append([hit])
        else:
            best.append(hit)
    return found


def _nearest(groups: Sequence[list[Hit]], to: Vector | None) -> list[Hit] | None:
    """Return the group whose leader is nearest, the first of equals; None where no leader is alike."""
    if to is None or not groups:
        return None
    rows = rows_of([vector.numbers for group in groups if (vector := group[0].labelled.reading.vector)])
    near = nearness(rows, squares_of(rows), to)
    best = int(near.argmax())
    return groups[best] if near[best] >= ALIKE * SAME else None


def _may_join(leader: LabelledPost, labelled: LabelledPost) -> bool:
    vector = labelled.reading.vector
    if vector is None or not is_comparable(leader.reading.vector, vector) or leader.post.kind is not labelled.post.kind:
        return False
    one, other = set(leader.reading.projects), set(labelled.reading.projects)
    attitudes = {leader.reading.attitude, labelled.reading.attitude}
    return bool(one & other or one == other) and not attitudes >= _OPPOSITES
