"""Heads fitted to an office's labels: what is learnt, what is refused, what is written and what is said of it.

The encoder here counts a handful of characters: a small model of the real shape, whose heads lie in a real folder.
"""

import csv
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from minsheng.domain import ASPECTS, Opinion
from minsheng.errors import ConfigError, ModelUnusable
from minsheng.files import sha256_of
from models.adapt import (
    Head,
    TooFewLabels,
    choose_heads,
    fit,
    fit_heads,
    fit_scale,
    log_loss,
    split,
    without_copies,
)
from models.adapted import NO_DEV, Wish, adapt
from models.adapted_folder import read_heads
from models.base import TextReading
from models.evaluation.sets import CLASSES, read_file
from models.heads import HEADS_CONFIG, HEADS_FILE, softmax
from models.loading import load_calibration

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
LETTERS = "坏差吵停堵好棒赞谢美问几何哪时吗路水学医"
WORDS = {"neg": "坏差吵停堵", "neu": "问几何哪时", "pos": "好棒赞谢美"}
WIDTH = len(LETTERS)


class LetterModel:
    """Reads the sentiment and relevance by counting characters; a text is cut into windows of ten."""

    calibration = None
    unsure = 0.0

    def __init__(self, folder: Path) -> None:
        self.name, self.version = folder.name, f"{folder.name}@test"
        self._tensors, described = read_heads(folder)
        self.heads = {name: tuple(classes) for name, classes in described["heads"].items()}

    def pooled(self, texts):
        return np.array([np.mean([vector(part) for part in parts(text)], axis=0) for text in texts], np.float32)

    def probabilities(self, texts, heads, progress=None):
        del progress
        means = self.pooled(texts).astype(np.float64)
        return {
            name: softmax(means @ self._tensors[f"heads.{name}.weight"].T + self._tensors[f"heads.{name}.bias"])
            for name in heads
        }

    def read(self, texts, progress=None):
        found = self.probabilities(texts, ["sentiment", "relevance"], progress)
        return [
            TextReading(Opinion(*map(float, three)), "other", "other", "opinion", float(two[1]))
            for three, two in zip(found["sentiment"], found["relevance"], strict=True)
        ]

    def predict(self, texts, progress=None):
        return [reading.opinion for reading in self.read(texts, progress)]

    def vectors(self, texts, progress=None):
        del progress
        return self.pooled(texts)


def parts(text):
    return [text[i : i + 10] for i in range(0, max(1, len(text)), 10)]


def vector(text):
    return [text.count(letter) for letter in LETTERS]


def head_of(*letters_by_class):
    """A head that counts the letters of each class."""
    return np.array([[2.0 * (letter in letters) for letter in LETTERS] for letters in letters_by_class], np.float32)


@pytest.fixture
def folder(tmp_path):
    """A model folder that knows the usual words of complaint, but not those of this city."""
    from safetensors.numpy import save_file

    made = tmp_path / "civic-tiny"
    made.mkdir()
    sentiment = head_of("坏差吵", "问几何", "好棒赞")
    tensors = {
        "heads.sentiment.weight": sentiment,
        "heads.sentiment.bias": np.zeros(3, np.float32),
        "heads.relevance.weight": head_of("", "路水学医"),
        "heads.relevance.bias": np.zeros(2, np.float32),
        "vector.weight": np.eye(WIDTH, dtype=np.float32),
    }
    save_file(tensors, made / HEADS_FILE)
    described = {"window": 10, "heads": {name: CLASSES[name] for name in ("sentiment", "relevance")}, "unsure": 0.5}
    (made / HEADS_CONFIG).write_text(json.dumps(described), "utf-8")
    for name, content in {"encoder.onnx": "encoder", "MODEL_CARD.md": "old", "report.json": "{}"}.items():
        (made / name).write_text(content, "utf-8")
    (made / "calibration.json").write_text("{}", "utf-8")
    return made


def write(path, rows, columns=("text", "sentiment", "relevant", "source")):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(columns)
        writer.writerows(rows)
    return read_file(path)


def rows_of(number, seed, words=WORDS, shares=(5, 3, 2), label=None):
    """Texts of eight characters: four of their sentiment's, four of any."""
    rng = random.Random(seed)
    found = []
    for n in range(number):
        sentiment = rng.choices(list(words), shares)[0]
        letters = [rng.choice(words[sentiment]) for _ in range(4)] + [rng.choice(LETTERS) for _ in range(3)]
        rng.shuffle(letters)
        found.append((f"{''.join(letters)}{n}号", label or sentiment, str(rng.randrange(2)), "forum"))
    return found


