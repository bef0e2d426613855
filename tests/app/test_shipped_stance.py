"""The shipped stance head on a handful of plain comments, where it is shipped."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.stance_store import StanceStore
from app.claim_reading import ClaimReader
from app.stance_head import stance_head
from indexer.base import Query
from indexer.memory import MemoryIndex
from minsheng.domain import Claim, ClaimKind, ClaimStatus
from models.open import SHIPPED

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
CLAIM = Claim(
    "noise", "road", "施工噪音得到有效控制", ClaimKind.QUALITY, ClaimStatus.LEVEL, "http://gov.example/1", "市交通局",
    NOW - timedelta(days=30), reviewed=True,
)  # fmt: skip
AGAINST = ("施工噪音根本没有得到控制，半夜还在打桩", "说噪音控制住了？骗谁呢，天天吵得睡不着")
FOR = ("施工噪音确实控制住了，晚上安静多了", "装了隔音屏以后噪音小了很多，支持")
NEITHER = ("请问社保卡在哪里办", "今天的月饼真好吃")

pytestmark = pytest.mark.stance_head


def test_comments_that_speak_plainly_are_told_apart(make_labelled, tmp_path):
    head = stance_head(SHIPPED, None)
    assert head is not None, "REQUIRE names stance_head, and models/weights/civic has no stance.onnx"
    index = MemoryIndex()
    index.add(make_labelled(text, published_at=NOW - timedelta(days=1)) for text in (*AGAINST, *FOR, *NEITHER))
    store = StanceStore(tmp_path / "stances.sqlite")

    ClaimReader(index, store, head).read(CLAIM, NOW)

    posts = {one.post.text: one.post for one in index.stream(Query())}
    known = store.known(CLAIM, posts.values(), head.version)
    told = {text: known[post.id].label for text, post in posts.items()}
    assert sum(told[text] == "contradicts" for text in AGAINST) >= 1
    assert not [text for text in FOR if told[text] == "contradicts"]
    assert {told[text] for text in NEITHER} == {"neither"}


def test_the_head_says_how_it_errs():
    head = stance_head(SHIPPED, None)

    assert head is not None
    assert head.errors is not None, "models.training.stance_export writes stance_errors.json beside stance.onnx"
