"""A trained tower exported for real: the graph computes what torch computes, and 8 bits stay near it."""

import numpy as np
import onnx
import pytest
import yaml

from minsheng.errors import ConfigError
from models.open import open_model
from models.stance import open_stance
from models.training import export as encoder_export
from models.training import stance_export
from models.training.stance import main as train

PAIRS = [("路灯坏了没人修", "路灯修好了"), ("地铁一直吵", "反对地铁"), ("月饼贵,中秋月饼好" * 4, "支持月饼")]
TEXTS = ["路灯坏了没人修", "地铁一直吵", "中秋月饼好", "月饼贵"]


@pytest.fixture
def trained(plan, tmp_path):
    """The folder that training wrote."""
    train(["--config", str(plan)])
    return tmp_path / "stance" / "model"


def as_rows(readings) -> np.ndarray:
    return np.array([[r.supports, r.contradicts, r.neither] for r in readings])


def test_the_graph_in_floats_computes_what_torch_computes(trained, tmp_path):
    lower, output = tmp_path / "student", tmp_path / "shipped"
    encoder_export.export(lower, output, TEXTS, quantised=False)

    stance_export.export(trained, lower, output, PAIRS, quantised=False)

    wanted = as_rows(open_stance(trained, lower=lower).read(PAIRS))
    assert np.allclose(as_rows(open_stance(output).read(PAIRS)), wanted, atol=1e-4)


def test_in_eight_bits_a_pair_stays_near_and_reads_the_same_alone(trained, tmp_path):
    lower, output = tmp_path / "student", tmp_path / "shipped"
    encoder_export.export(lower, output, TEXTS)

    stance_export.export(trained, lower, output, PAIRS)

    shipped = open_stance(output)
    found = as_rows(shipped.read(PAIRS))
    assert np.allclose(found, as_rows(open_stance(trained, lower=lower).read(PAIRS)), atol=0.1)
    assert np.allclose(found, np.concatenate([as_rows(shipped.read([pair])) for pair in PAIRS]), atol=1e-6)
    kinds = {tensor.data_type for tensor in onnx.load(output / "stance.onnx").graph.initializer}
    assert onnx.TensorProto.INT8 in kinds


def test_the_civic_heads_read_the_same_after_the_encoder_gives_its_states(trained, tmp_path):
    lower, output = tmp_path / "student", tmp_path / "shipped"
    encoder_export.export(lower, output, TEXTS)
    heads = ("sentiment", "aspect")
    before = {
        engine: open_model(str(output), engine=engine).probabilities(TEXTS, heads) for engine in ("onnx", "torch")
    }

    stance_export.export(trained, lower, output, PAIRS)
    once = (output / "encoder.onnx").read_bytes()
    stance_export.export(trained, lower, output, PAIRS)

    for engine, wanted in before.items():
        found = open_model(str(output), engine=engine).probabilities(TEXTS, heads)
        assert all(np.allclose(found[head], wanted[head], atol=1e-6) for head in heads)
    assert (output / "encoder.onnx").read_bytes() == once


def test_a_tower_is_not_exported_onto_another_encoder(trained, tmp_path, write_encoder):
    other = write_encoder("other", 1, seed=9)

    with pytest.raises(ConfigError, match="trained on another encoder"):
        stance_export.export(trained, other, tmp_path / "shipped", PAIRS)


@pytest.mark.parametrize("lower", [0, 1])
def test_a_tower_may_stand_on_fewer_layers_than_the_civic_heads_or_on_none(tmp_path, plan, write_encoder, lower):
    deep, output = write_encoder("deep", 2, seed=4), tmp_path / "shipped"
    changes = {"base": str(deep), "lower": lower}
    plan.write_text(yaml.safe_dump(yaml.safe_load(plan.read_text("utf-8")) | changes), "utf-8")
    train(["--config", str(plan)])
    trained = tmp_path / "stance" / "model"
    encoder_export.export(deep, output, TEXTS, quantised=False)

    stance_export.export(trained, deep, output, PAIRS, quantised=False)

    wanted = as_rows(open_stance(trained, lower=deep).read(PAIRS))
    assert np.allclose(as_rows(open_stance(output).read(PAIRS)), wanted, atol=1e-4)


@pytest.mark.usefixtures("trained")
def test_the_command_exports_and_says_how_near_the_shipped_tower_stays(plan, tmp_path, capsys):
    encoder_export.export(tmp_path / "student", tmp_path / "shipped", TEXTS)
    capsys.readouterr()

    stance_export.main(["--config", str(plan), "--output", str(tmp_path / "shipped")])

    *lines, shown = capsys.readouterr().out.splitlines()
    figures = dict(line.split() for line in lines[-4:])
    assert set(figures) == {"trained_macro_f1", "shipped_macro_f1", "agreement", "alone_or_in_a_crowd"}
    assert float(figures["agreement"]) > 0.8
    assert float(figures["alone_or_in_a_crowd"]) < 1e-3
    assert shown.startswith("comments are shown as contradicting")
    assert (tmp_path / "shipped" / "stance_errors.json").is_file()