@pytest.fixture
def city(tmp_path):
    """Three hundred labelled rows in which 停 and 堵 are complaints, 谢 and 美 praise."""
    return write(tmp_path / "city.tsv", rows_of(300, seed=1))


@pytest.fixture
def dev(tmp_path):
    return write(tmp_path / "dev.tsv", rows_of(200, seed=2))


def wish(folder, labelled, **options):
    return Wish(folder, folder.parent / "mine", labelled, "digest", **options)


def test_fewer_than_a_hundred_rows_are_refused_with_the_number(tmp_path):
    labelled = write(tmp_path / "few.tsv", rows_of(99, seed=1))

    with pytest.raises(TooFewLabels, match="sentiment: 99 rows.*wants 100 rows"):
        choose_heads(labelled, ["sentiment"])


def test_a_rare_sentiment_is_refused_with_its_number(tmp_path):
    labelled = write(tmp_path / "rare.tsv", rows_of(100, 1, shares=(1, 1, 0)) + rows_of(9, 2, shares=(0, 0, 1)))

    with pytest.raises(TooFewLabels, match="109 rows .*positive 9.*10 of each"):
        choose_heads(labelled, ["sentiment", "relevance"])


def test_another_head_with_too_few_rows_stays_as_it_is_and_says_why(tmp_path):
    rows = [(*row[:2], ASPECTS[0], *row[2:]) for row in rows_of(150, 1)]
    labelled = write(tmp_path / "a.tsv", rows, ("text", "sentiment", "aspect", "relevant", "source"))

    choice = choose_heads(labelled, ["sentiment", "aspect", "intent", "relevance"])

    assert choice.heads == ("sentiment", "relevance")
    assert choice.left["aspect"]["safety"] == 0
    assert sum(choice.left["intent"].values()) == 0


def test_a_head_without_any_labels_is_refused(city):
    with pytest.raises(TooFewLabels, match="aspect: 0 rows"):
        choose_heads(city, ["aspect"])


def test_rows_that_stand_in_the_development_set_or_twice_are_dropped(tmp_path):
    labelled = write(
        tmp_path / "c.tsv", [("甲坏", "neg", "1", ""), ("甲，坏！", "neg", "1", ""), ("乙好", "pos", "1", "")]
    )

    kept, copies = without_copies(labelled, ["乙 好"])

    assert (kept.texts, kept.labels["sentiment"], copies) == (("甲坏",), (0,), 2)


def test_a_split_keeps_a_fifth_of_every_class_and_repeats_by_seed(city):
    made, again, other = split(city, 0), split(city, 0), split(city, 1)

    assert made.validation.texts == again.validation.texts != other.validation.texts
    assert not set(made.fit.texts) & set(made.validation.texts)
    for label in range(3):
        whole, kept = city.labels["sentiment"].count(label), made.validation.labels["sentiment"].count(label)
        assert kept == round(whole / 5)


def test_an_infinitely_strong_pull_leaves_the_head_where_it_was():
    rng = np.random.default_rng(0)
    features, true = rng.normal(size=(60, 4)), rng.integers(0, 3, 60)
    start = Head(rng.normal(size=(3, 4)), rng.normal(size=3))

    tied, free = (fit(features, true, start, strength) for strength in (1e6, 1e-3))

    assert np.abs(tied.weight - start.weight).max() < 1e-5
    assert np.abs(free.weight - start.weight).max() > 0.1
    assert log_loss(free.logits(features), true) < log_loss(start.logits(features), true)


def test_a_fit_does_not_depend_on_the_scale_of_the_features():
    rng = np.random.default_rng(0)
    features, true = rng.normal(size=(60, 4)), rng.integers(0, 3, 60)
    start = Head(np.zeros((3, 4)), np.zeros(3))

    small, large = (fit(features * k, true, start, 0.1).logits(features * k) for k in (1, 100))

    assert np.abs(small - large).max() < 1e-4


def test_scaling_undoes_overconfidence():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 3))
    true = np.array([rng.choice(3, p=row) for row in softmax(logits)])

    assert fit_scale(3 * logits, true) == pytest.approx(1 / 3, rel=0.1)


