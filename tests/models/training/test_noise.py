import random
import re
from collections import Counter
from difflib import SequenceMatcher

import pytest
import yaml

from models.cleaning import prepare
from models.training import noise
from models.training.noise import KINDS, disturb, mistype, reword

RAW = yaml.safe_load(noise._SYNONYMS.read_text("utf-8"))
GROUPS = RAW["groups"]
KEPT = [word for line in RAW["kept"] for word in line]
WORDS = [word for group in GROUPS for word in group]
DEGREES = re.compile("非常|特别")  # their 非 and 别 negate nothing
NEGATIONS = re.compile("[不没无未非别莫勿否难]")
TEXTS = [
    "小区门口的路灯坏了三天,一直没人修,太不方便了啊!",
    "请问公交车什么时候恢复?我们每天早上8:30上班,很不方便。",
    "现在地铁非常安静,坐车很舒服,谢谢司机!",
    "物业不处理垃圾,没有一个人管,难道非要投诉才行吗?",
    "别墅区无障碍通道未建成,勿停车",
    "停水了",
    "不",
]


def seeds(count):
    return [random.Random(seed) for seed in range(count)]


def negations(text):
    return "".join(NEGATIONS.findall(DEGREES.sub("", text)))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_changes_texts_of_some_length_in_a_way_that_preparing_leaves(kind):
    text = TEXTS[0]

    made = {prepare(kind(text, rng)) for rng in seeds(40)} - {text}

    assert made


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_empties_a_text_or_takes_a_negation_or_a_question_from_it(kind, text):
    for rng in seeds(150):
        made = kind(text, rng)
        said = negations if kind is reword else NEGATIONS.findall

        assert made.strip()
        assert said(made) == said(text)
        assert made.count("?") == text.count("?")


@pytest.mark.parametrize("text", TEXTS)
def test_a_disturbed_text_looks_like_a_prepared_one_and_is_the_same_for_a_seed(text):
    made = [disturb(text, rng) for rng in seeds(200)]

    assert all(each and prepare(each) == each for each in made)
    assert made == [disturb(text, rng) for rng in seeds(200)]


def test_every_kind_is_drawn_about_as_often_as_the_table_says():
    drawn = Counter()
    watched = {kind.__name__: share for kind, share in KINDS.items()}
    for rng in seeds(3000):
        drawn[rng.choices(list(KINDS), list(KINDS.values()))[0].__name__] += 1

    assert sum(watched.values()) == 100
    assert {name: pytest.approx(share / 100, abs=0.03) for name, share in watched.items()} == {
        name: count / 3000 for name, count in drawn.items()
    }


def test_most_disturbed_texts_differ_and_stay_alike():
    made = [disturb(TEXTS[0], rng) for rng in seeds(300)]

    assert sum(each != TEXTS[0] for each in made) > 200
    assert all(SequenceMatcher(None, TEXTS[0], each).ratio() > 0.5 for each in made)


def test_a_slip_changes_few_characters_and_never_empties_a_text():
    text = "".join(chr(0x4E00 + i) for i in range(400)) + "不没无"

    slipped = mistype(text, random.Random(1), 0.05)

    assert slipped != text
    assert 0.9 < SequenceMatcher(None, text, slipped).ratio() < 1
    assert slipped.endswith("不没无")
    assert mistype("坏", random.Random(3), 1.0).strip()


def test_what_follows_a_negation_is_neither_dropped_nor_moved_before_it():
    made = {mistype("不好", rng, 1.0) for rng in seeds(100)}

    assert made == {"不好好", "不 好"}


def test_rewording_swaps_one_to_three_words_of_one_group_each():
    others = {word: set(group) - {word} for group in GROUPS for word in group}

    for rng in seeds(200):
        changed = 0
        for word, made in zip(
            ["因为", "马路", "很", "噪音"],
            re.fullmatch("(.+)a(.+)b(.+)c(.+)", reword("因为a马路b很c噪音", rng)).groups(),
            strict=True,
        ):
            changed += made != word
            assert made == word or made in others[word]

        assert 1 <= changed <= 3


@pytest.mark.parametrize(
    "text", ["不方便", "没什么", "出现在门口", "五十分钟", "街道路面", "的确认", "上周围", "一周岁", "太阳", ""]
)
def test_words_after_negations_and_in_longer_words_stay(text):
    assert {reword(text, rng) for rng in seeds(30)} == {text}


def test_the_longest_listed_word_at_a_place_is_swapped():
    made = {reword("为什么", rng) for rng in seeds(50)}

    assert made == {"为啥", "为何"}


def test_marks_go_where_no_word_then_negates_another():
    rngs = seeds(20)

    made = {noise.unpunctuate("修了没,有人知道吗?6.5元,8:30来", rng) for rng in rngs}

    assert made == {"修了没 有人知道吗?6.5元8:30来", "修了没 有人知道吗?6.5元 8:30来"}


def test_clumps_survive_where_single_characters_are_closed_up():
    text = "电梯坏了三天没人修"

    made = {noise.clump(text, rng) for rng in seeds(30)}

    assert all(" " in each and each.replace(" ", "") == text and prepare(each) == each for each in made)
    assert prepare(" ".join(text)) == text
    assert noise.clump("停水", random.Random(0)) == "停水"


def test_a_particle_is_drawn_out_and_no_other_character():
    assert noise.stretch("太吵啊,真的", random.Random(0)) == "太吵啊啊,真的"
    assert noise.stretch("阿哈市呢绒厂", random.Random(0)) == "阿哈市呢绒厂"


def test_idle_words_and_tags_negate_nothing_and_are_written_as_prepared_texts_are():
    idle = [*noise._OPENINGS, *noise._CLOSINGS, *noise._TAGS]

    assert not [words for words in idle if NEGATIONS.search(words) or prepare(words) != words]
    assert len(set(idle)) == len(idle)


def test_the_list_of_synonyms_is_large_and_each_word_means_one_thing():
    assert len(GROUPS) >= 260
    assert all(len(group) >= 2 for group in GROUPS)
    assert not [word for word, count in Counter(WORDS + KEPT).items() if count > 1]


def test_synonyms_negate_nothing_are_short_and_are_written_as_prepared_texts_are():
    assert not [word for word in WORDS if negations(word) or prepare(word) != word or len(word) > 6]
    assert not [group for group in GROUPS if max(map(len, group)) - min(map(len, group)) > 4]


def test_each_kept_phrase_keeps_a_listed_word_from_being_swapped():
    def overlaps(phrase):
        ends = [phrase[i:] for i in range(1, len(phrase))]
        return any(word in phrase for word in WORDS) or any(word.startswith(end) for word in WORDS for end in ends)

    assert not [phrase for phrase in KEPT if not overlaps(phrase)]
