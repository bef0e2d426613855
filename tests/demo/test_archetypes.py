"""With every comment read as it is meant, the rules say of each project what it was written to show.

The readings here are the writers' own, so that this is a test of the content and not of a model.
"""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from alerts.base import Observation
from alerts.claims import load_claims
from alerts.detections import DetectorStore
from alerts.rules.divergence import Divergence
from alerts.rules.focus_gap import FocusGap
from alerts.rules.standards_gap import StandardsGap
from alerts.rules.surge import Surge
from alerts.rules.unanswered import Unanswered
from app.detection import DailyWatch
from crawlers.source import load_sources
from demo.content import BOARD, GOV, Comment, ProjectContent
from minsheng.detection import Tier
from minsheng.domain import Calibration, Kind, LabelledPost, Opinion, Post, Reading, Verdict
from minsheng.register import load_register

OPINIONS = {
    "neg": Opinion(0.96, 0.02, 0.02),
    "neu": Opinion(0.02, 0.96, 0.02),
    "pos": Opinion(0.02, 0.02, 0.96),
}
EXACT = Calibration(
    "as meant",
    soft=((0.96, 0.02, 0.02), (0.02, 0.96, 0.02), (0.02, 0.02, 0.96)),
    counts=((196, 2, 2), (2, 196, 2), (2, 2, 196)),
)
TOPIC_OF = {"traffic": "transport", "health": "health", "education": "education", "environment": "environment"}
OFFICIAL = {"yingyue-bridge": ("urban", "facilities"), "yunling-newtown": ("commerce", "other")}
"""What the releases of two projects are about; of the others it does not matter here."""


def labelled(project: str, post: Post, opinion: Opinion, topic: str, aspect: str) -> LabelledPost:
    return LabelledPost(post, Reading((project,), opinion, topic, aspect, post.text, "as meant"))


def post(number: str, source: str, kind: Kind, title: str, text: str, at, **more) -> Post:
    return Post(number, source, kind, f"http://x/{number}", f"http://x/{title}", title, text, at, at, **more)


def voices_of(page: ProjectContent, city) -> list[LabelledPost]:
    meant: dict[str, Comment] = {one.text: one for thread in page.threads for one in thread.comments}
    titles = {thread.title for thread in page.threads}
    found = []
    for talk in (*city.forum, *city.board, *city.news):
        if talk.title not in titles:
            continue
        for voice in talk.voices:
            comment = meant[voice.text]
            topic = TOPIC_OF.get(comment.aspect, "urban")
            said = post(voice.number, talk.source, Kind.PUBLIC, talk.title, voice.text, voice.at, place=voice.place)
            found.append(labelled(page.project, said, OPINIONS[comment.label], topic, comment.aspect))
            if voice.reply:
                reply = post(
                    f"{voice.number}:reply", BOARD, Kind.OFFICIAL, talk.title, voice.reply.text, voice.reply.at,
                    reply_to=voice.number,
                )  # fmt: skip
                found.append(labelled(page.project, reply, OPINIONS["neu"], topic, comment.aspect))
    return found


def releases_of(page: ProjectContent, city) -> list[LabelledPost]:
    slugs = {release.slug for release in page.releases}
    topic, aspect = OFFICIAL.get(page.project, ("urban", "progress"))
    return [
        labelled(
            page.project,
            post(bulletin.slug, GOV, Kind.OFFICIAL, bulletin.title, "".join(bulletin.paragraphs), bulletin.at),
            OPINIONS["neu"],
            topic,
            aspect,
        )
        for bulletin in city.bulletins
        if bulletin.slug in slugs
    ]


@pytest.fixture
def seen(pages, city, deployment):
    """Return what a rule sees of a project."""
    register = load_register(deployment / "projects")
    claims = load_claims(deployment / "claims", register.projects)
    sources = {name: config.source for name, config in load_sources(deployment / "sources").items()}

    @cache
    def of(project: str) -> Observation:
        page = next(page for page in pages if page.project == project)
        posts = sorted(voices_of(page, city) + releases_of(page, city), key=lambda item: item.post.published_at)
        own = [claim for claim in claims if claim.project == project]
        return Observation(register.projects[project], city.now, posts, own, EXACT, sources, {})

    return of


