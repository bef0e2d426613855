import numpy as np
import pytest

from models.evaluation.baselines import majority, run
from models.evaluation.compare import compare
from models.evaluation.export import to_json
from models.evaluation.reading import OwnHeads, aligned, read_set
from models.evaluation.report import Reader, evaluate, score
from models.evaluation.sets import LabelledSet, shared_sets, stance_set
from models.training.recipes import NONE

PLAIN = ("噪音扰民一直没人管", "请问地铁何时开工", "感谢政府办得好", "今天吃了abc")


def labelled(labels=(0, 1, 2, 1), texts=PLAIN, sources=("a", "a", "b", "b"), **more):
    return LabelledSet("plain", "样例", texts, {"sentiment": labels, **more}, sources)


def test_a_set_gets_every_number_of_the_report(model):
    found = score(read_set(model, labelled()))

    (head,) = found.heads
    assert (head.n, head.accuracy, head.macro_f1) == (4, 1.0, 1.0)
    assert [c.name for c in head.classes] == ["negative", "neutral", "positive"]
    assert [(g.name, g.n) for g in head.by_source] == [("a", 2), ("b", 2)]
    assert [(g.name, g.n) for g in head.by_length] == [("000-025", 4)]
    assert head.band.threshold == 0.6
    assert head.calibrated.ece >= 0
    assert found.speed.heads == ("sentiment",)
    assert found.speed.mean_characters == pytest.approx(sum(map(len, PLAIN)) / 4)


def test_rows_that_say_nothing_of_a_head_are_not_counted_for_it(model):
    found = score(read_set(model, labelled(intent=(0, NONE, 4, NONE), aspect=(NONE,) * 4)))

    assert {head.head: head.n for head in found.heads} == {"sentiment": 4, "intent": 2}


def test_texts_without_a_source_are_not_grouped_by_it(model):
    assert score(read_set(model, labelled(sources=("",) * 4))).heads[0].by_source == ()


def test_a_model_without_an_unsure_confidence_has_no_band(make_model):
    assert score(read_set(make_model(unsure=0.0), labelled())).heads[0].band is None


def test_the_band_counts_the_texts_below_the_confidence_and_what_is_right_there(make_model):
    band = score(read_set(make_model(unsure=1.01), labelled())).heads[0].band

    assert (band.n, band.share, band.accuracy_inside, band.accuracy_outside) == (4, 1.0, 1.0, None)


def test_heads_that_a_model_has_not_are_named_and_left_out(make_model):
    binary = make_model(heads={"sentiment": ("positive", "negative")})

    found = score(read_set(binary, labelled(intent=(0, 2, 4, 5))))

    assert found.lacking == ("intent",)
    assert [head.head for head in found.heads] == ["sentiment"]
    assert found.heads[0].classes[1].recall == 0


def test_columns_are_matched_by_name_and_classes_unknown_to_the_set_come_last():
    rows = np.array([[0.1, 0.7, 0.2]])

    found = aligned(rows, ("positive", "mixed", "negative"), ("negative", "neutral", "positive"))

    assert found.classes == ("negative", "neutral", "positive", "mixed")
    assert found.probabilities.tolist() == [[0.2, 0.0, 0.1, 0.7]]
    assert found.guessed == (3,)


def test_lent_heads_are_not_reported_as_a_models_own(model):
    own = OwnHeads(model, ("sentiment",))

    found = score(read_set(own, labelled(intent=(0, 2, 4, 5))))

    assert found.lacking == ("intent",)
    assert own.read(PLAIN[:1])[0].intent == "complaint"
    assert own.vectors(PLAIN).shape[0] == 4


def test_the_whole_report_scores_every_set_beside_baselines_and_pairs_too(model, stance_model, shared_data):
    sets = [*shared_sets(shared_data), stance_set(shared_data)]

    report = evaluate(Reader(model, stance_model), sets, floors=lambda s: run(s, {"多数类": majority}))

    heads = {found.name: [head.head for head in found.heads] for found in report.sets}
    assert heads == {
        "civic_dev": ["sentiment", "aspect", "intent", "relevance"],
        "ewect_usual": ["sentiment"],
        "ewect_virus": ["sentiment"],
        "topic_dev": ["topic"],
        "topic_named": ["named_topic"],
        "c_stance_dev": ["stance"],
    }
    assert report.sets[0].heads[0].baselines[0].accuracy == 0.5
    assert report.sets[5].heads[0].accuracy == 1.0
    assert report.sets[4].speed is None


def test_a_model_that_reads_no_pairs_says_so(model, shared_data):
    report = evaluate(Reader(model), [stance_set(shared_data)])

    assert report.sets == ()
    assert report.notes == ("未评“对表述的立场（c_stance/dev）”：此模型不读成对的文本",)


def test_the_json_has_the_sentiment_of_the_first_set_on_top(model):
    found = to_json(evaluate(Reader(model), [labelled()]))

    assert (found["n"], found["accuracy"], found["macro_f1"]) == (4, 1.0, 1.0)
    assert set(found["per_class"]) == {"neg", "neu", "pos"}
    assert found["per_class"]["pos"]["support"] == 1
    assert found["comments_per_second"] > 0
    assert found["ece"] == found["sets"]["plain"]["heads"]["sentiment"]["ece"]
    assert found["sets"]["plain"]["heads"]["sentiment"]["confusion"] == [[1, 0, 0], [0, 2, 0], [0, 0, 1]]


def test_the_json_of_a_report_without_sentiment_has_no_top_figures(model, shared_data):
    found = to_json(evaluate(Reader(model), [shared_sets(shared_data)[4]]))

    assert "macro_f1" not in found
    assert found["sets"]["topic_named"]["heads"]["named_topic"]["ece"] is None


def test_two_models_are_compared_text_by_text(model, make_model):
    worse = make_model(name="worse", heads={"sentiment": ("negative",)})
    first, second = (read_set(m, labelled(intent=(0, 2, 4, 5))) for m in (model, worse))

    found = compare(first, second)

    (head,) = found.heads
    assert (head.only_first, head.only_second, head.p) == (3, 0, 0.25)
    assert head.agreement == 0.25
    assert head.difference == pytest.approx(1 - head.macro_f1[1])
    assert head.difference_interval[0] <= head.difference <= head.difference_interval[1]


def test_a_model_compared_with_itself_does_not_differ(model):
    report = evaluate(Reader(model), [labelled()], against=Reader(model))

    (head,) = report.sets[0].comparison.heads
    assert (head.p, head.difference, head.difference_interval, head.agreement) == (1.0, 0.0, (0.0, 0.0), 1.0)
    assert to_json(report)["sets"]["plain"]["against"]["sentiment"]["p"] == 1.0