def test_a_head_that_nothing_can_be_learnt_for_keeps_its_weights(city):
    rng = np.random.default_rng(0)
    start = Head(np.zeros((3, 5)), np.log(np.bincount(city.labels["sentiment"]) / len(city.texts)))

    found = fit_heads(rng.normal(size=(len(city.texts), 5)), city, {"sentiment": start}, seed=0)["sentiment"]

    assert found.strength is None
    assert np.array_equal(found.head.weight, start.weight)


def test_an_adapted_model_learns_the_words_of_its_city_and_passes_the_check(folder, city, dev):
    outcome = adapt(wish(folder, city, dev=dev), LetterModel, NOW)

    by_head = {check.comparison.head: check.comparison for check in outcome.dev}
    assert by_head["sentiment"].difference_interval[0] > 0
    assert by_head["sentiment"].p < 0.05
    assert outcome.written
    assert outcome.worse == ()
    assert outcome.rows == (240, 60)
    new = LetterModel(folder.parent / "mine").predict(["停停堵堵", "谢谢美美"])
    assert [opinion.label for opinion in new] == ["negative", "positive"]
    assert LetterModel(folder).predict(["停停堵堵"])[0].negative < 0.5


def test_a_new_folder_holds_the_encoder_and_nothing_that_was_said_of_the_old_model(folder, city, dev):
    adapt(wish(folder, city, dev=dev), LetterModel, NOW)

    mine = folder.parent / "mine"
    names = {path.name for path in mine.iterdir()}
    assert names == {"encoder.onnx", HEADS_FILE, HEADS_CONFIG, "provenance.json", "calibration.json"}
    assert json.loads((mine / HEADS_CONFIG).read_text("utf-8"))["unsure"] == 0.5
    assert np.array_equal(read_heads(mine)[0]["vector.weight"], np.eye(WIDTH))
    assert not (folder.parent / ".mine.draft").exists()


def test_the_provenance_says_where_the_model_comes_from_and_hashes_its_files(folder, city, dev):
    adapt(wish(folder, city, dev=dev), LetterModel, NOW)

    mine = folder.parent / "mine"
    said = json.loads((mine / "provenance.json").read_text("utf-8"))
    assert said["name"] == "mine"
    assert said["from"]["files"][HEADS_FILE] == sha256_of(folder / HEADS_FILE)
    assert said["files"] == {name: sha256_of(mine / name) for name in said["files"]}
    assert said["labels"]["fitted_to"] == 240
    assert sum(said["heads"]["sentiment"]["rows"].values()) == 240
    assert (
        said["civic_development_set"][0]["after"]["macro_f1"] > said["civic_development_set"][0]["before"]["macro_f1"]
    )
    assert city.texts[0] not in json.dumps(said, ensure_ascii=False)


def test_errors_are_measured_on_unseen_rows_with_their_counts(folder, city, dev):
    outcome = adapt(wish(folder, city, dev=dev), LetterModel, NOW)

    found = load_calibration(folder.parent / "mine")
    assert outcome.calibration == "measured"
    assert found.model == "mine"
    assert np.array(found.counts).sum() == 300
    assert np.array(found.soft).sum(axis=0) == pytest.approx([1, 1, 1], abs=1e-4)
    assert [sum(column) for column in zip(*found.counts, strict=True)] == [
        city.labels["sentiment"].count(c) for c in range(3)
    ]


def test_corrections_are_learnt_from_and_nothing_is_measured_on_them(folder, city, dev, tmp_path):
    rows = [(f"{'学' * 5}{'好' * (n % 3)}{n}号", "neg", "corrections") for n in range(60)]
    repeated = [(city.texts[0], "neg", "corrections"), (dev.texts[0], "neg", "corrections")]
    picked = write(tmp_path / "picked.tsv", [*rows, *repeated], columns=("text", "sentiment", "source"))
    plain = adapt(wish(folder, city, dev=dev), LetterModel, NOW)
    (tmp_path / "mine").rename(tmp_path / "plain")

    taught = adapt(wish(folder, city, dev=dev, corrections=picked), LetterModel, NOW)

    assert (plain.taught, taught.taught) == (0, 60)
    models = [LetterModel(tmp_path / name) for name in ("plain", "mine")]
    before, after = (model.predict(["学学学学学好好"])[0].negative for model in models)
    assert after > before + 0.2
    assert taught.rows == plain.rows
    assert [check.comparison.n for check in taught.validation] == [check.comparison.n for check in plain.validation]
    assert np.array(load_calibration(tmp_path / "mine").counts).sum() == 300
    assert len(taught.fitted["sentiment"].unseen) == 240
    assert taught.fitted["relevance"].head.bias == pytest.approx(plain.fitted["relevance"].head.bias)
    provenance = json.loads((tmp_path / "mine" / "provenance.json").read_text("utf-8"))
    assert provenance["corrections_fitted_to_and_nothing_measured_on"] == 60


