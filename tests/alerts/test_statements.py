"""What the extractor reads. The scores hold its promises on labelled sentences; the rest names single behaviours."""

import time

import pytest

from alerts.statements.read import read_sentence, read_text
from alerts.statements.sentences import split
from benchmarks.claims import claim_score, extras_found, form, replies, reports, value_score, written


def forms(text):
    return [form(one) for one in read_sentence(text)]


@pytest.mark.parametrize("part", ["dev", "held", "fresh", "last"])
def test_values_and_statuses_of_written_sentences_are_read(part):
    examples = [one for one in written() if one.part == part]

    assert len(examples) > 50
    assert value_score(examples, read_sentence).f1 >= 0.95
    assert claim_score(examples, read_sentence).f1 >= 0.90
    assert extras_found(examples) >= 0.8


@pytest.mark.shared
def test_three_hundred_sentences_half_of_them_real_are_read_as_promised():
    ours, theirs = written(), reports()

    assert len(theirs) >= 150
    assert len(ours) >= 150
    assert value_score(ours + theirs, read_sentence).f1 >= 0.95
    assert claim_score(ours + theirs, read_sentence).f1 >= 0.90


@pytest.mark.shared
def test_reports_full_of_growth_and_prices_yield_no_claim_that_is_not_there():
    innocent = [one for one in reports() if not one.claims]

    assert len(innocent) > 140
    assert [one.text for one in innocent if read_sentence(one.text)] == []


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("98.5%", "=98.5"),
        ("９８．５％", "=98.5"),
        ("百分之九十八点五", "=98.5"),
        ("百分之百", "=100"),
        ("百分百", "=100"),
        ("九成五", "=95"),
        ("九成半", "=95"),
        ("近九成", "~90"),
        ("约91%", "~91"),
        ("九成左右", "~90"),
        ("超过95%", ">=95"),
        ("95%以上", ">=95"),
        ("不低于95%", ">=95"),
        ("不到五成", "<=50"),
        ("95%至98%", "95-98"),
        ("95-98%", "95-98"),
    ],
)
def test_a_share_is_read_however_it_is_written(words, value):
    assert forms(f"居民满意率为{words}。") == [f"satisfaction level {value}"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("群众满意率达到95%。", "level"),
        ("力争群众满意率达到95%。", "goal"),
        ("确保群众满意率达到95%。", "goal"),
        ("到2027年，群众满意率要达到95%。", "goal"),
        ("计划投入300万元，群众满意率达到95%。", "goal"),
        ("为确保质量，项目部每日巡查，目前群众满意率达到95%。", "level"),
        ("去年计划改造20个小区，已全部完工，群众满意率达到95%。", "level"),
    ],
)
def test_an_aim_is_told_from_what_is_reached(text, status):
    assert f"satisfaction {status} =95" in forms(text)


def test_a_change_has_its_sign_and_does_not_become_a_level():
    assert forms("群众满意率同比提高5.2个百分点。") == ["satisfaction delta +5.2"]
    assert forms("群众满意率较去年下降0.6个百分点。") == ["satisfaction delta -0.6"]
    assert forms("噪声投诉量同比下降32%。") == ["resolution delta -32"]


def test_an_aimed_at_change_is_an_aim_without_a_level():
    assert forms("力争群众满意率提高3个百分点。") == ["satisfaction goal -"]


def test_where_something_came_from_is_not_claimed():
    assert forms("满意率由去年的89.4%提高到96.1%。") == ["satisfaction level =96.1"]
    assert forms("改造前居民满意率不足五成。") == []


def test_a_list_is_paired_in_order_and_left_out_when_its_lengths_do_not_fit():
    paired = forms("响应率、解决率、满意率分别为99.8%、95.6%和96.3%。")
    unpaired = forms("响应率、解决率、满意率分别为99.8%和95.6%。")

    assert paired == ["reply_rate level =99.8", "resolution level =95.6", "satisfaction level =96.3"]
    assert unpaired == []


@pytest.mark.parametrize(
    "text",
    [
        "全年地区生产总值增长5.6%。",
        "首付比例不低于20%，贷款利率下调0.25个百分点。",
        "“太方便了，百分之百满意！”家住附近的李大爷笑着说。",
        "据了解，邻市同类项目的群众满意率已达99%。",
        "如满意率低于90%，物业企业将被约谈。",
        "满意率达到95%以上的社区可评为示范社区。",
        "请问贵局所说的满意率98%是怎么得出来的？",
        "不满意率2.1%，主要集中在停车收费方面。",
        "该工程尚未完工。",
        "出行条件有待改善。",
        "在2所建成学校中开展试点。",
        "混凝土强度误差不超过3%。",
    ],
)
def test_what_is_no_claim_of_this_project_is_left_alone(text):
    assert forms(text) == []


def test_size_and_people_of_a_survey_come_with_the_share():
    (one,) = read_sentence("据第三方抽样调查1,200户，居民对改造的满意率达98.5%。")

    assert (one.survey_size, one.subject) == (1200, "居民")


def test_those_who_answered_count_not_those_who_were_asked():
    (one,) = read_sentence("共发放问卷500份，回收有效问卷486份，群众满意度为94.6%。")

    assert one.survey_size == 486


def test_a_survey_may_be_named_one_sentence_before_its_result():
    (sentence,) = read_text("第三方机构抽样调查1200户。居民满意率达98.5%。")

    assert sentence.stated[0].survey_size == 1200


def test_a_promise_keeps_its_date_in_its_own_words():
    (one,) = read_sentence("预计今年9月底前完工通车。")

    assert (form(one), one.due) == ("completion goal -", "今年9月底前")


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("夜间施工噪音得到有效控制。", "environment"),
        ("周边居民出行更加便捷。", "traffic"),
        ("滨河路改造工程已完工。", "progress"),
        ("居民满意率达95%。", None),
    ],
)
def test_a_claim_is_put_to_its_aspect(text, aspect):
    assert read_sentence(text)[0].aspect == aspect


def test_sentences_keep_their_place_in_the_text():
    text = "  一、总体情况\n滨河路改造已完工。“真好！路平了。”王先生说。居民满意率达95%！ "

    places = list(split(text))

    assert [sentence for _, sentence in places] == [
        "一、总体情况",
        "滨河路改造已完工。",
        "“真好！路平了。”王先生说。",
        "居民满意率达95%！",
    ]
    assert all(text[start : start + len(sentence)] == sentence for start, sentence in places)


@pytest.mark.parametrize(
    "piece", ["9", "%", "满意率", "力争", "从1%", "“，", "（", "全部完成", "九成", "、满意率", "分别为1%"]
)
def test_no_text_makes_the_work_grow_faster_than_its_length(piece):
    """A pattern that looks back over everything would take minutes here."""
    started = time.process_time()

    list(read_text(piece * (20_000 // len(piece))))

    assert time.process_time() - started < 20


@pytest.mark.shared
def test_real_replies_are_read_well_enough_to_be_proposed_on_demand():
    examples = replies()

    assert len(examples) == 64
    assert value_score(examples, read_sentence).f1 >= 0.95
    assert claim_score(examples, read_sentence).f1 >= 0.8
