"""Questions of a watch in, their answers out: by this process, and by one more while there are many questions.

Rules cost time of the processor, and one Python process uses one core. The helper opens the deployment anew and works
from the end of the list while this process works from its start, until they meet. What the helper's daily watch has
settled it keeps itself, before its answers come back: a crash of either loses answers, which are asked again.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import ClassVar

from app.bootstrap import Office
from app.sparing import Answer, Asking, Question, SparingWatch
from app.watch import Surroundings
from minsheng.settings import Settings

logger = logging.getLogger(__name__)

Helper = Callable[[Sequence[Question]], list[Answer]]

MANY = 150
"""Fewer questions are answered by the time that a helper has started."""
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Task:
    """What a helper needs to answer as this process does."""

    folder: Path
    settings: Settings
    around: Surroundings
    now: datetime


class _Helper:
    """The deployment as the helper has it open, one for its process."""

    here: ClassVar["_Helper"]

    def __init__(self, task: Task) -> None:
        self._office = Office(task.folder, {}, lambda: task.now, task.settings)
        self._now = task.now
        self._daily = self._office.daily_watch()
        around = replace(task.around, daily=self._daily)
        self._watch = SparingWatch(self._office.watch_memory, self._office.alerts, self._office.index, around)

    def answer(self, questions: Sequence[Question]) -> list[Answer]:
        answers = [self._watch.answer(question, self._office.rules, self._now) for question in questions]
        if self._daily:
            self._daily.keep(self._now)
        return answers


def with_helper(own: Asking, office: Office, around: Surroundings, now: datetime, many: int = MANY) -> Asking:
    """Return how questions are answered by ``own``, with a helper where they are many and there is a core for it."""
    if office.settings.index == "memory" or (os.cpu_count() or 1) == 1:
        return own
    task = Task(office.folders.root, office.settings, replace(around, daily=None), now)

    def ask(questions: Sequence[Question]) -> Iterator[Answer]:
        if len(questions) < many:
            yield from own(questions)
            return
        with ProcessPoolExecutor(1, get_context("spawn"), _start, (task,)) as pool:
            yield from Meeting(own, pool, questions).answers()

    return ask


class Meeting:
    """A list of questions that two processes shorten from both ends; ``helper`` is what the other one calls."""

    def __init__(
        self, own: Asking, pool: Executor, questions: Sequence[Question], helper: Helper | None = None
    ) -> None:
        self._own, self._helper = own, helper or _answer
        self._pool: Executor | None = pool
        self._waiting = deque(questions)
        self._away: list[Question] = []
        self._future: Future[list[Answer]] | None = None
        self._last: deque[Answer] = deque()

    def answers(self) -> Iterator[Answer]:
        """Yield the answers in order: those of this process as they are found, then those of the helper."""
        self._send()
        while self._waiting:
            yield from self._own([self._waiting.popleft()])
            if self._future is not None and self._future.done():
                self._receive()
                self._send()
        self._receive()
        yield from self._own(tuple(self._waiting))  # what a helper that failed gave back
        yield from self._last

    def _send(self) -> None:
        if self._pool is None:
            return
        self._away = [self._waiting.pop() for _ in range(min(_AT_ONCE, len(self._waiting)))][::-1]
        self._future = self._pool.submit(self._helper, self._away) if self._away else None

    def _receive(self) -> None:
        if self._future is None:
            return
        try:
            self._last.extendleft(reversed(self._future.result()))
        except BrokenProcessPool:
            logger.warning("the helper of the watch ended, perhaps for want of memory; this process goes on alone")
            self._waiting.extend(self._away)
            self._pool = None
        self._future = None


def _start(task: Task) -> None:
    _Helper.here = _Helper(task)


def _answer(questions: Sequence[Question]) -> list[Answer]:
    return _Helper.here.answer(questions)
