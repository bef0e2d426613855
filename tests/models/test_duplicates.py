import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import timedelta

import pytest

from minsheng.domain import Kind
from minsheng.errors import IndexUnavailable
from models.copies import are_copies, bands, fold, similarity
from models.duplicates import ClusterStore

LONG = "滨河路改造以后路面很快就坏了,下雨天到处积水,请有关部门尽快派人来维修"


@pytest.fixture
def store(tmp_path):
    opened = ClusterStore(tmp_path / "clusters.sqlite")
    yield opened
    opened.close()


@pytest.mark.parametrize("copies", [1, 10, 100])
def test_copies_share_the_cluster_of_the_first_post(store, make_post, copies):
    posts = [make_post(LONG) for _ in range(copies)]

    assert store.assign(posts) == [posts[0].id] * copies


@pytest.mark.parametrize(
    "disguised",
    [
        "@张三 " + LONG + "!!!😡😡",
        LONG.replace(",", " , ").upper(),
        "濱河路改造以後路面很快就壞了，下雨天到處積水，請有關部門盡快派人來維修",
        LONG + " https://t.example/abc",
        "[电话]" + LONG,
        LONG + "谢谢",
    ],
)
def test_small_disguises_do_not_make_a_new_opinion(store, make_post, disguised):
    first, second = store.assign([make_post(LONG), make_post(disguised)])

    assert first == second


def test_paraphrases_are_opinions_of_their_own(store, make_post):
    texts = [
        LONG,
        "滨河路才修好没几天,路面就坏成这样,一下雨全是水,能不能派人来修修",
        "下雨天滨河路到处是积水,改造完没多久就烂了,希望尽快维修",
    ]

    assert len(set(store.assign([make_post(text) for text in texts]))) == 3


def test_similarity_falls_with_the_share_of_changed_letters_and_decides_at_its_bound():
    rng = random.Random(5)
    letters = [chr(rng.randrange(0x4E00, 0x9FA0)) for _ in range(200)]
    base = fold("".join(letters))

    assert similarity(base, base) == 1
    assert are_copies(base, base[:180])
    assert not are_copies(base, base[:150])
    assert not are_copies(base, base[100:])


def test_near_copies_share_a_band_and_unlike_texts_do_not():
    rng = random.Random(6)
    found = missed = 0
    for _ in range(60):
        text = "".join(chr(rng.randrange(0x4E00, 0x9FA0)) for _ in range(rng.randrange(20, 120)))
        cut = text[: int(len(text) * 0.85)]
        found += bool(set(bands(text, "public")) & set(bands(cut, "public")))
        missed += not set(bands(text, "public")) & set(bands(text[::-1], "public"))

    assert found >= 59
    assert missed == 60


def test_texts_on_both_sides_of_the_brief_length_meet():
    brief, longer = fold("滨河路改造后又坏了没人修啊啊"), fold("滨河路改造后又坏了没人修啊啊啊")

    assert (len(brief), len(longer)) == (14, 15)
    assert set(bands(brief, "public")) & set(bands(longer, "public"))
    assert are_copies(brief, longer)


def test_brief_texts_must_agree_more_closely(store, make_post):
    first, second, third = store.assign(
        [
            make_post("路灯坏了三天没人修理啊"),
            make_post("路灯坏了三天没人修理啊。"),
            make_post("路灯坏了五天没人修理啊"),
        ]
    )

    assert first == second != third


def test_short_praise_in_different_threads_is_not_folded(store, make_post, now):
    posts = [make_post("支持", thread=f"http://forum.example/{i}", published_at=now) for i in range(5)]

    assert len(set(store.assign(posts))) == 5


def test_short_texts_fold_only_in_one_source_thread_and_hour(store, make_post, now):
    same = {"thread": "http://forum.example/1", "published_at": now}
    first, again, later, elsewhere, other = store.assign(
        [
            make_post("支持!", **same),
            make_post("支持", **same),
            make_post("支持", **same | {"published_at": now + timedelta(hours=1)}),
            make_post("支持", **same, source="weibo"),
            make_post("反对", **same),
        ]
    )

    assert first == again
    assert len({first, later, elsewhere, other}) == 4


def test_posts_without_any_words_stay_apart(store, make_post, now):
    same = {"thread": "http://forum.example/1", "published_at": now}

    assert len(set(store.assign([make_post("", **same), make_post("", **same), make_post("👍", **same)]))) == 3


