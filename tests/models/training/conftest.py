"""A few rows of every set that training reads, and a base encoder of a few kilobytes."""

from collections.abc import Callable
from pathlib import Path

import pytest

CIVIC = (
    ("噪音扰民一直没人管", "neg", "environment", "complaint", "1", "board"),
    ("请问地铁何时开工", "neu", "traffic", "question", "1", "board"),
    ("感谢政府办得好", "pos", "service", "praise", "1", "weibo"),
    ("今天吃了abc", "neu", "other", "opinion", "0", "weibo"),
)
COLUMNS = ("text", "sentiment", "aspect", "intent", "relevant", "source")


@pytest.fixture
def tiny_data(tmp_path: Path, write_rows: Callable[..., None]) -> Path:
    """A data folder with a few rows of every set that training and evaluation read."""
    data = tmp_path / "data"
    civic = [dict(zip(COLUMNS, (f"{row[0]}{i}", *row[1:]), strict=True)) for i in range(6) for row in CIVIC]
    write_rows(data / "civic" / "train.tsv", civic)
    write_rows(data / "civic" / "dev.tsv", [{**row, "text": "听说" + row["text"]} for row in civic])
    emotions = [
        {"text": "好好好", "emotion": "happy", "sentiment": "pos"},
        {"text": "很差", "emotion": "angry", "sentiment": "neg"},
        {"text": "啊", "emotion": "surprise", "sentiment": ""},
    ]
    for part in ("usual_train", "virus_train"):
        write_rows(data / "smp2020_ewect" / f"{part}.tsv", emotions)
    for part in ("usual_eval", "virus_eval"):
        fresh = [*emotions, {"text": "路修好了", "emotion": "neutral", "sentiment": "neu"}]
        write_rows(data / "smp2020_ewect" / f"{part}.tsv", fresh)
    _others(data, write_rows)
    return data


def _others(data: Path, write_rows: Callable[..., None]) -> None:
    moods = [{"text": "好", "emotion": "like"}, {"text": "哇", "emotion": "surprise"}]
    write_rows(data / "nlpcc2013" / "moods.tsv", moods)
    for name in ("waimai", "hotel"):
        write_rows(data / "reviews" / f"{name}.tsv", [{"label": "1", "text": "好"}, {"label": "0", "text": "很差"}])
    write_rows(data / "reviews" / "car.tsv", [{"text": "一直没坏", "subject": "质量", "sentiment_value": "0"}])
    board = data / "tipdm2020c"
    tokens = [{"tokens": "A1 区 路灯 坏", "label": "城乡建设"}, {"tokens": "噪音 扰民", "label": "环境保护"}]
    write_rows(board / "topic_tokenised_train.tsv", tokens)
    raw = [
        {"title": "路灯", "text": "路灯坏了没人修", "label": "城乡建设"},
        {"title": "噪音", "text": "噪音扰民", "label": "环境保护"},
    ]
    write_rows(board / "topic_raw_dev.tsv", raw)
    write_rows(board / "messages_votes.tsv", [{"title": "公园", "text": "公园环境很差"}])
    write_rows(board / "messages_replies.tsv", [{"title": "停车", "text": "没人管", "reply": "已修好"}])
    write_rows(data / "weibo_policy" / "unlabelled.tsv", [{"topic": "房", "text": "房价很差"}])
    write_rows(data / "liuyan_hangzhou" / "messages.tsv", [{"title": "路", "text": "路修好了没"}])
    write_rows(data / "gov_work_report" / "sentences.tsv", [{"year": "2020", "n": "1", "text": "办得好"}])
    write_rows(data / "nlpcc2016_stance" / "train.tsv", [{"target": "鞭炮", "text": "扰民", "stance": "FAVOR"}])


@pytest.fixture
def tiny_base(make_foreign: Callable[..., Path]) -> Path:
    """A folder with a bare encoder and its tokenizer, as a hub would give it."""
    from transformers import AutoModel

    base = make_foreign("neg", "pos", name="base")
    AutoModel.from_pretrained(base).save_pretrained(base)
    return base
