import random
from itertools import pairwise

import pytest

from benchmarks.redactor import pieces_of, read_written, scores
from crawlers.masking import KINDS, find, mark_of, mask
from crawlers.masking.persons import LABELS, PERSONS
from crawlers.masking.surnames import COMPOUND, ODD, RARE, SURNAMES

SENTENCES = read_written()


@pytest.fixture(scope="module")
def score():
    return scores((sentence, pieces_of(sentence.text)) for sentence in SENTENCES)


def test_the_written_set_is_large_and_half_of_it_holds_nothing_to_mask():
    empty = sum(not sentence.pieces for sentence in SENTENCES)

    assert len(SENTENCES) >= 2_000
    assert 0.4 <= empty / len(SENTENCES) <= 0.65
    assert {kind for sentence in SENTENCES for *_, kind in sentence.pieces} == set(KINDS)


@pytest.mark.parametrize("kind", [*KINDS, "all"])
def test_nearly_all_pieces_are_found_with_their_exact_bounds(score, kind):
    assert score[kind].recall >= 0.98


@pytest.mark.parametrize("kind", [*KINDS, "all"])
def test_nearly_all_that_is_found_is_personal(score, kind):
    assert score[kind].precision >= 0.98


def test_masking_any_mixture_of_the_sentences_twice_changes_nothing_more():
    dice = random.Random(11)
    texts = [
        dice.choice(["", " ", "，", "\n", "、", "😀", "[电话]"]).join(s.text for s in dice.sample(SENTENCES, 4))
        for _ in range(600)
    ]

    masked = [mask(text)[0] for text in texts]

    assert [mask(text) for text in masked] == [(text, 0) for text in masked]


def test_any_run_of_the_words_that_the_rules_know_can_be_masked_and_only_once():
    dice = random.Random(7)
    words = [
        *LABELS,
        *PERSONS,
        *COMPOUND.split("|"),
        *SURNAMES,
        *RARE,
        *ODD,
        *"明国人和先女士您好同志：，、。（）的是叫我家住3楼13800131234",
    ]

    texts = ["".join(dice.choices(words, k=dice.randint(1, 9))) for _ in range(6000)]

    masked = [mask(text)[0] for text in texts]
    assert [mask(text) for text in masked] == [(text, 0) for text in masked]


def test_pieces_are_in_order_and_what_lies_between_them_is_kept_letter_by_letter():
    text = "👨‍👩‍👧我叫李建国，☎️１３８００１３１２３４，𠮷野家旁翠湖小区3栋2单元501室🏠️，QQ1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣ok"

    found = find(text)

    assert [one.kind for one in found] == ["姓名", "电话", "住址", "QQ"]
    assert mask(text)[0] == "👨‍👩‍👧我叫[姓名]，☎️[电话]，𠮷野家旁翠湖小区[住址]🏠️，QQ[QQ]ok"
    assert all(left.end <= right.start for left, right in pairwise(found))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_is_never_masked_again_in_either_form_of_brackets(kind):
    text = f"我叫{mark_of(kind)}，电话{mark_of(kind)}、〔{kind}〕"

    assert mask(text) == (text, 0)


def test_traditional_and_full_width_texts_are_read_like_simplified_ones():
    text = "聯繫人：張志強，電話：１３８００１３１２３４，身份證號碼１１０１０５１９４９１２３１００２Ｘ，翠湖小區3棟2單元501室"

    masked, count = mask(text)

    assert masked == "聯繫人：[姓名]，電話：[电话]，身份證號碼[身份证]，翠湖小區[住址]"
    assert count == 4


def test_a_private_letter_in_a_text_does_not_pass_for_something_found():
    assert mask("\ue000、88665110") == ("\ue000、88665110", 0)


def test_a_number_hidden_by_letters_without_width_is_found_and_they_go_with_it():
    assert mask("电话138\u200b0013\u200b1234\ufe0f，谢谢") == ("电话[电话]，谢谢", 1)


HARD = {
    "digits": "1" * 100_000,
    "digits and spaces": "1 3 " * 25_000,
    "mail without @": "a." * 50_000 + "@",
    "many @": "a@" * 50_000,
    "phone words": "电话" * 50_000,
    "spaces after a word": "微信" + " " * 99_998,
    "dashes": "138-" * 25_000,
    "spoken digits": "一三" * 50_000,
    "stars": "138" + "*" * 99_997,
    "doors": "3栋" * 50_000,
    "door numbers": "1号2-" * 25_000,
    "lives": "住在" * 50_000 + "3号",
    "surnames": "王" * 100_000,
    "labels": "联系人：" * 25_000,
    "name lists": "房东张伟、" * 20_000,
    "phone lists": "13800131234、" + "88665110、" * 11_000,
    "quotes": "网友“" * 33_000,
    "replies": "回复 " * 33_000,
    "brackets": "[" * 100_000,
    "marks": "[电话]" * 25_000,
    "found everywhere": "13800131234，" * 8_000,
    "found behind dots": "13800131234." * 8_000,
    "letters": "wxvxqq" * 16_000,
    "no width": "1\u200b" * 50_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HARD.values(), ids=HARD.keys())
def test_a_text_made_to_be_slow_ends_and_its_masked_form_is_final(text):
    masked, _ = mask(text)

    assert mask(masked)[1] == 0
