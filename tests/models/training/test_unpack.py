"""A shipped folder goes back into a folder that training reads."""

import numpy as np
import torch

from models.network import half_precision, load_encoder
from models.open import open_model
from models.training.unpack import main

TEXTS = ("公园环境很差", "感谢政府办得好", "路灯坏了没人修")


def test_what_was_unpacked_reads_as_the_shipped_folder_does(tiny_shipped, tiny_base, tmp_path):
    main(["--model", str(tiny_shipped), "--base", str(tiny_base), "--output", str(tmp_path / "trained")])

    shipped = open_model(str(tiny_shipped), engine="torch", device="cpu")
    unpacked = open_model(str(tmp_path / "trained"), engine="torch", device="cpu")
    for name in shipped.heads:
        one, other = (model.probabilities(TEXTS, (name,))[name] for model in (shipped, unpacked))
        assert np.abs(one - other).max() < 1e-6


def test_positions_beyond_the_shipped_window_are_those_of_the_base(tiny_shipped, tiny_base, tmp_path):
    main(["--model", str(tiny_shipped), "--base", str(tiny_base), "--output", str(tmp_path / "trained")])

    found, base = (load_encoder(folder, 1).embeddings for folder in (tmp_path / "trained", tiny_base))
    wanted = base.position_embeddings.weight + base.token_type_embeddings.weight[0]
    assert len(found.position_embeddings.weight) == len(wanted) > 24
    assert torch.allclose(found.position_embeddings.weight[24:], wanted[24:])


def test_numbers_are_halved_only_where_the_processor_multiplies_the_halves(monkeypatch):
    for flags, halved in (({}, False), ({"avx512_bf16": True}, True), ({"amx_bf16": True}, True)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda flags=flags: flags)

        with half_precision(torch.device("cpu")):
            product = torch.ones(2, 2) @ torch.ones(2, 2)

        assert (product.dtype is torch.bfloat16) is halved
