"""The encoder with its three heads as a torch module: token ids in, logits of sentiment, topic, aspect out."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from minsheng.domain import ASPECTS, TOPICS, Sentiment

LABELS = tuple(label.value for label in Sentiment)
DEPARTMENTS = tuple(topic for topic in TOPICS if topic != "other")
HEADS_FILE = "heads.safetensors"
HEADS_CONFIG = "heads.json"


class CivicNetwork(nn.Module):
    """A ``BertForSequenceClassification`` for sentiment, and two linear heads that read the same pooled vector."""

    def __init__(self, classifier: Any, aspects: int = len(ASPECTS), topics: int = len(DEPARTMENTS)) -> None:
        super().__init__()
        self.classifier = classifier
        self.aspect = nn.Linear(classifier.config.hidden_size, aspects)
        self.topic = nn.Linear(classifier.config.hidden_size, topics)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the logits of sentiment, topic and aspect of each row."""
        pooled = self.classifier.bert(input_ids=input_ids, attention_mask=attention_mask).pooler_output
        pooled = self.classifier.dropout(pooled)
        return self.classifier.classifier(pooled), self.topic(pooled), self.aspect(pooled)


def from_base(base: str, layers: int) -> CivicNetwork:
    """Start from the first layers of an encoder; the heads are new."""
    from transformers import AutoConfig, BertForSequenceClassification

    config = AutoConfig.from_pretrained(base)
    config.num_hidden_layers = layers
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: i for i, label in enumerate(LABELS)}
    classifier = BertForSequenceClassification.from_pretrained(base, config=config, dtype=torch.float32)
    return CivicNetwork(classifier)


def save(network: CivicNetwork, folder: Path, topic_threshold: float, window: int) -> None:
    """Write the encoder as a standard Hugging Face folder in half precision, the two heads beside it.

    ``window`` is the number of tokens that it was trained to read at once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.classifier.half().save_pretrained(folder)
    heads = {"aspect": network.aspect, "topic": network.topic}
    weights = {
        f"{name}.{key}": value.half() for name, head in heads.items() for key, value in head.state_dict().items()
    }
    save_file(weights, folder / HEADS_FILE)
    described = {"aspects": ASPECTS, "topics": DEPARTMENTS, "topic_threshold": topic_threshold, "window": window}
    for path in folder.glob("*.safetensors"):
        path.chmod(0o644)  # safetensors writes files that only their owner can read
    (folder / HEADS_CONFIG).write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", "utf-8")


def save_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Write the tokenizer without indentation, which is a third of its file: shipped files stay in git for ever."""
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer.json"
    described = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(described, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def load(folder: Path, classifier: Any) -> tuple[CivicNetwork, dict[str, Any]]:
    """Join a loaded classifier with the two heads of its folder."""
    described: dict[str, Any] = json.loads((folder / HEADS_CONFIG).read_text("utf-8"))
    network = CivicNetwork(classifier, len(described["aspects"]), len(described["topics"]))
    weights = load_file(folder / HEADS_FILE)
    for name in ("aspect", "topic"):
        state = {key.partition(".")[2]: value.float() for key, value in weights.items() if key.startswith(name + ".")}
        getattr(network, name).load_state_dict(state)
    return network, described
