"""Wishes for new sources in, trials of them out: one at a time beside the console, which answers meanwhile."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock, Thread

from app.bootstrap import Office
from app.newcomer import draft_source, keep_source, recognise_site, try_draft
from console.newcomers import Candidate, Found, Newcomers, Step, Wanted
from crawlers.beside import beside, texts_of
from crawlers.draft import Wishes
from minsheng.errors import MinshengError, QueryError
from minsheng.text import printable

MOST_WAITING = 3
MOST_KNOWN = 20
_SHOWN = 5
_BUG = "程序出错，已记入日志；请把时间和地址告诉运维。"


class SourceTrials:
    """The trials of a console, kept in memory: a restart forgets them, and nothing of them was written.

    One runs at a time, in processes of its own with the manners and limits of a crawl; few may wait.
    """

    def __init__(self, office: Office, planned: Callable[[str], None] | None = None) -> None:
        self._office, self._planned = office, planned
        self._known: OrderedDict[str, Candidate] = OrderedDict()
        self._lock, self._turn = Lock(), Lock()

    def newcomers(self) -> Newcomers:
        """Return what the console may ask of the trials."""
        return Newcomers(self.start, self._known.get, self.keep, self._planned is not None)

    def start(self, wanted: Wanted) -> str:
        """Begin a trial; return its id.

        Raises:
            QueryError: Too many wait already.
        """
        candidate = Candidate(secrets.token_hex(8), wanted, Step.WAITS)
        with self._lock:
            if sum(one.runs for one in self._known.values()) >= MOST_WAITING:
                raise QueryError(f"已有 {MOST_WAITING} 个地址在试采，请等其中一个结束。")
            self._known[candidate.id] = candidate
            while len(self._known) > MOST_KNOWN:
                self._known.pop(next(id_ for id_, one in self._known.items() if not one.runs))
        # A daemon: the service may end in the middle of a trial, of which nothing is kept.
        Thread(target=self._try, args=(candidate,), name="source-trial", daemon=True).start()
        return candidate.id

    def keep(self, id_: str) -> Candidate:
        """Write what a trial found, and let it be crawled.

        Raises:
            QueryError: The trial is forgotten, or has found nothing that could be written.
        """
        with self._lock:
            candidate = self._known.get(id_)
            if candidate is None or candidate.step is not Step.TRIED or candidate.found is None:
                raise QueryError("这次试采已不在，或没有可写入的结果。请重新试采。")
            keep_source(self._office, candidate.found.name, candidate.found.description)
            kept = self._known[id_] = replace(candidate, step=Step.KEPT)
        self._office.renew_sources()
        if self._planned:
            self._planned(candidate.found.name)
        return kept

    def _try(self, candidate: Candidate) -> None:
        try:
            with self._turn:
                found = self._found(candidate)
        except MinshengError as error:
            self._note(replace(candidate, step=Step.REFUSED, refusal=str(error)))
        except Exception:
            # The page would wait for ever; the thread's own end writes the cause into the log.
            self._note(replace(candidate, step=Step.REFUSED, refusal=_BUG))
            raise
        else:
            self._note(replace(candidate, step=Step.TRIED, found=found))

    def _found(self, candidate: Candidate) -> Found:
        wanted = candidate.wanted
        self._note(replace(candidate, step=Step.LOOKS))
        sighting, title = recognise_site(self._office, wanted.url)
        wishes = Wishes(wanted.name, wanted.title, wanted.kind, wanted.project)
        config, text = draft_source(self._office, sighting, wishes, title)
        self._note(replace(candidate, step=Step.READS))
        trial = try_draft(self._office, config, text)
        texts = texts_of(trial.shown)
        return Found(
            name=config.name,
            engine=sighting.engine,
            why=printable(sighting.why),
            description=text,
            pages=trial.pages,
            posts=len(trial.posts),
            set_aside=trial.set_aside,
            masked=trial.masked,
            beside=tuple((post, printable(beside(post, texts))) for post in trial.posts[:_SHOWN]),
        )

    def _note(self, candidate: Candidate) -> None:
        with self._lock:
            self._known[candidate.id] = candidate