@pytest.mark.parametrize(
    ("project", "claim", "verdict"),
    [
        ("mianfang-estate", "mianfang-satisfaction", Verdict.DIVERGES),
        ("yuxi-river", "yuxi-resolved", Verdict.DIVERGES),
        ("dongpu-school", "dongpu-replies", Verdict.DIVERGES),
        ("cuiping-park", "cuiping-satisfaction", Verdict.COMPATIBLE),
        ("metro-line-3", "metro-opening", Verdict.NOT_ASSESSABLE),
        ("shiqiao-library", "shiqiao-satisfaction", Verdict.NOT_ASSESSABLE),
        ("wenchang-road", "wenchang-north", Verdict.NOT_ASSESSABLE),
        ("second-hospital-east", "hospital-experience", Verdict.NOT_ASSESSABLE),
    ],
)
def test_each_claim_stands_to_the_comments_as_it_was_written_to(seen, project, claim, verdict):
    findings = {finding.target: finding for finding in Divergence().check(seen(project))}

    assert findings[claim].verdict is verdict, findings[claim].why


def test_the_goal_is_not_assessed_because_it_is_a_goal(seen):
    (finding,) = Divergence().check(seen("metro-line-3"))

    assert "目标" in finding.why


def test_the_library_has_too_few_comments(seen):
    (finding,) = Divergence().check(seen("shiqiao-library"))

    assert "样本不足" in finding.why


@pytest.mark.parametrize(
    ("rule", "project"),
    [
        (StandardsGap, "yingyue-bridge"),
        (FocusGap, "yunling-newtown"),
        (Unanswered, "dongpu-school"),
        (Surge, "wenchang-road"),
    ],
)
def test_each_rule_fires_for_the_project_that_was_written_for_it(seen, rule, project):
    findings = rule().check(seen(project))

    assert any(finding.fired for finding in findings), [finding.why for finding in findings]


@pytest.mark.parametrize("rule", [StandardsGap, FocusGap, Unanswered, Surge])
@pytest.mark.parametrize("project", ["cuiping-park", "shiqiao-library", "second-hospital-east"])
def test_quiet_projects_stay_quiet(seen, rule, project):
    assert not any(finding.fired for finding in rule().check(seen(project)))


@pytest.mark.parametrize("project", ["mianfang-estate", "binjiang-street", "yuxi-river"])
def test_copies_are_many_posts_of_one_voice(seen, project):
    finding = Divergence().check(seen(project))[0]

    assert finding.evidence.posts >= finding.evidence.effective + 20


def test_most_of_what_is_said_about_the_bridge_is_within_the_window(seen):
    observation = seen("yingyue-bridge")

    assert all(item.post.published_at > observation.now - timedelta(days=180) for item in observation.posts)


def test_the_daily_watch_alarms_for_the_claims_that_part_from_the_comments_and_for_no_other(seen, tmp_path):
    pages = ("mianfang-estate", "cuiping-park", "yuxi-river", "yingyue-bridge", "shiqiao-library", "binjiang-street")
    claims = [claim for page in pages for claim in seen(page).claims]
    daily = DailyWatch(DetectorStore(tmp_path / "alerts.sqlite"), Divergence(), claims, EXACT)

    found = {}
    for page in pages:
        world = seen(page)
        found |= daily.look(page, world.claims, world.posts, world.now)

    assert {claim for claim, one in found.items() if one.tier is Tier.ALARM} == {
        "mianfang-satisfaction",
        "yuxi-resolved",
    }
    assert all(one.tier is Tier.QUIET for one in found.values() if one.tier is not Tier.ALARM)


def test_a_claim_that_parts_fires_with_its_alarm_and_not_without(seen, tmp_path):
    world = seen("yuxi-river")
    daily = DailyWatch(DetectorStore(tmp_path / "alerts.sqlite"), Divergence(), world.claims, EXACT)
    detections = daily.look("yuxi-river", world.claims, world.posts, world.now)
    quiet = {claim: replace(one, tier=Tier.QUIET, raised=None) for claim, one in detections.items()}

    (fires,) = Divergence().check(replace(world, detections=detections))
    (waits,) = Divergence().check(replace(world, detections=quiet))

    assert (fires.fired, fires.verdict) == (True, Verdict.DIVERGES)
    assert "达到提示门槛" in fires.why
    assert fires.evidence.detection.version.startswith("as meant-")
    assert (waits.fired, waits.verdict) == (False, Verdict.TENSION)
    assert "未到提示门槛" in waits.why
