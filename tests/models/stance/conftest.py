"""A tokenizer that frames pairs, encoders of a few kilobytes, made-up pairs and a plan that trains on them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

PLAN = Path(__file__).resolve().parents[3] / "models" / "training" / "stance.yml"
CHARACTERS = "路灯坏了三天没人修好快慢支持反对是的地铁一直吵中秋月饼贵,。0123456789"
COMMENTS = (("路灯坏了没人修", "环保"), ("地铁一直吵", "权益"), ("月饼贵", "体育"), ("中秋月饼好", "体育"))


def write_tokenizer(folder: Path) -> Path:
    """Write a tokenizer of single characters that frames pairs as XLM-R does."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    vocabulary = {piece: i for i, piece in enumerate(("<s>", "<pad>", "</s>", "<unk>", *dict.fromkeys(CHARACTERS)))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.enable_truncation(4)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


@pytest.fixture
def tokenizer_file(tmp_path: Path) -> Path:
    """The tokenizer alone; it asks for truncation, which readers must switch off."""
    return write_tokenizer(tmp_path)


@pytest.fixture
def write_encoder(tmp_path: Path) -> Callable[..., Path]:
    """Write a random encoder with its tokenizer and the heads of the civic reader."""

    def write(name: str, layers: int, seed: int) -> Path:
        import torch
        from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

        from models import network

        folder = tmp_path / name
        folder.mkdir()
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(write_tokenizer(folder)), pad_token="<pad>", unk_token="<unk>"
        )
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=64,
            hidden_size=16,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=32,
            initializer_range=0.3,
        )
        encoder = BertModel(config, add_pooling_layer=False)
        network.save(network.CivicNetwork(encoder), tokenizer, folder, window=20)
        return folder

    return write


@pytest.fixture
def data(tmp_path: Path, write_rows: Callable[..., None]) -> Path:
    """A data folder whose claims give their stance away by their first word."""
    folder = tmp_path / "data"
    for part, signs in (("train", range(6)), ("dev", range(6, 8))):
        rows = [
            {
                "text": f"{text}{sign}",
                "target": f"{word}{text}",
                "stance": stance,
                "domain": domain,
                "type": "clauses" if sign % 2 else "noun_phrases",
            }
            for sign in signs
            for text, domain in COMMENTS
            for word, stance in (("支持", "favor"), ("反对", "against"), ("三天", "neutral"))
        ]
        write_rows(folder / "c_stance" / f"{part}.tsv", rows)
    nlpcc = [
        {"target": "中秋", "text": f"中秋的月饼{sign}", "stance": stance}
        for sign, stance in enumerate(("FAVOR", "AGAINST", "NONE", "FAVOR"))
    ]
    write_rows(folder / "nlpcc2016_stance" / "train.tsv", nlpcc)
    return folder


@pytest.fixture
def plan(tmp_path: Path, data: Path, write_encoder: Callable[..., Path]) -> Path:
    """A plan that differs from the shipped one in size and places only."""
    changes = {
        "base": str(write_encoder("student", 1, seed=1)),
        "tower": str(write_encoder("teacher", 3, seed=2)),
        "data": str(data),
        "work": str(tmp_path / "stance"),
        "lower": 1,
        "layers": 2,
        "window": 28,
        "batch_tokens": 128,
        "threads": 1,
        "epochs": 2,
        "rate": 1e-2,
        "hold_out": {"c_stance": 4, "nlpcc2016": 1},
        "unseen": [],
    }
    path = tmp_path / "stance.yml"
    path.write_text(yaml.safe_dump(yaml.safe_load(PLAN.read_text("utf-8")) | changes), "utf-8")
    return path
