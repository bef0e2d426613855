import numpy as np
import pytest

from minsheng.errors import ModelUnusable
from models.heads import load_heads, unit


def test_the_defaults_of_a_folder_that_says_little(tiny_folder):
    heads = load_heads(tiny_folder)

    assert (heads.window, heads.topic_threshold, heads.unsure) == (24, 0, 0)


def test_probabilities_are_those_of_torch(tiny_folder):
    import torch

    from models import network

    pooled = np.random.default_rng(1).normal(size=(4, 64)).astype(np.float32)

    logits = network.load(tiny_folder)[0].heads["aspect"](torch.from_numpy(pooled))

    wanted = logits.softmax(-1).detach().numpy()
    assert load_heads(tiny_folder).probabilities(pooled, "aspect") == pytest.approx(wanted, abs=1e-6)


def test_very_large_logits_do_not_overflow(tiny_folder):
    found = load_heads(tiny_folder).probabilities(np.full((1, 64), 1e4, np.float32), "topic")

    assert found.sum() == pytest.approx(1)


def test_a_zero_row_stays_zero():
    assert unit(np.array([[3, 4], [0, 0]], np.float32)).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]


def test_a_folder_without_heads_is_refused(tmp_path):
    with pytest.raises(ModelUnusable, match="heads cannot be loaded"):
        load_heads(tmp_path)
