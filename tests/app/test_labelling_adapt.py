"""From labels to an adapted model: the command on a real model folder, a few kilobytes in size."""

import json
import random
import re

import numpy as np
import pytest
from rich.console import Console
from typer import Typer
from typer.testing import CliRunner

from app.model_commands import adapt
from minsheng.errors import ModelUnusable
from models.adapt import TooFewLabels
from models.adapted_folder import open_adaptable, read_heads

LETTERS = "坏差吵停堵好棒赞谢美问几何哪时吗路水学医号"
WORDS = {"neg": "坏差吵停堵", "neu": "问几何哪时", "pos": "好棒赞谢美"}
SHARES = (5, 3, 2)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A folder as training writes it: an untrained encoder of one layer, and heads that know nothing."""
    import torch
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    from models import network

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS]
    tokenizer = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        initializer_range=0.3,
    )
    made = network.CivicNetwork(BertModel(config, add_pooling_layer=False))
    with torch.no_grad():
        for head in made.heads.values():
            head.weight.zero_()
            head.bias.zero_()
    folder = tmp_path_factory.mktemp("models") / "tiny"
    network.save(made, fast, folder, window=12)
    return folder


def write(path, number, seed, words=WORDS):
    rng = random.Random(seed)
    lines = ["text\tsentiment\trelevant\tsource"]
    for n in range(number):
        label = rng.choices(list(words), SHARES)[0]
        letters = [rng.choice(words[label]) for _ in range(4)] + [rng.choice(LETTERS) for _ in range(3)]
        rng.shuffle(letters)
        lines.append(
            f"{''.join(letters)}{LETTERS[n % 16]}号{LETTERS[n // 16 % 16]}\t{label}\t{rng.randrange(2)}\tforum"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def city(tmp_path):
    return write(tmp_path / "city.tsv", 250, seed=1)


@pytest.fixture
def command(monkeypatch):
    # A console keeps the width that COLUMNS says when its module is first loaded, by whatever test that is.
    monkeypatch.setattr("app.model_commands.out", Console(width=120))
    cli = Typer(pretty_exceptions_enable=False)
    cli.command()(adapt)

    def run(*arguments, code=0):
        done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    return run


def test_the_pooled_state_of_a_text_is_what_its_heads_read(tiny):
    model = open_adaptable(tiny)
    long = LETTERS + "坏差吵"

    states = model.pooled(["坏坏停停堵", "", long])

    halves = model.pooled([long[:8], long[8:16], long[16:]])
    assert states.shape == (3, 64)
    assert not states[1].any()
    assert np.abs(states[2] - halves.mean(axis=0)).max() < 1e-5


def test_the_command_writes_a_model_that_reads_better_and_says_what_was_checked(command, tiny, city, tmp_path):
    said = command(
        "--data", city, "--model", tiny, "--output", tmp_path / "mine", "--head", "sentiment,relevant",
        "--dev", write(tmp_path / "dev.tsv", 150, seed=2),
    )  # fmt: skip

    provenance = json.loads((tmp_path / "mine" / "provenance.json").read_text("utf-8"))
    (sentiment, _) = provenance["civic_development_set"]
    assert sentiment["difference_interval"][0] > 0
    assert sentiment["p"] < 0.05
    assert provenance["name"] == "mine"
    new, old = (open_adaptable(folder).predict(["坏差吵停堵坏"])[0] for folder in (tmp_path / "mine", tiny))
    assert new.negative > old.negative == pytest.approx(1 / 3)
    counts = provenance["heads"]["relevance"]["rows"]
    assert f"无关 {counts['irrelevant']}，与公共事务有关 {counts['relevant']}" in said.replace("\n", "")
    assert re.search(r"民生开发集 *│ *态度 *│ *150", said)
    assert re.search(r"本地验证 *│ *态度", said)
    assert "态度：已微调" in said
    assert "公共事务：" in said
    assert f"model: {tmp_path / 'mine'}" in said.replace("\n", "")


def test_a_model_that_got_worse_is_refused_with_exit_code_1(command, tiny, city, tmp_path):
    good = tmp_path / "good"
    command("--data", city, "--model", tiny, "--output", good, "--head", "sentiment")
    swapped = write(tmp_path / "odd.tsv", 250, 3, {"neg": WORDS["pos"], "neu": WORDS["neu"], "pos": WORDS["neg"]})
    dev = write(tmp_path / "dev.tsv", 150, seed=2)
    options = ("--data", swapped, "--model", good, "--output", tmp_path / "odd", "--head", "sentiment", "--dev", dev)

    said = command(*options, code=1)
    written = (tmp_path / "odd").exists()
    accepted = command(*options, "--accept-worse")

    assert "变差超过 0.01：态度" in said
    assert "没有写出新模型" in said
    assert not written
    assert "变差超过 0.01：态度" in accepted
    assert (tmp_path / "odd" / "provenance.json").is_file()


def test_without_a_development_set_the_command_says_so_and_names_the_model_itself(
    command, tiny, city, tmp_path, monkeypatch
):
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")

    said = command("--data", city, "--model", tiny, "-C", tmp_path)

    assert "没有检查过" in said
    assert "方面：标注不足，保持原样" in said
    (made,) = (tmp_path / "var" / "models").iterdir()
    assert re.fullmatch(r"tiny-adapted-\d{8}", made.name)


def test_too_few_labels_are_refused_with_the_numbers(command, tiny, tmp_path):
    with pytest.raises(TooFewLabels, match=r"sentiment: 60 rows \(negative \d+, neutral \d+, positive \d+\)"):
        command("--data", write(tmp_path / "few.tsv", 60, 1), "--model", tiny, "--output", tmp_path / "mine")


def test_a_foreign_model_cannot_be_adapted(command, city, tmp_path):
    with pytest.raises(ModelUnusable, match="only a model folder of this project"):
        command("--data", city, "--model", tmp_path / "foreign", "--output", tmp_path / "mine")


def test_heads_that_were_not_asked_for_stay_as_they_were(command, tiny, city, tmp_path):
    command("--data", city, "--model", tiny, "--output", tmp_path / "mine", "--head", "relevant")

    old, new = read_heads(tiny)[0], read_heads(tmp_path / "mine")[0]
    assert {name for name in old if not np.array_equal(old[name], new[name])} <= {
        "heads.relevance.weight",
        "heads.relevance.bias",
    }
