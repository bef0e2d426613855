import random
from collections import Counter
from pathlib import Path

import pytest

from minsheng.domain import ASPECTS, INTENTS, TOPICS
from minsheng.errors import ConfigError
from models.network import HEADS
from models.training import recipes
from models.training.config import load_plan
from models.training.recipes import NONE, Example

FOLDER = Path(__file__).resolve().parents[3] / "models" / "training"
PLAN = FOLDER / "student.yml"


def labelled(*sentiments):
    return [Example(f"第{i}条", sentiment) for i, sentiment in enumerate(sentiments)]


def test_civic_rows_teach_every_head_but_the_topic(tiny_data):
    first, *_, last = recipes.civic(tiny_data, "train")

    assert (first.text, first.sentiment, first.topic) == ("噪音扰民一直没人管0", 0, NONE)
    assert ASPECTS[first.aspect] == "environment"
    assert INTENTS[first.intent] == "complaint"
    assert (first.relevance, last.relevance) == (1, 0)
    assert first.label("intent") == first.intent


def test_everything_that_was_written_to_a_board_is_read_without_labels(tiny_data):
    found = recipes.unlabelled(tiny_data)

    assert {e.source for e in found} >= {"weibo_policy", "tipdm_votes", "official_replies", "official", "hangzhou"}
    assert all(e.label(head) == NONE for e in found for head in ("sentiment", "aspect", "intent", "topic"))


def test_surprise_is_no_attitude(tiny_data):
    assert [e.sentiment for e in recipes.emotions(tiny_data, "usual_train")] == [2, 0]
    assert [e.sentiment for e in recipes.moods(tiny_data)] == [2]


def test_reviews_teach_praise_and_blame(tiny_data):
    found = Counter((e.source, e.sentiment) for e in recipes.reviews(tiny_data))

    assert found[("reviews_waimai", 2)] == found[("reviews_hotel", 0)] == found[("reviews_car", 1)] == 1


def test_topic_tokens_are_joined_as_people_write(tiny_data):
    example = recipes.topics_train(tiny_data)[0]

    assert example.text == "a1区路灯坏"
    assert TOPICS[example.topic] == "urban"
    assert recipes.topics_dev(tiny_data)[0].text == "路灯。路灯坏了没人修"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"civic/train\.tsv.*data:"):
        recipes.civic(tmp_path, "train")


def test_the_hold_out_has_the_asked_labels_and_is_the_same_for_a_seed():
    examples = labelled(*[0, 1, 2] * 10)

    kept, held = recipes.hold_out(examples, (5, 3, 2), seed=1)

    assert Counter(e.sentiment for e in held) == {0: 5, 1: 3, 2: 2}
    assert sorted(e.text for e in kept + held) == sorted(e.text for e in examples)
    assert recipes.hold_out(examples, (5, 3, 2), seed=1) == (kept, held)
    assert recipes.hold_out(examples, (5, 3, 2), seed=2) != (kept, held)


def test_texts_that_are_evaluated_on_are_never_trained_on():
    train = [Example("路灯 坏了!"), Example("公园真好"), Example("!!!")]

    assert recipes.without_copies_of(train, [Example("路燈壞了")]) == [Example("公园真好")]


def test_rare_labels_weigh_more_up_to_a_cap():
    weights = recipes.balance_weights(labelled(*[0] * 100, *[1] * 25, 2, NONE), lambda e: e.sentiment, cap=4)

    assert weights == {0: 1.0, 1: 2.0, 2: 4}


def test_an_epoch_draws_the_asked_rows_with_their_weights_and_repeats_for_a_seed():
    sets = {"civic": labelled(0, 1, 2), "reviews": labelled(*[2] * 50)}

    def drawn():
        return recipes.mix(sets, {"civic": 0, "reviews": 10}, {"reviews": 0.25}, random.Random(3))

    assert [e.weight for e in drawn()] == [1.0] * 3 + [0.25] * 10
    assert drawn() == drawn()


def test_long_messages_are_cut_to_equal_parts_that_keep_their_label():
    message = Example("".join(chr(0x4E00 + i) for i in range(1000)), topic=2)

    parts = recipes.cut([message, Example("短")], 190)

    assert "".join(e.text for e in parts) == message.text + "短"
    assert [len(e.text) for e in parts] == [167, 166, 167, 167, 166, 167, 1]
    assert [e.topic for e in parts] == [2] * 6 + [NONE]


