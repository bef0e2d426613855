"""Tiny models and data sets made on the fly: real files of the real formats, a few kilobytes each."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

CHARACTERS = "路灯坏了三天没人修噪音扰民一直管感谢政府办得好请问何时开工地铁站口公园环境很差,。!?abc123"


def write_tokenizer(folder: Path) -> int:
    """Write a tokenizer of single characters; returns the size of its vocabulary."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *dict.fromkeys(CHARACTERS)]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    fast.save_pretrained(folder)
    return len(pieces)


def tiny_classifier(vocabulary: int, labels: Sequence[str]):
    """Return a random BERT classifier whose answers differ clearly from text to text."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        initializer_range=0.5,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    return BertForSequenceClassification(config)


@pytest.fixture
def make_foreign(tmp_path: Path) -> Callable[..., Path]:
    """Write a foreign sequence classifier with these label names."""

    def make(*labels: str, name: str = "foreign") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        tiny_classifier(write_tokenizer(folder), labels).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of our own format, with random weights."""
    from models import network

    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    classifier = tiny_classifier(write_tokenizer(folder), ("negative", "neutral", "positive"))
    network.save(network.CivicNetwork(classifier), folder, topic_threshold=0.3, window=24)
    return folder


@pytest.fixture
def write_rows() -> Callable[..., None]:
    """Write a TSV file with a header as the shared sets have it."""

    def write(path: Path, rows: list[dict[str, str]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter="\t")
            writer.writeheader()
            writer.writerows(rows)

    return write


@pytest.fixture
def tiny_data(tmp_path: Path, write_rows: Callable[..., None]) -> Path:
    """A data folder with a few rows of every set that training and evaluation read."""
    data = tmp_path / "data"
    civic = [
        {"text": f"{words}{i}", "sentiment": label, "aspect": aspect, "relevant": relevant, "source": source}
        for i in range(6)
        for words, label, aspect, relevant, source in (
            ("噪音扰民一直没人管", "neg", "environment", "1", "board"),
            ("请问地铁何时开工", "neu", "traffic", "1", "board"),
            ("感谢政府办得好", "pos", "service", "1", "weibo"),
            ("今天吃了abc", "neu", "other", "0", "weibo"),
        )
    ]
    write_rows(data / "civic" / "train.tsv", civic)
    write_rows(data / "civic" / "dev.tsv", [{**row, "text": "听说" + row["text"]} for row in civic])
    emotions = [
        {"text": "好好好", "emotion": "happy", "sentiment": "pos"},
        {"text": "很差", "emotion": "angry", "sentiment": "neg"},
        {"text": "啊", "emotion": "surprise", "sentiment": ""},
    ]
    for part in ("usual_train", "virus_train"):
        write_rows(data / "smp2020_ewect" / f"{part}.tsv", emotions)
    fresh = [*emotions, {"text": "路修好了", "emotion": "neutral", "sentiment": "neu"}]
    for part in ("usual_eval", "virus_eval"):
        write_rows(data / "smp2020_ewect" / f"{part}.tsv", fresh)
    write_rows(
        data / "nlpcc2013" / "moods.tsv", [{"text": "好", "emotion": "like"}, {"text": "哇", "emotion": "surprise"}]
    )
    for name in ("waimai", "hotel"):
        write_rows(data / "reviews" / f"{name}.tsv", [{"label": "1", "text": "好"}, {"label": "0", "text": "很差"}])
    write_rows(data / "reviews" / "car.tsv", [{"text": "一直没坏", "subject": "质量", "sentiment_value": "0"}])
    topics = data / "tipdm2020c"
    write_rows(topics / "topic_tokenised_train.tsv", [{"tokens": "A1 区 路灯 坏", "label": "城乡建设"}])
    raw = [
        {"title": "路灯", "text": "路灯坏了没人修", "label": "城乡建设"},
        {"title": "噪音", "text": "噪音扰民", "label": "环境保护"},
        {"title": "地铁", "text": "地铁站口", "label": "交通运输"},
        {"title": "公园", "text": "公园环境很差", "label": "环境保护"},
    ]
    write_rows(topics / "topic_raw_dev.tsv", raw)
    return data
