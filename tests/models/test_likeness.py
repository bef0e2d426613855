"""Comparable vectors: spread by the map of the model's folder, in bytes, and known by the space that they lie in."""

import random
import shutil

import numpy as np
import pytest

from minsheng.errors import ConfigError, ModelUnusable
from models.likeness import LIKENESS_FILE, load_likeness, vector_of, whitening
from models.open import SHIPPED_FOLDER, open_model
from models.training.likeness import texts_to_measure, write

LETTERS = "路灯坏了三天没人修噪音扰民一直管感谢政府办得好请问何时开工地铁站口公园环境很差"


@pytest.fixture(scope="module")
def texts():
    rng = random.Random(1)
    return ["".join(rng.choices(LETTERS, k=12)) for _ in range(120)]


@pytest.fixture
def folder(tiny_folder, texts, tmp_path):
    """A model folder with a map onto 16 axes."""
    copied = shutil.copytree(tiny_folder, tmp_path / "tiny")
    write(copied, texts, 16)
    return copied


def vectors(model, texts):
    return [reading.vector for reading in model.read(texts)]


def cosines(found):
    rows = np.array([np.frombuffer(vector.numbers, np.int8) for vector in found], np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


def test_a_reading_has_a_vector_where_the_folder_can_compare(folder, tiny_folder):
    found = vectors(open_model(str(folder)), ["路灯坏了", "感谢政府", "路灯坏了", " "])

    assert [len(vector.numbers) if vector else None for vector in found] == [16, 16, 16, None]
    assert found[0] == found[2]
    assert len({vector.space for vector in found if vector}) == 1
    assert vectors(open_model(str(tiny_folder)), ["路灯坏了"]) == [None]


def test_whitened_vectors_are_spread_where_those_of_the_encoder_crowd(folder, texts):
    model = open_model(str(folder))
    raw = model.vectors(texts)

    crowded, spread = (found[np.triu_indices(len(texts), 1)] for found in (raw @ raw.T, cosines(vectors(model, texts))))

    assert abs(np.mean(spread)) < 0.02 < np.mean(crowded)


def test_whitening_gives_axes_of_equal_width_the_widest_first():
    rng = np.random.default_rng(1)
    scattered = (rng.normal(size=(4000, 3)) * [1, 5, 2] + 7).astype(np.float32)

    weight, bias = whitening(scattered, 2)

    mapped = scattered @ weight.T + bias
    assert np.cov(mapped.T) == pytest.approx(np.eye(2), abs=1e-3)
    assert np.abs(mapped.mean(axis=0)).max() < 1e-3
    assert np.abs(weight).argmax(axis=1).tolist() == [1, 2]


def test_a_map_is_read_as_it_was_made(folder, texts):
    model = open_model(str(folder))

    weight, bias = whitening(np.unique(model.vectors(texts), axis=0), 16)

    read = load_likeness(folder, np.zeros((32, 64), np.float32))
    assert read.weight == pytest.approx(weight, abs=1e-4)
    assert read.bias == pytest.approx(bias, abs=1e-4)


def test_bytes_keep_the_direction():
    row = np.array([0.5, -0.25, 0.001])

    found = vector_of(row, "test")

    assert np.frombuffer(found.numbers, np.int8).tolist() == [127, -64, 0]
    assert vector_of(np.zeros(3), "test") is None


def test_a_model_whose_encoder_stays_keeps_its_space_and_another_does_not(folder, texts, tmp_path):
    from models.adapt import Head
    from models.adapted_folder import make_draft

    other = shutil.copytree(folder, tmp_path / "other")
    write(other, texts[:60], 16)
    head = Head(np.ones((2, 64)), np.zeros(2))
    adapted = make_draft(folder, tmp_path / "adapted", {"relevance": head})

    spaces = [vectors(open_model(str(each)), ["路灯"])[0].space for each in (folder, adapted, other)]

    assert spaces[0] == spaces[1] != spaces[2]


def test_a_foreign_model_s_readings_have_the_vectors_of_ours(folder, make_foreign):
    from models.foreign import ForeignSentiment, JoinedModel

    ours = open_model(str(folder))
    joined = JoinedModel(ForeignSentiment(make_foreign("negative", "positive")), ours)

    assert vectors(joined, ["路灯坏了"]) == vectors(ours, ["路灯坏了"])


def test_a_reader_keeps_the_vector_with_the_post(folder, make_post, tmp_path):
    from models.duplicates import ClusterStore
    from models.linker import ProjectLinker
    from models.reader import Reader

    clusters = ClusterStore(tmp_path / "clusters.sqlite")
    model = open_model(str(folder))

    (labelled,) = Reader(model, ProjectLinker(()), clusters).read([make_post("路灯坏了", title="公园", place=1)])

    assert labelled.reading.vector == vectors(model, ["公园。路灯坏了"])[0]
    clusters.close()


def test_too_few_texts_are_refused(tiny_folder, texts, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "few")

    with pytest.raises(ConfigError, match="20 different texts and 32 numbers a vector do not give 16 axes"):
        write(folder, texts[:20], 16)


def test_a_foreign_folder_is_refused(make_foreign, texts):
    with pytest.raises(ConfigError, match="only a model folder of this project"):
        write(make_foreign("negative", "positive"), texts)


def test_a_map_of_another_model_is_refused(folder, tiny_folder, tmp_path):
    other = shutil.copytree(tiny_folder, tmp_path / "other")
    shutil.copyfile(SHIPPED_FOLDER / LIKENESS_FILE, other / LIKENESS_FILE)

    with pytest.raises(ModelUnusable, match=r"maps by \(192, 384\) and \(192,\), the vectors have 32 numbers"):
        open_model(str(other))
    (folder / LIKENESS_FILE).write_bytes(b"damaged")
    with pytest.raises(ModelUnusable, match="likeness.safetensors: cannot be loaded: .*; make it anew"):
        open_model(str(folder))


@pytest.mark.shared
def test_the_texts_that_are_measured_on_are_none_that_is_evaluated_on(shared):
    import csv

    from minsheng.text import han_key

    csv.field_size_limit(10_000_000)
    drawn = {han_key(text) for text in texts_to_measure(shared / "data", 500)}
    with (shared / "data" / "civic" / "dev.tsv").open(encoding="utf-8", newline="") as file:
        evaluated = {han_key(row["text"]) for row in csv.DictReader(file, delimiter="\t")}

    assert len(drawn) > 450
    assert not drawn & evaluated