def test_a_set_is_cut_to_the_same_rows_for_a_seed():
    examples = labelled(*[0] * 50)

    assert len(recipes.some(examples, 10, 1)) == 10
    assert recipes.some(examples, 10, 1) == recipes.some(examples, 10, 1) != recipes.some(examples, 10, 2)
    assert recipes.some(examples, 0, 1) == recipes.some(examples, 99, 1) == examples


def test_disturbed_texts_keep_what_they_teach_and_whose_reading_they_stand_for():
    examples = recipes.mix(
        {"t": [Example("路灯坏了三天，一直没人修，太不方便了！" * 4, 0)]}, {"t": 0}, {}, random.Random(0)
    )

    (other,) = recipes.disturbed(examples, 1.0, random.Random(0))

    assert other.text != other.key == examples[0].text
    assert other.sentiment == 0
    assert recipes.disturbed(examples, 0.0, random.Random(0)) == examples


def test_thanks_are_added_to_complaints_and_questions_alone():
    examples = [Example("停水三天", s, aspect=a) for s, a in ((0, 3), (1, 3), (2, 3), (0, NONE))]

    polite = recipes.courteous(examples, 1.0, random.Random(1))

    assert [e.text == "停水三天" for e in polite] == [False, False, True, True]
    assert all("停水三天," in e.text for e in polite[:2])
    assert [e.sentiment for e in polite] == [0, 1, 2, 0]
    assert recipes.courteous(examples, 0.0, random.Random(1)) == examples


def test_a_short_text_is_set_whole_into_a_calm_one_and_keeps_what_it_means():
    calm = "从东门到西门有三条路," * 12
    examples = [
        Example("停水三天", 0, aspect=3, key="停水三天"),
        Example("停水三天", 0),
        Example("长" * 81, 0, aspect=3),
    ]

    for seed in range(20):
        found = recipes.surrounded(examples, [calm], 1.0, random.Random(seed))

        assert found[1:] == examples[1:]
        assert "停水三天" in found[0].text
        assert 60 <= len(found[0].text) <= 190
        assert (found[0].sentiment, found[0].key) == (0, "停水三天")
    assert recipes.surrounded(examples, [calm], 0.0, random.Random(1)) == examples


def test_fillers_are_long_and_calm():
    told = {"aspect": 13, "intent": recipes.INTENT_IDS["news"]}
    kept = Example("长" * 60, 1, **told)

    found = recipes.fillers(
        [kept, Example("短", 1, **told), Example("怒" * 60, 0, **told), Example("问" * 60, 1, aspect=13, intent=2)]
    )

    assert found == [kept.text]


def test_training_batches_hold_each_row_once_and_keep_to_the_budget():
    lengths = [random.Random(i).randint(1, 128) for i in range(300)]

    groups = recipes.batches(lengths, 512, random.Random(0))

    assert sorted(i for group in groups for i in group) == list(range(300))
    assert all(len(group) * max(lengths[i] for i in group) <= 512 for group in groups)


def test_the_shipped_plan_is_complete():
    plan = load_plan(PLAN)

    teachers = [load_plan(FOLDER / name) for name in ("teacher.yml", "teacher-2.yml")]
    assert plan.teachers == [str(teacher.output) for teacher in teachers]
    assert plan.base == plan.teachers[0]
    assert {teacher.hold_out for teacher in teachers} == {plan.hold_out}
    assert {teacher.seed for teacher in teachers} == {plan.seed}, "or one would be trained on what the other holds out"
    assert plan.word_topics
    assert all({*teacher.heads, "topic"} == set(plan.heads) == set(HEADS) for teacher in teachers)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text + "colour: red\n", "unknown key colour"),
        (lambda text: text.replace("seed:", "# seed:"), "missing key seed"),
        (lambda text: text.replace("epochs: 1", "epoch: 1"), r"phases\[0\]: unknown key epoch"),
        (lambda _: "- a list", "expected keys"),
        (lambda _: "a: [", "cannot be read"),
    ],
)
def test_a_wrong_plan_is_refused_with_file_and_key(tmp_path, change, said):
    path = tmp_path / "plan.yml"
    path.write_text(change(PLAN.read_text("utf-8")), "utf-8")

    with pytest.raises(ConfigError, match=said) as caught:
        load_plan(path)

    assert str(path) in str(caught.value)
