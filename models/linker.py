"""A post in, the ids of the projects that it names out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ahocorasick

from minsheng.domain import Post, Project
from minsheng.text import normalise

_DIGITS = frozenset("0123456789")
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz") | _DIGITS
_HAN_DIGITS = frozenset("零〇一二两三四五六七八九十百")


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    projects: tuple[str, ...]


class ProjectLinker:
    """Finds projects by name and alias with one pass of an automaton over the normalised title and text.

    - the longest name wins: a character belongs to one name only.
    - a name that two projects share gives both.
    - Latin words and numbers match whole: ``brt`` not in ``brtx``, ``3号线`` not in ``13号线``.
    - a post bound to a project by its source or thread names that one first.
    """

    def __init__(self, projects: Sequence[Project]) -> None:
        owners: dict[str, list[str]] = {}
        for project in projects:
            for name in dict.fromkeys(normalise(name) for name in (project.name, *project.aliases)):
                if name:
                    owners.setdefault(name, []).append(project.id)
        self._automaton = ahocorasick.Automaton()
        for name, ids in owners.items():
            self._automaton.add_word(name, (len(name), tuple(ids)))
        if owners:
            self._automaton.make_automaton()
        self._empty = not owners

    def link(self, post: Post) -> tuple[str, ...]:
        """Return project ids: the bound one, then those named in the title, then those named in the text."""
        bound = (post.project,) if post.project else ()
        named = (project for part in (post.title, post.text) for project in self.named(part))
        return tuple(dict.fromkeys((*bound, *named)))

    def named(self, text: str) -> tuple[str, ...]:
        """Return the ids of the projects named in a text, in the order of their first mention."""
        if self._empty:
            return ()
        normal = normalise(text)
        matches = _longest(self._matches(normal), len(normal))
        return tuple(dict.fromkeys(project for match in matches for project in match.projects))

    def _matches(self, text: str) -> Iterable[_Match]:
        for last, (length, projects) in self._automaton.iter(text):
            start, end = last - length + 1, last + 1
            if _is_whole(text, start, end):
                yield _Match(start, end, projects)


def _longest(matches: Iterable[_Match], length: int) -> list[_Match]:
    """Keep the longest of overlapping matches, the earlier one of equals; returns them in order of place."""
    covered = bytearray(length)
    kept: list[_Match] = []
    for match in sorted(matches, key=lambda m: (m.start - m.end, m.start)):
        if not any(covered[match.start : match.end]):
            covered[match.start : match.end] = b"\1" * (match.end - match.start)
            kept.append(match)
    return sorted(kept, key=lambda m: m.start)


def _is_whole(text: str, start: int, end: int) -> bool:
    cut_before = start > 0 and _joined(text[start - 1], text[start])
    cut_after = end < len(text) and _joined(text[end - 1], text[end])
    return not (cut_before or cut_after)


def _joined(left: str, right: str) -> bool:
    """Tell whether two neighbours belong to one word or number, so that a name must not end between them."""
    return any(left in group and right in group for group in (_LATIN, _HAN_DIGITS))
