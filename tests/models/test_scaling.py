import numpy as np
import pytest

from models.training.scaling import Scaling, fit, fold_into_head, out_of_fold


def drawn(texts, seed=3):
    """Draw honest probabilities and labels that follow them."""
    chosen = np.random.default_rng(seed)
    honest = chosen.dirichlet((1.0, 0.8, 0.3), size=texts)
    labels = np.array([chosen.choice(3, p=row) for row in honest])
    return honest, labels


def test_a_known_distortion_is_undone():
    honest, labels = drawn(8000)
    distorted = Scaling(2.0, (0.0, -0.5, 1.5)).apply(honest)

    found = fit(distorted, labels)

    assert found.scale == pytest.approx(0.5, abs=0.05)
    assert np.abs(found.apply(distorted) - honest).mean() < 0.02


def test_honest_probabilities_are_left_nearly_alone():
    honest, labels = drawn(8000)

    found = fit(honest, labels)

    assert found.scale == pytest.approx(1.0, abs=0.06)
    assert max(map(abs, found.bias)) < 0.1


def test_out_of_fold_probabilities_are_scaled_by_a_fit_without_the_text():
    honest, labels = drawn(600)
    distorted = Scaling(2.0, (0.0, -0.5, 1.5)).apply(honest)

    scaled = out_of_fold(distorted, labels, seed=1)

    assert scaled.sum(axis=1) == pytest.approx(np.ones(600))
    assert np.abs(scaled - fit(distorted, labels).apply(distorted)).max() > 1e-6
    assert np.abs(scaled - honest).mean() < np.abs(distorted - honest).mean() / 2


def test_a_scaling_in_the_head_is_what_readers_of_the_folder_get(tmp_path):
    import torch
    from safetensors.torch import load_file, save_file

    weight, bias = torch.randn(3, 8), torch.randn(3)
    save_file(
        {"classifier.weight": weight, "classifier.bias": bias, "other": torch.ones(2)}, tmp_path / "model.safetensors"
    )
    vector = torch.randn(8)

    scaling = Scaling(0.7, (0.1, 0.2, -0.3))
    fold_into_head(tmp_path, scaling)

    after = load_file(tmp_path / "model.safetensors")
    probabilities = torch.softmax(weight @ vector + bias, 0).numpy()[None, :].astype(np.float64)
    folded = torch.softmax(after["classifier.weight"] @ vector + after["classifier.bias"], 0).numpy()
    assert folded == pytest.approx(scaling.apply(probabilities)[0], abs=1e-5)
    assert torch.equal(after["other"], torch.ones(2))
