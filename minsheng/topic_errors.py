"""How a model confuses topics, as a value that travels with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TopicErrors:
    """``counts[r][c]``: held-out texts of true topic c that were read as r; both in the order of ``domain.TOPICS``.

    Measured on messages of the public. The same table serves official texts, for which nobody has measured one.
    """

    model: str
    counts: tuple[tuple[int, ...], ...]

    @property
    def texts(self) -> int:
        return sum(map(sum, self.counts))
