"""Sources as they are read anew now and then: a mapping that pages may walk through while it is renewed."""

from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView

from minsheng.domain import Source


class LiveSources(Mapping[str, Source]):
    """Name → source. ``renew`` puts a new mapping in place; who walks through the old one is not disturbed."""

    def __init__(self, read: Callable[[], Mapping[str, Source]]) -> None:
        self._read = read
        self._now = read()

    def renew(self) -> None:
        """Take what is there now."""
        self._now = self._read()

    def __getitem__(self, name: str) -> Source:
        return self._now[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def items(self) -> ItemsView[str, Source]:
        """Return names and sources of one moment."""
        return self._now.items()

    def values(self) -> ValuesView[Source]:
        """Return the sources of one moment."""
        return self._now.values()
