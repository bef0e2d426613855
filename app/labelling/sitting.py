"""Texts to read and a journal in, the next text to show and the progress out: one reader at work."""

import itertools
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.labelling.agreement import Disagreement
from app.labelling.journal import Journal, Mark
from app.labelling.questions import SKIPS, Question, complaint
from app.labelling.sample import Item

_RECENT = 30
_BREAK = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Pace:
    """How far the reader is; ``seconds`` is the usual time per text, None before it is known."""

    done: int
    total: int
    seconds: float | None

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def minutes_left(self) -> int | None:
        """Whole minutes that the rest takes at this pace."""
        return None if self.seconds is None else max(1, round(self.left * self.seconds / 60))


class Sitting:
    """One reader's work on a sample, in the given order; everything that counts is in the journal."""

    def __init__(
        self,
        slot: str,
        items: Sequence[Item],
        questions: Sequence[Question],
        journal: Journal,
        now: Callable[[], datetime],
        both: Mapping[str, Disagreement] | None = None,
    ) -> None:
        self.slot, self.items, self.questions = slot, tuple(items), tuple(questions)
        self.both = both or {}
        self._journal, self._now = journal, now
        self._known = {item.id for item in items}

    def current(self) -> Item | None:
        """Return the first text without a mark, None when all are read."""
        return next((item for item in self.items if item.id not in self._journal.marks), None)

    def answer(self, item: str, answers: Mapping[str, str]) -> str:
        """Keep the answers; return what is wrong with them, in Chinese, or nothing."""
        if item not in self._known:
            return "这条文字不在样本里。"
        kept = {question.name: answers[question.name] for question in self.questions if question.name in answers}
        if wrong := complaint(self.questions, kept):
            return wrong
        self._journal.write(Mark(item, kept), self._now())
        return ""

    def skip(self, item: str, reason: str) -> str:
        """Keep why the text has no label; return what is wrong, or nothing."""
        if item not in self._known or reason not in SKIPS:
            return "没有这条文字，或没有这个理由。"
        self._journal.write(Mark(item, skipped=reason), self._now())
        return ""

    def undo(self) -> None:
        """Take back the latest mark, so that its text is shown again."""
        self._journal.undo(self._now())

    def given(self, item: Item) -> dict[str, str]:
        """Return the answers to start from: those on which both readers agree when settling, else none."""
        pair = self.both.get(item.id)
        if pair is None:
            return {}
        return {name: value for name, value in pair.first.answers.items() if pair.second.answers.get(name) == value}

    def pace(self) -> Pace:
        """Return how far the reader is and how fast; breaks do not count."""
        done = sum(item.id in self._journal.marks for item in self.items)
        times = self._journal.times[-_RECENT:]
        gaps = [after - before for before, after in itertools.pairwise(times)]
        working = [gap.total_seconds() for gap in gaps if timedelta(0) < gap < _BREAK]
        return Pace(done, len(self.items), statistics.median(working) if working else None)
