"""A disk that fills up while the inbox is read: the command says so, and the next one finishes the work."""

from indexer.base import Query
from indexer.sqlite import SqliteIndex
from minsheng.jsonl import dump_post


def test_ingest_on_a_full_disk_says_so_and_loses_nothing(deployment, minsheng, small_disk, make_post):
    (deployment / "var").symlink_to(small_disk)
    (small_disk / "inbox").mkdir()
    posts = [make_post(f"向阳小区{n}栋漏水没人管{'很久' * 30}", id=f"replies:{n}") for n in range(300)]
    waiting = small_disk / "inbox" / "20260101T000000Z-full-replies.jsonl"
    waiting.write_text("".join(dump_post(post) + "\n" for post in posts), encoding="utf-8")
    filler = small_disk / "filler"
    filler.write_bytes(bytes(24_100_000))

    done = minsheng("ingest", code=2)

    assert "disk is full" in done.stderr
    assert "room" in done.stderr, "it says what to do"
    assert "Traceback" not in done.stderr
    assert waiting.exists(), "what is not stored yet is still in the inbox"
    filler.unlink()
    minsheng("ingest")
    index = SqliteIndex(small_disk / "index.sqlite")
    assert {labelled.post.id for labelled in index.stream(Query())} == {post.id for post in posts}
    assert index.count(Query("漏水没人管")) == len(posts)
    index.close()
    assert not waiting.exists()