def test_official_and_public_posts_never_share_a_cluster(store, make_post):
    assert len(set(store.assign([make_post(LONG), make_post(LONG, kind=Kind.OFFICIAL), make_post(LONG + "啊")]))) == 2


def test_the_same_post_gets_the_same_cluster_again(store, make_post):
    posts = [make_post(LONG), make_post("支持"), make_post(LONG + "。"), make_post("公园里的路灯一到晚上就不亮")]

    assert store.assign(posts) == store.assign(posts) == store.assign(posts)


def test_clusters_survive_a_restart(tmp_path, make_post):
    posts = [make_post(LONG), make_post(LONG + "!")]
    before = ClusterStore(tmp_path / "deep" / "clusters.sqlite")
    first = before.assign(posts[:1])
    before.close()

    after = ClusterStore(tmp_path / "deep" / "clusters.sqlite")

    assert after.assign(posts) == first * 2
    after.close()


def test_an_edited_post_is_placed_anew_and_its_copies_stay(store, make_post):
    first, copy = make_post(LONG), make_post(LONG)
    before = store.assign([first, copy])
    edited = replace(first, text="公园里的路灯一到晚上就不亮,老人散步很不方便")

    after = store.assign([edited, copy])

    assert before == [first.id] * 2
    assert after[1] == first.id
    assert after[0] != first.id
    assert store.assign([edited]) == after[:1]
    assert store.assign([make_post(edited.text)]) == after[:1]


def test_an_edited_post_that_stood_alone_keeps_its_name_and_forgets_its_old_words(store, make_post):
    first = make_post(LONG)
    store.assign([first])
    edited = replace(first, text="公园里的路灯一到晚上就不亮,老人散步很不方便")

    assert store.assign([edited]) == [first.id]
    late = make_post(LONG)
    assert store.assign([late]) == [late.id]


def test_an_edit_of_a_few_letters_stays_in_the_cluster(store, make_post):
    first, copy = make_post(LONG), make_post(LONG)
    store.assign([first, copy])

    assert store.assign([replace(copy, text=LONG + "谢谢")]) == [first.id]


def test_clusters_do_not_creep_from_copy_to_copy(store, make_post):
    rng = random.Random(9)
    text = "".join(chr(rng.randrange(0x4E00, 0x9FA0)) for _ in range(100))
    posts = [make_post(text[step * 8 : step * 8 + 60]) for step in range(6)]

    clusters = store.assign(posts)

    assert clusters[0] != clusters[-1]


def test_a_batch_that_fails_leaves_no_trace(store, make_post):
    good = make_post(LONG)

    with pytest.raises(AttributeError):
        store.assign([good, None])

    late = make_post(LONG)
    assert store.assign([late, good]) == [late.id] * 2


def test_a_run_killed_in_the_middle_can_be_repeated(tmp_path, make_post):
    path = tmp_path / "clusters.sqlite"
    code = f"""
        import itertools, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from minsheng.domain import Kind, Post
        from models.duplicates import ClusterStore
        now = datetime(2026, 3, 10, tzinfo=UTC)
        store = ClusterStore(Path({str(path)!r}))
        for number in itertools.count():
            post = Post(f"forum:{{number}}", "forum", Kind.PUBLIC, "u", "t", "", f"第{{number % 50}}栋楼的电梯又坏了没人来修理", now, now)
            store.assign([post])
            print(number, flush=True)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True) as child:
        done = [int(child.stdout.readline()) for _ in range(80)]
        os.kill(child.pid, signal.SIGKILL)

    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store = ClusterStore(path)
    posts = [make_post(f"第{n % 50}栋楼的电梯又坏了没人来修理", id=f"forum:{n}") for n in done]
    assert store.assign(posts)[50:] == store.assign(posts)[:30]
    assert store.assign(posts)[0] == "forum:0"
    store.close()


def test_a_file_that_is_no_store_is_named_with_what_to_do(tmp_path):
    (tmp_path / "clusters.sqlite").write_text("not a database" * 100)

    with pytest.raises(IndexUnavailable, match=r"clusters\.sqlite.*move the file away"):
        ClusterStore(tmp_path / "clusters.sqlite")


def test_a_closed_store_says_so(tmp_path, make_post):
    store = ClusterStore(tmp_path / "clusters.sqlite")
    store.close()

    with pytest.raises(IndexUnavailable, match="cannot be written"):
        store.assign([make_post(LONG)])
