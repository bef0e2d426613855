import re
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from minsheng.domain import ASPECTS, INTENTS, Calibration
from minsheng.errors import ConfigError
from models.base import Probabilities, Progress, TextReading, Vectors
from models.cleaning import prepare
from models.evaluation.behaviour import BehaviourReport, CapabilityScore, NoiseScore, run
from models.evaluation.behaviour.cases import load_cases
from models.evaluation.behaviour.noise import mistyped, reworded
from models.training.recipes import rows

SENTIMENTS = ("negative", "neutral", "positive")
BAD = re.compile("吵|噪|堵|臭|坏|没有人|没人|欠|差|烂|漏|停水|停电|不")
GOOD = re.compile("谢|赞|支持|满意|漂亮|方便|好")


class KeywordModel:
    """Counts complaining and praising words: a real if poor reader, to test the list with."""

    name, version = "keywords", "keywords@1"
    calibration: Calibration | None = None

    def __init__(self, heads: Mapping[str, tuple[str, ...]], *, as_written: bool = False) -> None:
        self.heads = dict(heads)
        self.calls: list[int] = []
        self._read = str if as_written else prepare

    def probabilities(
        self, texts: Sequence[str], heads: Sequence[str], progress: Progress | None = None
    ) -> dict[str, Probabilities]:
        self.calls.append(len(texts))
        if progress:
            progress(len(texts), len(texts))
        return {head: np.array([self._row(self._read(text), head) for text in texts]) for head in heads}

    def _row(self, text: str, head: str) -> list[float]:
        classes = self.heads[head]
        if head != "sentiment":
            return [0.9 if i == len(text) % len(classes) else 0.1 / (len(classes) - 1) for i in range(len(classes))]
        scores = {"negative": 2.0 * len(BAD.findall(text)), "neutral": 1.0, "positive": 1.5 * len(GOOD.findall(text))}
        return [(0.1 + scores[label]) / (0.3 + sum(scores.values())) for label in classes]

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]:
        raise NotImplementedError("the behavioural list asks for probabilities only")

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        raise NotImplementedError("the behavioural list asks for probabilities only")


HEADS = {"sentiment": SENTIMENTS, "relevance": ("irrelevant", "relevant"), "aspect": ASPECTS, "intent": INTENTS}


@pytest.fixture(scope="module")
def model() -> KeywordModel:
    return KeywordModel(HEADS)


@pytest.fixture(scope="module")
def report(model) -> BehaviourReport:
    return run(model, extra_texts=["路灯坏了，尽快派人来修吧，晚上很黑，大家都担心"])


@pytest.fixture
def write(tmp_path):
    def case_file(text: str, name: str = "noise"):
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
        return tmp_path

    return case_file


def test_the_list_has_at_least_330_cases_of_three_kinds():
    cases = load_cases()

    assert len(cases.minimum) + len(cases.invariance) + len(cases.direction) >= 330
    assert len(cases.minimum) >= 200
    assert len(cases.invariance) >= 70
    assert len(cases.direction) >= 30


def test_no_two_cases_read_the_same_text():
    cases = load_cases()

    texts = [case.text for case in cases.minimum]

    assert len(set(texts)) == len(texts)


def test_long_cases_are_as_long_as_they_say():
    cases = load_cases()

    lengths = [len(case.text) for case in cases.minimum] + [len(t) for c in cases.invariance for t in c.variants]

    assert sum(9_950 <= length <= 10_000 for length in lengths) == 3


@pytest.mark.shared
def test_no_case_is_a_row_of_the_labelled_sets(shared):
    civic = {
        prepare(row["text"]) for part in ("train", "dev") for row in rows(shared / "data" / "civic" / f"{part}.tsv")
    }
    cases = load_cases()

    texts = {prepare(case.text) for case in (*cases.minimum, *cases.invariance, *cases.direction)}

    assert texts & civic == set()


def test_all_texts_are_read_in_one_call(model, report):
    calls = model.calls

    assert report.capabilities
    assert len(calls) == 1


def test_scores_add_up_to_the_list(report):
    cases = load_cases()

    passed_and_all = report.kinds

    asked = [case for case in cases.minimum if set(case.labels) - {"topic"}]
    assert passed_and_all["mft"][1] == len(asked)
    assert passed_and_all["inv"][1] == len(cases.invariance)
    assert passed_and_all["dir"][1] == len(cases.direction)
    assert all(0 < passed < every for passed, every in passed_and_all.values())


def test_each_failed_case_of_minimum_functionality_is_listed_with_what_came(report):
    failures = [failure for failure in report.failures if failure.kind == "mft"]

    passed, every = report.kinds["mft"]

    assert len(failures) == every - passed
    assert all(failure.expected != failure.got for failure in failures)
    assert all(re.match("(情感|是否涉及公共事务|方面|意图)：", failure.got) for failure in failures)


def test_a_long_text_is_shown_by_its_ends(report):
    shown = [failure.text for failure in report.failures]

    assert all(len(text) < 250 for text in shown)
    assert any("（共 " in text for text in shown)


