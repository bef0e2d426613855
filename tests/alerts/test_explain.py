"""Each rule answers for every project, fired or not, in a Chinese sentence that a person can follow."""

import re

import pytest

from alerts.rules import RULES, default_rules
from minsheng.domain import Kind, Verdict

WORLDS = ("nothing", "few", "calm", "angry", "official only")


@pytest.fixture
def seen(request, world, make_seen, make_claim):
    posts = {
        "nothing": [],
        "few": world.posts(6),
        "calm": world.posts(300, (0.1, 0.3, 0.6), since=60),
        "angry": world.posts(300, (0.8, 0.1, 0.1), since=60),
        "official only": world.posts(30, kind=Kind.OFFICIAL),
    }[request.param]
    return make_seen(posts, make_claim(), make_claim(id="c2", reviewed=False))


@pytest.mark.parametrize("seen", WORLDS, indirect=True)
@pytest.mark.parametrize("rule", default_rules(), ids=list(RULES))
def test_every_rule_answers_every_project_with_a_reason(rule, seen):
    findings = rule.check(seen)

    assert findings
    assert len({finding.key for finding in findings}) == len(findings)
    for finding in findings:
        assert finding.rule == rule.name
        assert finding.project == "road"
        assert finding.fired == (finding.verdict is Verdict.DIVERGES)
        assert re.search(r"[\u4e00-\u9fff].*。$", finding.why)
        assert len(finding.evidence.quotes) <= 10
        assert finding.evidence.window.until <= seen.now


@pytest.mark.parametrize("seen", ["few"], indirect=True)
@pytest.mark.parametrize("rule", default_rules(), ids=list(RULES))
def test_too_few_comments_is_said_with_a_number_and_never_fires(rule, seen):
    for finding in rule.check(seen):
        assert finding.verdict is Verdict.NOT_ASSESSABLE
        assert "样本不足" in finding.why or "未经人工确认" in finding.why


@pytest.mark.parametrize("seen", ["angry"], indirect=True)
@pytest.mark.parametrize("rule", default_rules(), ids=list(RULES))
def test_a_reason_never_calls_a_claim_false_nor_speaks_for_residents(rule, seen):
    for finding in rule.check(seen):
        assert not re.search("虚假|造假|谎|居民认为|群众认为|市民认为", finding.why)


@pytest.mark.parametrize("rule", default_rules(), ids=list(RULES))
def test_a_reason_is_the_same_at_every_look(rule, world, make_seen, make_claim):
    seen = make_seen(world.posts(200, (0.5, 0.2, 0.3), since=60), make_claim())

    assert rule.check(seen) == rule.check(seen)