def test_with_few_rows_of_a_class_there_is_no_calibration(folder, tmp_path):
    labelled = write(tmp_path / "small.tsv", rows_of(120, 1))

    outcome = adapt(wish(folder, labelled), LetterModel, NOW)

    assert outcome.calibration == "none"
    assert not (folder.parent / "mine" / "calibration.json").exists()


def test_without_the_sentiment_head_its_calibration_stays(folder, city):
    outcome = adapt(wish(folder, city, heads=("relevance",)), LetterModel, NOW)

    assert outcome.calibration == "kept"
    assert (folder.parent / "mine" / "calibration.json").read_text("utf-8") == "{}"
    assert np.array_equal(*(read_heads(f)[0]["heads.sentiment.weight"] for f in (folder, folder.parent / "mine")))


def test_without_a_development_set_it_is_said_that_nothing_was_checked(folder, city):
    outcome = adapt(wish(folder, city), LetterModel, NOW)

    said = json.loads((folder.parent / "mine" / "provenance.json").read_text("utf-8"))
    assert outcome.dev is None
    assert said["civic_development_set"] == NO_DEV


@pytest.fixture
def strange(tmp_path):
    """Labels that contradict the development set: praise and complaint are swapped."""
    swapped = {"neg": WORDS["pos"], "neu": WORDS["neu"], "pos": WORDS["neg"]}
    return write(tmp_path / "strange.tsv", rows_of(300, 3, words=swapped))


def test_a_model_that_got_worse_is_not_written(folder, strange, dev):
    outcome = adapt(wish(folder, strange, dev=dev), LetterModel, NOW)

    assert outcome.worse == ("sentiment",)
    assert not outcome.written
    assert {path.name for path in folder.parent.iterdir() if path.is_dir()} == {"civic-tiny"}


def test_a_worse_model_that_is_accepted_says_so_in_its_provenance(folder, strange, dev):
    outcome = adapt(wish(folder, strange, dev=dev, accept_worse=True), LetterModel, NOW)

    said = json.loads((folder.parent / "mine" / "provenance.json").read_text("utf-8"))
    assert outcome.written
    assert said["worse_than_tolerated_but_accepted"] == ["sentiment"]


def test_what_is_tolerated_is_written(folder, strange, dev):
    outcome = adapt(wish(folder, strange, dev=dev, tolerance=1.0), LetterModel, NOW)

    assert outcome.worse == ()
    assert outcome.written


def test_the_same_seed_makes_the_same_heads(folder, city):
    adapt(wish(folder, city), LetterModel, NOW)
    first = sha256_of(folder.parent / "mine" / HEADS_FILE)
    (folder.parent / "mine").rename(folder.parent / "first")

    adapt(wish(folder, city), LetterModel, NOW)

    assert sha256_of(folder.parent / "mine" / HEADS_FILE) == first


def test_an_output_that_is_there_is_never_written_over(folder, city):
    (folder.parent / "mine").mkdir()

    with pytest.raises(ConfigError, match="is there already"):
        adapt(wish(folder, city), LetterModel, NOW)


def test_a_folder_without_heads_cannot_be_adapted(tmp_path, city):
    with pytest.raises(ModelUnusable, match="only a model folder of this project"):
        adapt(wish(tmp_path / "foreign", city), LetterModel, NOW)


def test_a_head_of_other_classes_cannot_be_adapted(folder, city):
    described = json.loads((folder / HEADS_CONFIG).read_text("utf-8"))
    described["heads"]["sentiment"] = ["bad", "good"]
    (folder / HEADS_CONFIG).write_text(json.dumps(described), "utf-8")

    with pytest.raises(ModelUnusable, match="bad, good"):
        adapt(wish(folder, city), LetterModel, NOW)
