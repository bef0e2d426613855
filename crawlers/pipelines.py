"""Rows in, masked and checked posts in the inbox out; nothing is written before it is masked."""

import json
import sqlite3
import time
from collections import Counter
from dataclasses import asdict
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawlers.dates import parse_time
from crawlers.inbox import InboxWriter, LinesFile, remove_leftovers
from crawlers.items import Row, ThreadEnd
from crawlers.masking import mask
from crawlers.plan import CrawlPlan
from crawlers.state import Change, Known, fingerprint, judge_missing
from minsheng.domain import Post
from minsheng.errors import BadRow, SourceChanged
from minsheng.web import is_listed

_SEGMENT_POSTS = 200
_SEGMENT_SECONDS = 30.0
_LONGEST_TEXT = 100_000
# One odd post must not stop a source for ever; this many, and no good one between, is a page of another shape.
_MOST_UNREADABLE = 3


class Stage:
    """A pipeline that knows the plan of its crawl."""

    def __init__(self, plan: CrawlPlan) -> None:
        self.plan = plan

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the plan from the spider."""
        plan: Any = getattr(crawler.spider, "plan", None)
        return cls(plan)


class MaskPipeline(Stage):
    """Replaces personal data in every text of a row. First of all stages."""

    def process_item(self, item: Row | ThreadEnd) -> Row | ThreadEnd:
        """Return the item with its texts masked and the marks counted."""
        if isinstance(item, Row):
            item.title, in_title = mask(item.title)
            item.text, in_text = mask(item.text or "")
            item.time, in_time = mask(item.time or "")
            item.masked = in_title + in_text + in_time
            self.plan.seen.setdefault(item.address, set()).add(item.native)
        return item


class CheckPipeline(Stage):
    """Makes rows into posts; sets rows that cannot be posts aside with the reason."""

    def __init__(self, plan: CrawlPlan) -> None:
        super().__init__(plan)
        self._good: Counter[str] = Counter()
        self._bad: Counter[str] = Counter()
        self._reason = ""
        self._in_a_row = 0
        self._threads: dict[str, str] = {}
        self._rejects: LinesFile | None = None

    def process_item(self, item: Row | ThreadEnd) -> tuple[Post, Row] | ThreadEnd:
        """Return a post and its row.

        Raises:
            DropItem: The row was set aside, or is not wanted.
            SourceChanged: No row of a thread could be read, or two threads share an id.
        """
        if isinstance(item, ThreadEnd):
            self._close_thread(item)
            return item
        self._refuse(item)
        try:
            post = row_to_post(item, self.plan)
        except BadRow as error:
            self._set_aside(item, str(error))
            raise DropItem(str(error)) from error
        if self._threads.setdefault(post.id, post.thread) != post.thread:
            raise SourceChanged(
                f"the id {post.id} stands in two threads: {self._threads[post.id]} and {post.thread}. "
                "If ids count inside a thread, set thread.comments.id_scope: thread"
            )
        self._good[item.address] += 1
        return post, item

    def close_spider(self) -> None:
        """Publish the rejects."""
        if self._rejects is not None:
            self._rejects.prepare()
            self._rejects.publish()

    def _refuse(self, row: Row) -> None:
        """Leave out what the opt-out list names.

        Raises:
            DropItem: It names this row.
        """
        if any(is_listed(address, self.plan.settings.opt_out) for address in (row.url, row.thread)):
            self.plan.tally.left_out["opted out"] += 1
            raise DropItem("on the opt-out list")

    def _close_thread(self, end: ThreadEnd) -> None:
        good, bad = self._good.pop(end.address, 0), self._bad.pop(end.address, 0)
        self._in_a_row = 0 if good else self._in_a_row + bad
        if self._in_a_row >= _MOST_UNREADABLE:
            raise SourceChanged(f"{end.address}: none of the last {self._in_a_row} rows could be read: {self._reason}")

    def _set_aside(self, row: Row, reason: str) -> None:
        self._bad[row.address] += 1
        self._reason = reason
        self.plan.tally.set_aside += 1
        if self._rejects is None:
            folder = self.plan.inbox.parent / "rejects"
            folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(folder, self.plan.config.name)
            self._rejects = LinesFile(folder, f"{self.plan.run}-{self.plan.config.name}")
        self._rejects.write(json.dumps({"reason": reason, "row": asdict(row)}, ensure_ascii=False))


class InboxPipeline(Stage):
    """Writes posts that are new or were edited; marks threads as read once all their posts are published."""

    def __init__(self, plan: CrawlPlan) -> None:
        super().__init__(plan)
        self._writer = InboxWriter(plan.inbox, plan.config.name, plan.run)
        self._change = Change()
        self._written = 0
        self._since = time.monotonic()
        self._published = 0

    def process_item(self, item: tuple[Post, Row] | ThreadEnd) -> tuple[Post, Row] | ThreadEnd:
        """Write a post, or close a segment at the end of a thread if it is long or old enough.

        Raises:
            SourceChanged: The crawl yields more posts than its source expects.
        """
        if isinstance(item, ThreadEnd):
            if self.plan.outcome:
                raise DropItem("the crawl is being stopped; this thread is read again by the next one")
            self._end(item)
            if self._written >= _SEGMENT_POSTS or time.monotonic() - self._since > _SEGMENT_SECONDS:
                self._commit()
        else:
            self._write(*item)
        return item

    def close_spider(self) -> None:
        """Publish what is left; a crawl whose posts cannot be kept has failed, whatever it read."""
        try:
            self._commit()
        except (OSError, sqlite3.Error) as error:
            self.plan.tally.posts = self._published
            self.plan.end("failed", f"{self.plan.inbox}: {error}; what was not published is read again")
            raise

    def _write(self, post: Post, row: Row) -> None:
        tally, most = self.plan.tally, self.plan.config.assertions.posts_per_crawl.max
        now_known = Known(fingerprint(post), row.address)
        known = self._change.posts.get(post.id) or self.plan.state.known(post.id)
        if known is not None and known.fingerprint == now_known.fingerprint:
            tally.unchanged += 1
            if known.thread != row.address:
                self._change.posts[post.id] = now_known
            return
        if tally.posts >= most and self.plan.span is None:
            raise SourceChanged(f"more than {most} posts in one crawl (assertions.posts_per_crawl.max)")
        self._writer.write(post)
        self._change.posts[post.id] = now_known
        self._written += 1
        tally.posts += 1
        tally.changed += known is not None
        tally.masked += row.masked
        self.plan.progress(tally.posts, tally.pages)

    def _end(self, end: ThreadEnd) -> None:
        """Note that a thread was read, and which of its posts are no longer there."""
        seen = self.plan.seen.pop(end.address, None)
        self._change.threads.append(end)
        if not end.whole or self.plan.span is not None or (seen is not None and None in seen):
            return
        known = self.plan.state.posts_in(end.address)
        there = {f"{self.plan.config.name}:{native}" for native in seen or ()}
        missing, deleted = judge_missing(known, there, self.plan.now)
        self._change.seen += [each for each in there if known.get(each) is not None]
        self._change.missing += missing
        self._change.deleted += deleted
        self.plan.tally.deleted += len(deleted)

    def _commit(self) -> None:
        segment = self._writer.prepare()
        if not self.plan.outcome:
            self._change.pages, self.plan.leaves[:] = [*self.plan.leaves], []
        if segment or self._change:
            self.plan.state.apply(self._change, self.plan.now, segment)
        self._writer.publish()
        self._published += self._written
        self._change, self._written, self._since = Change(), 0, time.monotonic()


def row_to_post(row: Row, plan: CrawlPlan) -> Post:
    """Check a row.

    Raises:
        BadRow: The id, text or time is missing or not understood.
    """
    if not row.native:
        raise BadRow("no id")
    if not row.text:
        raise BadRow("no text")
    if len(row.text) > _LONGEST_TEXT:
        raise BadRow(f"a text of {len(row.text)} characters")
    if not row.time:
        raise BadRow("no time")
    name = plan.config.name
    try:
        published = parse_time(row.time, plan.now)
    except ValueError as error:
        raise BadRow(str(error)) from error
    return Post(
        id=f"{name}:{row.native}",
        source=name,
        kind=row.kind,
        url=row.url,
        thread=row.thread,
        title=row.title,
        text=row.text,
        published_at=published,
        collected_at=plan.now,
        shown_at=row.time,
        reply_to=f"{name}:{row.reply_to}" if row.reply_to else None,
        project=plan.config.project_of(row.title, row.thread),
        place=row.place,
        likes=row.likes,
    )