def test_a_model_that_prepares_its_texts_is_steadier_than_one_that_does_not(report):
    raw = run(KeywordModel({"sentiment": SENTIMENTS}, as_written=True))

    strewn = {score.name: score.passed for score in raw.capabilities if score.kind == "inv"}
    closed = {score.name: score.passed for score in report.capabilities if score.kind == "inv"}

    assert closed["字间夹空格或符号"] > strewn["字间夹空格或符号"]
    assert closed["繁体字"] == 5


def test_a_variant_that_differs_names_the_text_it_came_from():
    report = run(KeywordModel({"sentiment": SENTIMENTS}, as_written=True))

    failure = next(failure for failure in report.failures if failure.kind == "inv" and failure.capability == "繁体字")

    assert failure.expected.startswith("情感：")
    assert "同原文“" in failure.expected


def test_a_model_of_two_classes_is_asked_what_it_can_answer():
    report = run(KeywordModel({"sentiment": ("negative", "positive")}))

    kinds = report.kinds

    assert 0 < kinds["mft"][1] < 200
    assert not any("中性" in failure.expected for failure in report.failures if failure.kind == "mft")


def test_directions_compare_probabilities_before_and_after(report):
    failures = [failure for failure in report.failures if failure.kind == "dir"]

    moves = [tuple(map(float, failure.got.split(" → "))) for failure in failures]

    assert moves
    for failure, (before, after) in zip(failures, moves, strict=True):
        assert after >= before if "概率下降（" in failure.expected else after <= before


def test_noise_counts_only_texts_that_it_altered(report):
    names = [score.name for score in report.noise]

    assert names == ["错别字（约每 40 字 1 处）", "同义词替换"]
    assert all(0 < score.texts < 500 for score in report.noise)
    assert all(0 <= score.share < 0.5 for score in report.noise)


def test_extra_texts_get_noise_as_well(report):
    without = run(KeywordModel(HEADS))

    assert report.noise[1].texts == without.noise[1].texts + 1


def test_shares_of_nothing_are_nothing():
    assert NoiseScore("typos", 0, 0).share == 0.0


def test_kinds_sum_over_capabilities():
    report = BehaviourReport((CapabilityScore("甲", "mft", 3, 2), CapabilityScore("乙", "mft", 5, 5)), (), ())

    assert report.kinds == {"mft": (7, 8)}


def test_typos_are_the_same_at_every_run_and_in_any_company():
    text = "小区门口的路灯坏了两个月，一直没有人来修，晚上下班回家什么都看不见。" * 8

    alone, among = mistyped([text]), mistyped(["别的文字在前面也没有关系，这里再多写一点字", text])

    assert alone[text] == among[text] != text


def test_synonyms_replace_each_word_once():
    assert reworded(["垃圾桶旁边的垃圾箱", "晚霞"]) == {"垃圾桶旁边的垃圾箱": "垃圾箱旁边的垃圾桶"}


def test_a_synonym_of_itself_is_an_error(tmp_path):
    table = tmp_path / "synonyms.yml"
    table.write_text("synonyms: {噪音: 噪音}", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"synonyms\.yml.*噪音"):
        reworded(["噪音"], table)


HEADER = "capability: noise\ntitle: 噪声\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("mft: [{sentiment: neg, texts: {a-1: 吵}}]", r"noise\.yml:3: .*unknown label neg"),
        ("mft: [{texts: {a-1: 吵}}]", r"noise\.yml:3: .*names no label"),
        ("mft: [{sentiment: negative, texts: {A_1: 吵}}]", r"noise\.yml:3: .*A_1"),
        ("inv: [{id: a-1, text: 吵, variants: [吵]}]", r"noise\.yml:3: .*a-1: wants at least one variant"),
        ("inv: [{id: a-1, text: 吵, ways: [loud]}]", r"noise\.yml:3: .*a-1: unknown way loud"),
        ("dir: [{id: a-1, text: 吵, changed: 很吵, label: negative, moves: up}]", r"noise\.yml:3: dir\.0\.moves"),
        ("dirs: []", r"noise\.yml:3: dirs: unknown key"),
        (
            "mft: [{sentiment: negative, texts: {a-1: 吵}}]\ninv: [{id: a-1, text: 吵, variants: [闹]}]",
            r"noise\.yml: case a-1: this id stands in noise\.yml already",
        ),
    ],
)
def test_a_wrong_case_names_file_and_case(write, body, message):
    folder = write(HEADER + body + "\n")

    with pytest.raises(ConfigError, match=message):
        load_cases(folder)


def test_a_file_is_named_after_its_capability(write):
    folder = write(HEADER + "mft: [{sentiment: negative, texts: {a-1: 吵}}]\n", name="smell")

    with pytest.raises(ConfigError, match="they must agree"):
        load_cases(folder)


def test_a_title_stands_in_one_file(write):
    write(HEADER + "mft: [{sentiment: negative, texts: {a-1: 吵}}]\n")
    folder = write("capability: smell\ntitle: 噪声\nmft: [{sentiment: negative, texts: {b-1: 臭}}]\n", name="smell")

    with pytest.raises(ConfigError, match="title 噪声"):
        load_cases(folder)


def test_a_folder_without_cases_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="holds no case files"):
        load_cases(tmp_path)


def test_white_space_of_a_case_is_kept(write):
    folder = write(HEADER + 'mft: [{sentiment: neutral, texts: {a-1: "  "}}]\n')

    assert load_cases(folder).minimum[0].text == "  "
