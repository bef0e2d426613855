"""Pairs of a claim and a comment in, the stances that were read of them out: no pair is read twice."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from alerts.database import Database, Schema
from minsheng.domain import BEIJING, Claim, Post
from minsheng.stances import Stance

STANCES_FILE = "stances.sqlite"
SCHEMA = Schema(
    "stances of comments",
    1,
    """
CREATE TABLE stances (
    pair TEXT NOT NULL, model TEXT NOT NULL, claim TEXT NOT NULL, post TEXT NOT NULL, read_on TEXT NOT NULL,
    supports REAL NOT NULL, contradicts REAL NOT NULL, neither REAL NOT NULL, PRIMARY KEY (pair, model)
) WITHOUT ROWID;
CREATE INDEX stances_claim ON stances (claim, read_on);
CREATE INDEX stances_post ON stances (post);

CREATE TABLE looked (claim TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID;
""",
    "comments are then read beside the claims again",
)


class StanceStore:
    """One file. A stance belongs to the words of the claim, the words of the comment and the version of the model."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def known(self, claim: Claim, posts: Iterable[Post], model: str) -> dict[str, Stance]:
        """Return by post id the stances that were read of these words by this model."""
        with self._database.read() as rows:
            found = rows.execute("SELECT * FROM stances WHERE claim = ? AND model = ?", (claim.id, model)).fetchall()
        read = {row["pair"]: Stance(row["supports"], row["contradicts"], row["neither"]) for row in found}
        return {post.id: read[pair] for post in posts if (pair := _pair(claim, post)) in read}

    def posts(self, claim: Claim, model: str) -> list[str]:
        """Return the ids of all posts that this model read beside a claim, also beside earlier words of it."""
        with self._database.read() as rows:
            query = "SELECT DISTINCT post FROM stances WHERE claim = ? AND model = ? ORDER BY post"
            return [row["post"] for row in rows.execute(query, (claim.id, model))]

    def read_on(self, claim: Claim, now: datetime) -> int:
        """Return how many comments were read beside a claim on this day of Beijing."""
        with self._database.read() as rows:
            query = "SELECT count(*) FROM stances WHERE claim = ? AND read_on = ?"
            return int(rows.execute(query, (claim.id, _day(now))).fetchone()[0])

    def is_first_look(self, claim: Claim, now: datetime) -> bool:
        """Return whether a claim is looked at for the first time on this day of Beijing, and note that it was."""
        with self._database.write() as rows:
            query = """INSERT INTO looked VALUES (?, ?)
                ON CONFLICT (claim) DO UPDATE SET day = excluded.day WHERE looked.day != excluded.day"""
            return rows.execute(query, (claim.id, _day(now))).rowcount == 1

    def keep(self, claim: Claim, posts: Sequence[Post], stances: Sequence[Stance], model: str, now: datetime) -> None:
        """Keep what was read."""
        made = [
            (_pair(claim, post), model, claim.id, post.id, _day(now), one.supports, one.contradicts, one.neither)
            for post, one in zip(posts, stances, strict=True)
        ]
        with self._database.write() as rows:
            rows.executemany("REPLACE INTO stances VALUES (?, ?, ?, ?, ?, ?, ?, ?)", made)

    def forget(self, ids: Iterable[str]) -> None:
        """Forget everything about these posts."""
        with self._database.write() as rows:
            rows.executemany("DELETE FROM stances WHERE post = ?", [(post_id,) for post_id in ids])


def _pair(claim: Claim, post: Post) -> str:
    words = repr((claim.id, claim.text, post.id, post.title, post.text))
    return hashlib.sha256(words.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _day(moment: datetime) -> str:
    return moment.astimezone(BEIJING).date().isoformat()
