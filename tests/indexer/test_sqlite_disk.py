"""What SqliteIndex promises on a full disk, and to many processes at once."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.base import Query
from indexer.sqlite import BATCH, SqliteIndex
from minsheng.errors import IndexUnavailable

ROOT = Path(__file__).resolve().parents[2]

# A process of its own: stores 40 times 25 posts named argv[2], as a crawl of many small pages does.
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from indexer.sqlite import SqliteIndex
from minsheng.domain import Kind, LabelledPost, Opinion, Post, Reading

NOW = datetime(2026, 1, 1, tzinfo=UTC)
index = SqliteIndex(Path(sys.argv[1]))
for start in range(0, 1000, 25):
    names = [f"{sys.argv[2]}:{n}" for n in range(start, start + 25)]
    posts = [Post(name, sys.argv[2], Kind.PUBLIC, "u", "t", "", f"路灯坏了，{name}", NOW, NOW) for name in names]
    reading = lambda name: Reading(("road",), Opinion(1.0, 0.0, 0.0), "urban", "quality", name, "m")
    index.add(LabelledPost(post, reading(post.id)) for post in posts)
index.close()
"""

# A process of its own: asks again and again until both writers are done, and says how often it saw the index grow.
READER = """
import sys
from pathlib import Path
from indexer.base import Query
from indexer.sqlite import SqliteIndex

index = SqliteIndex(Path(sys.argv[1]))
totals = [-1]
while totals[-1] < 2000:
    page = index.search(Query("路灯", order="best"))
    assert sum(index.facet(Query("路灯"), "source").values()) >= page.total >= totals[-1], (page.total, totals)
    totals.append(page.total)
index.close()
print(len(set(totals)))
"""


@pytest.mark.timeout(240)
def test_ten_processes_read_while_two_write_and_none_hears_that_the_file_is_locked(tmp_path):
    path = tmp_path / "index.sqlite"
    SqliteIndex(path).close()

    def start(script, *arguments):
        return subprocess.Popen(
            [sys.executable, "-c", script, str(path), *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    processes = [start(READER) for _ in range(10)] + [start(WRITER, name) for name in ("one", "two")]
    ended = [(*process.communicate(timeout=200), process.returncode) for process in processes]

    assert [(errors, code) for _, errors, code in ended] == [("", 0)] * 12
    assert max(int(said) for said, _, _ in ended[:10]) > 5, "the readers read while the writers wrote"


@pytest.fixture
def crowded(small_disk):
    """A disk with little room on it, and the file that takes the room."""
    filler = small_disk / "filler"
    filler.write_bytes(bytes(14_000_000))
    return small_disk, filler


def test_a_full_disk_is_named_keeps_whole_batches_and_goes_on_when_there_is_room(crowded, make_labelled):
    disk, filler = crowded
    path = disk / "index.sqlite"
    index = SqliteIndex(path)
    posts = [make_labelled(f"路灯坏了{'很久' * 40}", id=f"a:{n}") for n in range(6 * BATCH)]

    with pytest.raises(IndexUnavailable, match="the disk is full; make room and try again"):
        index.add(posts)

    stored = index.count(Query("路灯"))
    assert 0 < stored < len(posts)
    assert stored % BATCH == 0
    assert len(list(index.stream(Query("路灯")))) == stored
    filler.unlink()
    assert index.add(posts) == len(posts) - stored
    index.close()
    again = SqliteIndex(path)
    assert again.count(Query("路灯坏了")) == len(list(again.stream(Query()))) == len(posts)
    again.close()


def fill_up(path):
    with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)) == 4096:
            pass


def test_an_index_opened_on_a_full_disk_says_so_and_goes_on_when_there_is_room(crowded, make_labelled):
    disk, filler = crowded
    path = disk / "index.sqlite"
    index = SqliteIndex(path)
    index.add([make_labelled("路灯坏了")])
    index.close()
    fill_up(filler)

    with pytest.raises(IndexUnavailable, match="the disk is full; make room and try again"):
        SqliteIndex(path).add([make_labelled("公园很好")])

    filler.unlink()
    again = SqliteIndex(path)
    assert again.add([make_labelled("公园很好")]) == 1
    assert again.count(Query()) == 2
    again.close()
