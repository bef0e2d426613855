"""A labelled post and what a person puts right in, the post with a longer history of corrections out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from minsheng.corrections import CORRECTABLE, Correction, standing, words_mark
from minsheng.domain import ASPECTS, INTENTS, TOPICS, LabelledPost, Sentiment

VALUES: Mapping[str, tuple[str, ...]] = {
    "sentiment": tuple(label.value for label in Sentiment),
    "topic": TOPICS,
    "aspect": ASPECTS,
    "intent": INTENTS,
}
"""What a person may put into each field but ``project``, which takes the ids of projects."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is wished of one field: the value that it should have, or None: that of the reading again."""

    field: str
    value: tuple[str, ...] | None

    def __post_init__(self) -> None:
        if self.field not in CORRECTABLE:
            raise ValueError(f"a correction of {self.field!r}: only {', '.join(CORRECTABLE)} can be corrected")
        known = VALUES.get(self.field)
        if known and self.value is not None and (len(self.value) != 1 or self.value[0] not in known):
            raise ValueError(f"a correction of {self.field}: wants one of {', '.join(known)}, got {self.value!r}")
        if self.value is not None and (len(set(self.value)) != len(self.value) or "" in self.value):
            raise ValueError(f"a correction of {self.field}: wants each project once, got {self.value!r}")


def corrected(labelled: LabelledPost, changes: Iterable[Change], at: datetime, why: str = "") -> LabelledPost:
    """Return the post with an entry for each change that changes something.

    A value equal to the reading is an entry too: a person says so, and a later model must not unsay it. What a person
    has said of these very words before is not noted twice.
    """
    mark = words_mark(labelled.post.title, labelled.post.text)
    for change in changes:
        now = standing(labelled.corrections).get(change.field)
        if (now is None and change.value is None) or (now and now.after == change.value and now.words == mark):
            continue
        # A clock that went back must not put the new entry before an older one.
        latest = max((each.at for each in labelled.corrections), default=at)
        entry = Correction(change.field, labelled.label.of(change.field), change.value, max(at, latest), mark, why)
        labelled = replace(labelled, corrections=(*labelled.corrections, entry))
    return labelled
