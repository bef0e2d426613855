import numpy as np
import pytest

from minsheng.errors import ModelUnusable
from models.batching import batches
from models.onnx import OnnxEncoder, _overflows
from models.open import open_model
from models.torch_engine import TorchEncoder
from models.training.export import export

TEXTS = ["路灯坏了三天没人修", "感谢政府", "请问地铁何时开工", "噪音扰民" * 40, "公园环境很差", "好"]


@pytest.fixture(scope="module")
def floats(tiny_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("floats") / "tiny"
    export(tiny_folder, folder, [], quantised=False)
    return folder


def test_torch_and_onnx_in_floats_say_the_same(tiny_folder, floats):
    one, other = open_model(str(tiny_folder), engine="torch"), open_model(str(floats), engine="onnx")

    for head, rows in one.probabilities(TEXTS, tuple(one.heads)).items():
        assert other.probabilities(TEXTS, (head,))[head] == pytest.approx(rows, abs=1e-3)
    assert other.vectors(TEXTS) == pytest.approx(one.vectors(TEXTS), abs=1e-3)


def test_eight_bits_stay_near_the_floats(tiny_folder, tiny_shipped):
    one, other = open_model(str(tiny_folder)), open_model(str(tiny_shipped))

    found = [model.probabilities(TEXTS, ("sentiment",))["sentiment"] for model in (one, other)]

    assert np.abs(found[0] - found[1]).mean() < 0.03
    assert np.abs(found[0] - found[1]).max() > 0


def test_the_weights_of_the_graph_come_back_as_torch_wants_them(tiny_folder, tiny_shipped, floats):
    rows = [[2, 5, 9, 7, 3], [2, 8, 3]]
    trained = TorchEncoder(tiny_folder, "cpu").pooled(rows)

    assert TorchEncoder(floats, "cpu").pooled(rows) == pytest.approx(trained, abs=1e-4)
    assert np.abs(TorchEncoder(tiny_shipped, "cpu").pooled(rows) - trained).mean() < 0.05


def test_rows_of_a_batch_are_of_one_length(tiny_shipped):
    encoder = OnnxEncoder(tiny_shipped / "encoder.onnx")

    groups = encoder.batches([5, 3, 5, 4, 3])

    assert groups == [[0, 2], [3], [1, 4]]


def test_threads_bound_the_batches_that_run_at_once(tiny_shipped):
    assert OnnxEncoder(tiny_shipped / "encoder.onnx", threads=3).workers == 3
    assert OnnxEncoder(tiny_shipped / "encoder.onnx").workers >= 1


def test_several_threads_read_as_one_does(tiny_shipped):
    one, three = (open_model(str(tiny_shipped), threads=threads) for threads in (1, 3))

    assert three.predict(TEXTS * 5) == pytest.approx(one.predict(TEXTS * 5))


def test_a_corrupted_graph_is_refused_by_name(tmp_path):
    (tmp_path / "encoder.onnx").write_bytes(b"\x08\x09 not a graph")

    with pytest.raises(ModelUnusable, match=r"encoder\.onnx: ONNX Runtime cannot load it"):
        OnnxEncoder(tmp_path / "encoder.onnx")


def test_a_graph_that_pools_nothing_is_refused(tmp_path, tiny_shipped):
    import onnx

    graph = onnx.load(tiny_shipped / "encoder.onnx")
    for node in graph.graph.node:
        node.output[:] = ["other" if name == "pooled" else name for name in node.output]
    graph.graph.output[0].name = "other"
    onnx.save(graph, tmp_path / "encoder.onnx")

    with pytest.raises(ModelUnusable, match="no output named pooled"):
        OnnxEncoder(tmp_path / "encoder.onnx")


@pytest.mark.parametrize(
    ("flags", "careful"),
    [("flags\t\t: fpu avx2 avx512f", True), ("flags\t\t: fpu avx512_vnni sse", False), ("flags : avx_vnni", False)],
)
def test_old_processors_are_told_to_add_with_care(tmp_path, flags, careful, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    (tmp_path / "cpuinfo").write_text(f"processor : 0\n{flags}\n")

    assert _overflows(tmp_path / "cpuinfo") is careful
    assert _overflows(tmp_path / "absent") is True


def test_other_processors_need_no_care(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "aarch64")

    assert _overflows() is False


def test_torch_pads_where_onnx_need_not(tiny_folder):
    encoder = TorchEncoder(tiny_folder, "cpu")

    assert encoder.batches([5, 3, 5]) == batches([5, 3, 5], 2048)
    assert encoder.pooled([[2, 5, 3], [2, 5, 9, 7, 3]])[0] == pytest.approx(encoder.pooled([[2, 5, 3]])[0], abs=1e-5)
