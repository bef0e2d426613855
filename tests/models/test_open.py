import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from minsheng.errors import ModelUnusable
from models.onnx import OnnxEncoder
from models.open import open_model
from models.torch_engine import TorchEncoder


def test_an_exported_folder_runs_on_onnx_and_a_trained_one_on_torch(tiny_folder, tiny_shipped):
    assert isinstance(open_model(str(tiny_shipped), device="cpu")._encoder, OnnxEncoder)
    assert isinstance(open_model(str(tiny_folder), device="cpu")._encoder, TorchEncoder)
    assert isinstance(open_model(str(tiny_shipped), device="cpu", engine="torch")._encoder, TorchEncoder)


def test_the_name_is_that_of_the_folder(tiny_shipped):
    assert open_model(str(tiny_shipped)).name == "tiny"


def test_an_unknown_engine_is_refused(tiny_shipped):
    with pytest.raises(ModelUnusable, match="'steam' is not known; use auto, onnx, torch"):
        open_model(str(tiny_shipped), engine="steam")


def test_onnx_needs_an_exported_folder(tiny_folder):
    with pytest.raises(ModelUnusable, match=r"no encoder\.onnx; export it"):
        open_model(str(tiny_folder), engine="onnx")


def test_onnx_knows_no_graphics_card(tiny_shipped):
    with pytest.raises(ModelUnusable, match="'cuda'; set the engine to torch"):
        open_model(str(tiny_shipped), engine="onnx", device="cuda")


def test_an_unknown_device_is_refused(tiny_folder, tiny_shipped):
    for folder in (tiny_folder, tiny_shipped):
        with pytest.raises(ModelUnusable, match="warp"):
            open_model(str(folder), device="warp")


def test_a_missing_folder_is_named_with_what_to_do(tmp_path):
    with pytest.raises(ModelUnusable, match="no such model folder.*hub name"):
        open_model(str(tmp_path / "nowhere" / "model"))


def test_a_file_is_not_a_model_folder(tmp_path):
    (tmp_path / "weights").touch()

    with pytest.raises(ModelUnusable, match="no such model folder"):
        open_model(str(tmp_path / "weights"))


@pytest.mark.parametrize("name", ["heads.safetensors", "heads.json"])
def test_broken_heads_are_refused(tiny_shipped, tmp_path, name):
    folder = shutil.copytree(tiny_shipped, tmp_path / "broken")
    (folder / name).write_text("{}")

    with pytest.raises(ModelUnusable, match="heads cannot be loaded"):
        open_model(str(folder))


def test_heads_of_other_classes_are_refused(tiny_shipped, tmp_path):
    folder = shutil.copytree(tiny_shipped, tmp_path / "broken")
    heads = json.loads((folder / "heads.json").read_text())
    heads["heads"]["sentiment"].append("mixed")
    (folder / "heads.json").write_text(json.dumps(heads))

    with pytest.raises(ModelUnusable, match="heads cannot be loaded.*heads.sentiment.*4 classes"):
        open_model(str(folder))


def test_heads_of_another_encoder_are_refused(tiny_shipped, tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = shutil.copytree(tiny_shipped, tmp_path / "broken")
    tensors = load_file(folder / "heads.safetensors")
    cut = {name: np.ascontiguousarray(t[:, :10]) if t.ndim == 2 else t for name, t in tensors.items()}
    save_file(cut, folder / "heads.safetensors")

    with pytest.raises(ModelUnusable, match="reads 10 numbers a text, the encoder gives 64"):
        open_model(str(folder))


@pytest.mark.parametrize("content", [None, "{}"])
def test_a_broken_tokenizer_is_refused(tiny_shipped, tmp_path, content):
    folder = shutil.copytree(tiny_shipped, tmp_path / "broken")
    (folder / "tokenizer.json").unlink()
    if content:
        (folder / "tokenizer.json").write_text(content)

    with pytest.raises(ModelUnusable, match=r"tokenizer\.json"):
        open_model(str(folder))


def test_a_trained_folder_without_weights_is_refused(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "broken")
    (folder / "model.safetensors").unlink()

    with pytest.raises(ModelUnusable, match="encoder cannot be loaded"):
        open_model(str(folder))


def test_a_broken_calibration_is_refused(tiny_shipped, tmp_path):
    folder = shutil.copytree(tiny_shipped, tmp_path / "broken")
    (folder / "calibration.json").write_text('{"model": "x"}')

    with pytest.raises(ModelUnusable, match=r"calibration\.json"):
        open_model(str(folder))


def test_threads_are_set_when_asked(tiny_folder):
    import torch

    before = torch.get_num_threads()
    open_model(str(tiny_folder), threads=1)

    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)


def test_an_exported_folder_is_read_without_torch_and_transformers(tiny_shipped):
    code = (
        "import sys; from models.open import open_model;"
        "open_model(sys.argv[1], device='cpu').read(['公园环境很差']);"
        "assert not {'torch', 'transformers', 'onnx'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code, str(tiny_shipped)], check=True)


def test_importing_the_package_and_its_ports_imports_nothing_heavy():
    code = (
        "import sys, models, models.base, models.open, models.linker, models.duplicates, models.reader;"
        "import models.transformer, models.onnx;"
        "assert not {'torch', 'transformers', 'onnxruntime', 'tokenizers'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
