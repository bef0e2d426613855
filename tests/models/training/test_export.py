import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from minsheng.errors import ConfigError
from models.training import export as exporting
from models.training.export import calibration_texts, compare, export

ROOT = Path(__file__).resolve().parents[3]


def test_a_shipped_folder_holds_what_reading_needs(tiny_shipped, tiny_folder):
    names = {path.name for path in tiny_shipped.iterdir()}

    assert names == {"encoder.onnx", "heads.safetensors", "heads.json", "tokenizer.json"}
    assert (tiny_shipped / "heads.json").read_bytes() == (tiny_folder / "heads.json").read_bytes()


def test_its_matrices_are_bytes_and_its_positions_end_with_the_window(tiny_shipped):
    import onnx

    graph = onnx.load(tiny_shipped / "encoder.onnx").graph
    held = {
        tensor.name: (onnx.TensorProto.DataType.Name(tensor.data_type), tuple(tensor.dims))
        for tensor in graph.initializer
    }

    assert held["embeddings.word_embeddings.weight"][0] == "INT8"
    assert held["encoder.layer.0.intermediate.dense.weight"] == ("INT8", (32, 48))
    assert held["embeddings.position_embeddings.weight"] == ("FLOAT", (24, 32))


def test_the_same_folder_is_written_again(tiny_folder, tmp_path):
    texts = ["公园环境很差", "感谢政府办得好"]

    for name in ("one", "two"):
        export(tiny_folder, tmp_path / name, texts)

    assert (tmp_path / "one" / "encoder.onnx").read_bytes() == (tmp_path / "two" / "encoder.onnx").read_bytes()


def test_channels_far_larger_than_the_rest_do_not_coarsen_them():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(500, 16)).astype(np.float32)
    values[:, 3] *= 40

    found = exporting.activation("0.narrow", values)

    assert found.squash is not None
    assert np.flatnonzero(found.squash > 1).tolist() == [3]
    assert found.scale * 255 < 40


def test_a_range_without_negative_values_starts_at_zero():
    scale, zero = exporting._least_error(np.linspace(0, 5, 1000, dtype=np.float32))

    assert zero == 0
    assert scale == pytest.approx(5 / 255, rel=0.2)


def test_calibration_texts_are_never_evaluated_on(tiny_data, write_rows):
    row = {
        "text": "听说路修好了",
        "sentiment": "pos",
        "aspect": "traffic",
        "intent": "praise",
        "relevant": "1",
        "source": "b",
    }
    write_rows(tiny_data / "civic" / "train.tsv", [row, {**row, "text": "另一条"}])
    write_rows(tiny_data / "civic" / "dev.tsv", [row])

    texts = calibration_texts(tiny_data)

    assert "另一条" in texts
    assert "听说路修好了" not in texts


def test_the_comparison_names_each_head_and_the_crowd(tiny_folder, tiny_shipped):
    found = compare(tiny_folder, tiny_shipped, ["公园环境很差", "感谢政府", "路灯坏了三天没人修"])

    assert found["alone_or_in_a_crowd"] < 1e-3
    assert 0 <= found["sentiment_agreement"] <= 1
    assert found["topic_mean_difference"] < 0.05


def test_the_command_writes_the_folder_and_says_how_near_it_stays(tiny_folder, tiny_data, tmp_path, capsys):
    plan = tmp_path / "plan.yml"
    student = yaml.safe_load((ROOT / "models/training/student.yml").read_text("utf-8"))
    plan.write_text(yaml.safe_dump({**student, "data": str(tiny_data)}))

    exporting.main(["--model", str(tiny_folder), "--output", str(tmp_path / "out"), "--config", str(plan)])

    assert (tmp_path / "out" / "encoder.onnx").is_file()
    assert "sentiment_agreement" in capsys.readouterr().out


def test_an_encoder_of_another_make_is_refused(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "relu")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))

    with pytest.raises(ConfigError, match="only BERT encoders with gelu"):
        export(folder, tmp_path / "out", [])
