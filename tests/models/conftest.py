"""Tiny models made on the fly: real files of the real formats, a few kilobytes each."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

CHARACTERS = "路灯坏了三天没人修噪音扰民一直管感谢政府办得好请问何时开工地铁站口公园环境很差,。!?abc123"


def tiny_tokenizer():
    """Return a tokenizer of single characters."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *dict.fromkeys(CHARACTERS)]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def tiny_config(**fields):
    """Return the sizes of a BERT whose random answers differ clearly from text to text."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(tiny_tokenizer()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=32,
        initializer_range=0.3,
        **fields,
    )


def write_classifier(folder: Path, labels: Sequence[str]) -> None:
    """Write a random sequence classifier as transformers does."""
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(7)
    names = dict(enumerate(labels))
    config = tiny_config(id2label=names, label2id={label: i for i, label in names.items()})
    BertForSequenceClassification(config).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)


@pytest.fixture
def make_foreign(tmp_path: Path) -> Callable[..., Path]:
    """Write a foreign sequence classifier with these label names."""

    def make(*labels: str, name: str = "foreign") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        write_classifier(folder, labels)
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained folder of our own format, with random weights."""
    import torch
    from transformers import BertModel

    from models import network

    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("trained") / "tiny"
    net = network.CivicNetwork(BertModel(tiny_config(), add_pooling_layer=False))
    with torch.no_grad():
        for head in net.heads.values():
            head.weight.normal_(0, 0.5)
    network.save(net, tiny_tokenizer(), folder, window=24)
    return folder


@pytest.fixture(scope="session")
def tiny_shipped(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, exported with 8-bit weights as it would be shipped."""
    from models.training.export import export

    folder = tmp_path_factory.mktemp("shipped") / "tiny"
    export(tiny_folder, folder, [CHARACTERS[i : i + 9] for i in range(0, len(CHARACTERS) - 9, 2)])
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
