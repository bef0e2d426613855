"""A sample and its journals in, a labelled file in the training format out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.labelling.agreement import disagreements, settled
from app.labelling.journal import SETTLED, Journal, Mark, journal_path
from app.labelling.questions import QUESTIONS
from app.labelling.sample import Item, tsv
from minsheng.errors import ConfigError
from minsheng.files import write_whole


@dataclass(frozen=True, slots=True)
class Slots:
    """The marks of both readers and those that they settled on."""

    first: Mapping[str, Mark]
    second: Mapping[str, Mark]
    agreed: Mapping[str, Mark]


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of an export: rows by how their labels came about, and the texts left out by reason."""

    rows: int
    by_settling: int
    by_both: int
    by_one: int
    skipped: int
    unsettled: int
    unread: int


def read_slots(sample: Path) -> Slots:
    """Read what has been labelled of a sample so far."""
    return Slots(*(dict(Journal(journal_path(sample, slot)).marks) for slot in ("A", "B", SETTLED)))


def export(items: Sequence[Item], slots: Slots, path: Path) -> Exported:
    """Write every text whose labels are clear; single readings are taken and counted.

    Raises:
        ConfigError: There is nothing to write.
    """
    counting = settled(slots.first, slots.second, slots.agreed)
    here = {item.id for item in items}
    labelled = [(item, counting[item.id]) for item in items if item.id in counting and counting[item.id].answers]
    if not labelled:
        raise ConfigError(f"{path}: not written, nothing is labelled yet; run minsheng label without --export first")
    names = [name for name in QUESTIONS if any(name in mark.answers for _, mark in labelled)]
    rows = [[item.text, *(mark.answers.get(name, "") for name in names), item.source] for item, mark in labelled]
    write_whole(path, tsv(("text", *names, "source"), rows))
    open_ = {each.item for each in disagreements(slots.first, slots.second)} - slots.agreed.keys()
    ids = [item.id for item, _ in labelled]
    by_settling = sum(item in slots.agreed for item in ids)
    by_both = sum(item in slots.first and item in slots.second and item not in slots.agreed for item in ids)
    return Exported(
        rows=len(rows),
        by_settling=by_settling,
        by_both=by_both,
        by_one=len(rows) - by_settling - by_both,
        skipped=sum(bool(mark.skipped) for item, mark in counting.items() if item in here),
        unsettled=len(open_ & here),
        unread=len(here - counting.keys() - open_),
    )
