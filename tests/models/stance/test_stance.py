"""The stance port and its ONNX runtime, on graphs of a few nodes whose answers can be worked out by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from minsheng.errors import ModelUnusable
from models.stance import STANCES, PairEncoder, StanceReader, StanceReading, open_stance
from models.transformer import over_windows

PLACES = 12
WINDOW = 24


def graph(nodes, given: str, found: str, shape, constants, path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kind, sizes = (TensorProto.INT64, ["rows", "tokens"]) if given == "input_ids" else (TensorProto.FLOAT, None)
    made = helper.make_graph(
        [helper.make_node(kind, left, right, **more) for kind, left, right, more in nodes],
        "tiny",
        [helper.make_tensor_value_info(given, kind, sizes)],
        [helper.make_tensor_value_info(found, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))


def write_encoder(folder: Path, output: str = "states") -> None:
    table = np.random.default_rng(1).normal(size=(64, PLACES)).astype(np.float32)
    nodes = [("Gather", ["table", "input_ids"], [output], {})]
    graph(nodes, "input_ids", output, ["rows", "tokens", PLACES], {"table": table}, folder / "encoder.onnx")


def write_tower(folder: Path) -> None:
    """Sum the states, then one linear map."""
    weight = np.random.default_rng(2).normal(size=(PLACES, 3)).astype(np.float32)
    nodes = [
        ("ReduceSum", ["states", "middle"], ["sum"], {"keepdims": 0}),
        ("MatMul", ["sum", "weight"], ["logits"], {}),
    ]
    constants = {"middle": np.array([1]), "weight": weight}
    graph(nodes, "states", "logits", ["rows", 3], constants, folder / "stance.onnx")


def describe(folder: Path, **changes) -> None:
    described = {"name": "tiny", "window": WINDOW, "classes": list(STANCES), "layers": 1} | changes
    (folder / "stance.json").write_text(json.dumps(described), "utf-8")


@pytest.fixture
def folder(tokenizer_file: Path) -> Path:
    """A folder as the export leaves it."""
    home = tokenizer_file.parent
    describe(home)
    write_encoder(home)
    write_tower(home)
    return home


def as_rows(readings: list[StanceReading]) -> np.ndarray:
    return np.array([[r.supports, r.contradicts, r.neither] for r in readings])


PAIRS = [
    ("路灯坏了三天没人修", "路灯修好了"),
    ("路灯修好了", "路灯坏了"),
    ("路灯坏了", "路灯修好了"),
    ("路灯坏了三天没人修。" * 9, "路灯修好了"),
]


def test_a_pair_is_framed_as_the_tokenizer_frames_pairs_and_its_own_truncation_is_off(tokenizer_file):
    from tokenizers import Tokenizer

    plain = Tokenizer.from_file(str(tokenizer_file))
    plain.no_truncation()

    found = PairEncoder(tokenizer_file, WINDOW).encode([("路灯坏了", "修好")])

    assert found == [[plain.encode("路灯坏了", "修好").ids]]


def test_a_long_comment_is_read_whole_and_the_claim_stands_whole_in_every_window(tokenizer_file):
    from tokenizers import Tokenizer

    plain = Tokenizer.from_file(str(tokenizer_file))
    plain.no_truncation()
    comment, claim = "路灯坏了三天没人修" * 4, "修好"

    (rows,) = PairEncoder(tokenizer_file, WINDOW).encode([(comment, claim)])

    assert len(rows) == 2
    assert all(len(row) <= WINDOW for row in rows)
    assert [i for row in rows for i in row[1:-5]] == plain.encode(comment, add_special_tokens=False).ids
    assert all(row[-5:] == [2, 2, *plain.encode(claim, add_special_tokens=False).ids, 2] for row in rows)


def test_a_claim_longer_than_half_a_window_leaves_room_for_the_comment(tokenizer_file):
    (row,) = PairEncoder(tokenizer_file, WINDOW).encode([("路灯坏了", "修好" * 50)])[0]

    assert len(row) == 4 + 4 + 10


def test_a_tokenizer_that_changes_texts_in_pairs_is_refused(tokenizer_file):
    from tokenizers import Tokenizer, processors

    odd = Tokenizer.from_file(str(tokenizer_file))
    odd.post_processor = processors.TemplateProcessing(single="$A", pair="$B $A", special_tokens=[])
    odd.add_tokens(["一", "二"])
    odd.save(str(tokenizer_file))

    with pytest.raises(ModelUnusable, match="does not keep the texts"):
        PairEncoder(tokenizer_file, WINDOW)


def test_an_exported_folder_reads_each_pair_with_probabilities_that_sum_to_one(folder):
    readings = open_stance(folder, threads=1).read(PAIRS)

    assert np.allclose(as_rows(readings).sum(axis=1), 1)
    assert len({reading.stance for reading in readings}) > 1
    assert all(reading.confidence == max(row) for reading, row in zip(readings, as_rows(readings), strict=True))


def test_a_pair_reads_the_same_alone_in_a_batch_and_in_another_order(folder):
    alone = np.concatenate([as_rows(open_stance(folder).read([pair])) for pair in PAIRS])

    together = as_rows(open_stance(folder).read(PAIRS))
    turned = as_rows(open_stance(folder, threads=1).read([*PAIRS[::-1], ("路灯", "好")]))[-2::-1]

    assert np.allclose(alone, together, atol=1e-6)
    assert np.allclose(alone, turned, atol=1e-6)


def test_an_empty_comment_or_claim_is_neither(folder):
    readings = open_stance(folder).read([("", "路灯修好了"), ("路灯坏了", "  "), PAIRS[0]])

    assert readings[:2] == [StanceReading(0.0, 0.0, 1.0)] * 2
    assert readings[2] != readings[0]


def test_nothing_to_read_gives_nothing(folder):
    assert open_stance(folder).read([]) == []


def test_progress_counts_pairs_and_ends_at_all_of_them(folder):
    seen: list[tuple[int, int]] = []

    open_stance(folder).read(PAIRS, lambda done, total: seen.append((done, total)))

    assert seen[-1] == (4, 4)
    assert seen == sorted(seen)


class Engine:
    """Finds support everywhere and remembers what it read."""

    workers = 1

    def __init__(self) -> None:
        self.rows: list[list[int]] = []

    def batches(self, lengths):
        return [list(range(len(lengths)))]

    def logits(self, rows):
        self.rows.extend(rows)
        return np.tile(np.array([[2.0, 0.0, 0.0]], np.float32), (len(rows), 1))


def test_a_pair_that_stands_there_twice_is_computed_once(tokenizer_file):
    engine = Engine()

    readings = StanceReader("tiny", PairEncoder(tokenizer_file, WINDOW), engine).read([PAIRS[0], PAIRS[0]])

    assert len(engine.rows) == 1
    assert readings[0] == readings[1]
    assert readings[0].stance == "supports"


def test_one_window_with_a_stance_outweighs_windows_that_tell_the_story():
    rows = np.array([[0.02, 0.02, 0.96], [0.02, 0.02, 0.96], [0.05, 0.9, 0.05]])

    folded = over_windows(rows, STANCES.index("neither"))

    assert folded.argmax() == STANCES.index("contradicts")
    assert folded.sum() == pytest.approx(1)


def test_a_folder_without_a_description_says_how_to_make_one(tmp_path):
    with pytest.raises(ModelUnusable, match=r"stance\.json.*python -m models\.training\.stance"):
        open_stance(tmp_path)


def test_a_folder_with_other_classes_is_refused(folder):
    describe(folder, classes=["favor", "against", "none"])

    with pytest.raises(ModelUnusable, match="classes are"):
        open_stance(folder)


def test_an_encoder_that_does_not_give_its_states_is_refused(folder):
    write_encoder(folder, output="sentiment")

    with pytest.raises(ModelUnusable, match="no output 'states'"):
        open_stance(folder)


def test_a_broken_graph_is_refused_with_its_name(folder):
    (folder / "stance.onnx").write_bytes(b"not a graph")

    with pytest.raises(ModelUnusable, match=r"stance\.onnx: ONNX Runtime cannot load it"):
        open_stance(folder)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("stance.onnx", "has no stance.onnx"),
        ("tokenizer.json", "cannot be loaded as a tokenizer"),
        ("encoder.onnx", "encoder.onnx"),
    ],
)
def test_a_missing_file_is_named(folder, missing, message):
    (folder / missing).unlink()

    with pytest.raises(ModelUnusable, match=message):
        open_stance(folder)
