from dataclasses import replace

import pytest

from alerts.peers import ENOUGH_PEERS, peer_shares
from alerts.prevalence import THIN, estimate
from minsheng.domain import Department, Evidence, Finding, Project, Verdict, Window

TRANSPORT, PARKS = Department("jtj", "市交通局", ()), Department("yl", "市园林局", ())
ROAD = Project("road", "新华路改造", (), "示例市", TRANSPORT, "road")


def roads(number, department=TRANSPORT, tag="near", kind="road"):
    return [Project(f"{tag}{n}", f"路{n}", (), "示例市", department, kind) for n in range(number)]


@pytest.fixture
def make_finding(world, calibration, now):
    shares = estimate(world.posts(60), calibration, seed=1)

    def make(project, negative, posts=60, effective=60.0):
        found = replace(
            shares, negative=negative, neutral=0.9 - negative, positive=0.1, posts=posts, effective=effective
        )
        evidence = Evidence("负面占比", posts, effective, Window(now, now), prevalence=found)
        return Finding("divergence", project.id, False, Verdict.COMPATIBLE, "", evidence, target=str(posts))

    return make


def known(projects):
    return {project.id: project for project in [ROAD, *projects]}


def test_peers_are_projects_of_the_same_type_and_department(make_finding):
    near, far = roads(3), roads(3, PARKS, "far")
    findings = [*(make_finding(one, 0.2) for one in near), *(make_finding(one, 0.8) for one in far)]

    assert peer_shares(ROAD, known([*near, *far]), findings) == pytest.approx((0.2, 0.7, 0.1))


def test_with_too_few_in_the_department_the_type_alone_decides(make_finding):
    near, far = roads(2), roads(2, PARKS, "far")
    findings = [*(make_finding(one, 0.2) for one in near), *(make_finding(one, 0.8) for one in far)]

    assert peer_shares(ROAD, known([*near, *far]), findings)[0] == pytest.approx(0.5)


def test_fewer_than_three_known_peers_are_no_prior(make_finding):
    few = roads(ENOUGH_PEERS - 1)
    parks = roads(5, tag="park", kind="park")
    thin = [make_finding(one, 0.2, effective=19.0) for one in roads(5, tag="thin")]
    findings = [*(make_finding(one, 0.2) for one in [*few, *parks, ROAD]), *thin]

    assert peer_shares(ROAD, known([*few, *parks, *roads(5, tag="thin")]), findings) is None


def test_projects_without_a_type_have_no_peers(make_finding):
    others = roads(5, kind="other")
    findings = [make_finding(one, 0.2) for one in others]

    assert peer_shares(replace(ROAD, type="other"), known(others), findings) is None


def test_a_peer_counts_once_by_its_widest_measurement(make_finding):
    near = roads(3)
    findings = [*(make_finding(one, 0.2) for one in near), make_finding(near[0], 0.5, posts=600)]

    assert peer_shares(ROAD, known(near), findings)[0] == pytest.approx((0.5 + 0.2 + 0.2) / 3)


def test_peers_narrow_the_interval_of_a_small_project_and_say_so(world, calibration):
    posts = world.posts(25, per_thread=1)

    alone = estimate(posts, calibration, seed=1)
    helped = estimate(posts, calibration, prior=(0.5, 0.2, 0.3), seed=1)

    assert helped.high - helped.low < alone.high - alone.low
    assert (alone.peer_comments, helped.peer_comments) == (0, 10)
    assert helped.negative == alone.negative


def test_peers_have_no_say_where_comments_are_many(world, calibration):
    posts = world.posts(2 * int(THIN), per_thread=1)

    assert estimate(posts, calibration, prior=(0.9, 0.05, 0.05), seed=1) == estimate(posts, calibration, seed=1)
