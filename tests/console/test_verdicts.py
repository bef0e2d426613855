from datetime import date

import pytest

from console.verdicts import claim_finding, measured, project_share, stand
from minsheng.detection import Detection, Tier
from minsheng.domain import ClaimKind, ClaimStatus, Verdict


def test_the_gravest_comparison_is_the_projects(make_finding):
    mild = make_finding(verdict=Verdict.COMPATIBLE, fired=False)

    assert stand([mild, make_finding()]).word == "偏离"
    assert stand([mild]).word == "相符"


def test_other_rules_do_not_judge_claims(make_finding):
    surge = make_finding(rule="surge", verdict=Verdict.DIVERGES)

    assert stand([surge]).word == "无法判断"
    assert stand([surge]).finding is None


def test_too_few_comments_are_said_to_be_too_few(thin):
    assert stand([thin]).word == "样本不足"


@pytest.mark.parametrize(
    "fields",
    [{"status": ClaimStatus.GOAL}, {"kind": ClaimKind.COMPLETION}, {"reviewed": False}, None],
    ids=["goal", "completion", "unreviewed", "no claim"],
)
def test_what_more_comments_would_not_settle_is_not_called_too_few(make_finding, make_evidence, make_claim, fields):
    claim = None if fields is None else make_claim(**fields)
    few = make_evidence(posts=3, effective=0.0, share=None, prevalence=None)

    judged = stand([make_finding(verdict=Verdict.NOT_ASSESSABLE, fired=False, evidence=few, claim=claim)])

    assert judged.word == "无法判断"


def test_the_share_is_of_negative_comments_when_it_was_estimated(make_evidence):
    found = measured(make_evidence(share=0.9, measure="未回复的比例"))

    assert (found.name, found.value, found.posts) == ("负面占比", 0.62, 60)


def test_another_quantity_keeps_its_own_name(make_evidence):
    found = measured(make_evidence(share=0.4, measure="未回复的比例", prevalence=None))

    assert (found.name, found.value) == ("未回复的比例", 0.4)


def test_an_estimate_from_too_few_comments_is_not_shown(make_evidence, make_prevalence, thin):
    assert measured(make_evidence(prevalence=make_prevalence(15, 12.0))) is None
    assert project_share([thin]) is None


def test_a_claim_finds_its_own_comparison(make_claim, make_finding):
    other = make_finding(claim=make_claim(9))

    assert claim_finding(make_claim(9), [make_finding(), other]) is other
    assert claim_finding(make_claim(8), [make_finding(), other]) is None


@pytest.mark.parametrize(
    ("tier", "word"), [(Tier.WATCH, "有张力·关注"), (Tier.QUIET, "有张力"), (Tier.ALARM, "有张力")]
)
def test_a_claim_on_watch_says_so_beside_its_verdict(make_finding, make_evidence, tier, word):
    found = Detection(tier, 80.0, 7300.0, 73.0, 2.0, 40, date(2026, 1, 5), date(2026, 3, 8), 0.3, 0.5, "civic-1")
    finding = make_finding(verdict=Verdict.TENSION, fired=False, evidence=make_evidence(detection=found))

    assert stand([finding]).word == word
