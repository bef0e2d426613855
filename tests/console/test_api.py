"""The HTTP API: the same answers as the pages, described by a document that holds, and no way to break it."""

from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS
from starlette.testclient import TestClient

from console.access.limits import Limits
from console.api.app import CALLS, PATH
from console.app import create_app
from indexer.memory import MemoryIndex
from minsheng.errors import IndexUnavailable

PAGES = 3


@pytest.fixture
def index():
    return MemoryIndex()


def test_a_search_is_paged_by_its_cursor_to_the_last_hit(client):
    seen, after = [], ""
    for _ in range(PAGES):
        answer = client.get(
            f"{PATH}/posts", params={"limit": 2, "fold": False} | ({"after": after} if after else {})
        ).json()
        seen += [post["id"] for post in answer["posts"]]
        after = answer["next"]

    assert (answer["total"], len(set(seen)), after) == (6, 6, None)


def test_a_post_is_given_as_it_is_labelled_and_without_anybody_who_wrote_it(client):
    post = client.get(f"{PATH}/posts", params={"q": "噪声"}).json()["posts"][0]

    assert post["sentiment"] == "negative"
    assert post["projects"] == ["road"]
    assert post["probabilities"] == {"negative": 0.9, "neutral": 0.05, "positive": 0.05}
    assert client.get(f"{PATH}/posts/one", params={"id": post["id"]}).json() == post
    assert not {"author", "user", "place", "likes"} & set(post)


def test_counts_facets_and_histograms_agree_with_the_search(client):
    asked = {"kind": "public", "fold": False}

    count = client.get(f"{PATH}/posts/count", params=asked).json()["count"]
    projects = client.get(f"{PATH}/posts/facets/project", params=asked).json()["values"]
    bars = client.get(f"{PATH}/posts/histogram", params=asked | {"interval": "month"}).json()["bars"]

    assert count == sum(bar["count"] for bar in bars) == 5
    assert {each["value"]: each["count"] for each in projects} == {"road": 4, "park": 1}


def test_similar_posts_come_nearest_first(desk, open_console, make_labelled):
    desk.index.add(
        [
            make_labelled("甲", id="a", vector=(10, 0)),
            make_labelled("乙", id="b", vector=(10, 1)),
            make_labelled("丙", id="c", vector=(10, 5)),
        ]
    )

    found = open_console(desk).get(f"{PATH}/posts/similar", params={"post": "a", "floor": -1}).json()

    assert [each["post"]["id"] for each in found["posts"]] == ["b", "c"]


def test_projects_claims_alerts_and_sources_are_what_the_pages_show(client):
    measures = client.get(f"{PATH}/projects/road/measures").json()

    assert [each["id"] for each in client.get(f"{PATH}/projects").json()] == ["road", "park"]
    assert client.get(f"{PATH}/projects/road").json()["phases"][0]["name"] == "construction"
    assert (measures["comments"], measures["statements"], measures["share"]) == (4, 1, None)
    assert [each["rule"] for each in measures["findings"]] == ["divergence", "surge"]
    assert [each["reviewed"] for each in client.get(f"{PATH}/claims").json()] == [True, False, True]
    assert [each["state"] for each in client.get(f"{PATH}/alerts").json()] == ["open", "closed"]
    assert {each["name"]: each["state"] for each in client.get(f"{PATH}/sources").json()} == {
        "forum": "changed",
        "board": "never",
        "gov": "ok",
    }


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/posts?limit=0", 400, "limit"),
        ("/posts?limit=x", 400, "limit"),
        ("/posts?nonsense=1", 400, "nonsense"),
        ("/posts?q=(", 400, "括号"),
        ("/posts?q=项目:没有的", 400, "没有的"),
        ("/posts?since=2026-13-01", 400, "since"),
        ("/posts?since=2026-03-02&until=2026-03-01", 400, "早于"),
        ("/posts?topic=weather", 400, "weather"),
        ("/posts?after=zzz", 400, "after"),
        ("/posts/facets/author", 400, "facet"),
        ("/posts/one?id=none", 404, "none"),
        ("/posts/similar?post=none", 404, "none"),
        ("/posts/similar?post=forum:1", 409, "forum:1"),
        ("/projects/none", 404, "none"),
        ("/projects/none/measures", 404, "none"),
        ("/nowhere", 404, "Not Found"),
    ],
)
def test_what_is_wrong_is_told_as_problem_details(client, address, status, said):
    answer = client.get(PATH + address)

    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_nothing_can_be_changed_over_the_api(client):
    answer = client.post(f"{PATH}/posts")

    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_index_that_cannot_be_read_is_503_and_a_bug_is_500_without_its_words(desk):
    from dataclasses import replace

    class Broken(MemoryIndex):
        def count(self, query):
            raise IndexUnavailable("the disk is away") if not query.projects else RuntimeError("secret detail")

    client = TestClient(
        create_app(replace(desk, index=Broken())), base_url="http://localhost", raise_server_exceptions=False
    )
    away, bug = client.get(f"{PATH}/posts/count"), client.get(f"{PATH}/posts/count?project=road")

    assert (away.status_code, away.json()["detail"]) == (503, "the disk is away")
    assert (bug.status_code, "secret" in bug.text) == (500, False)


def test_a_token_ends_by_date_and_by_hand_and_is_kept_as_a_digest(guarded, entrance, desk, tmp_path):
    client = guarded()
    token, key = entrance.tokens.add("报表程序", ["posts"], "", desk.now(), timedelta(days=1))
    _, old = entrance.tokens.add("old", ["posts"], "", desk.now() - timedelta(days=2), timedelta(days=1))

    def status(sent):
        return client.get(f"{PATH}/posts/count", headers={"Authorization": f"Bearer {sent}"}).status_code

    before = [status(sent) for sent in (key, old, key[:-1], key + "x", "", "minsheng_", token.id)]
    entrance.tokens.revoke(token.id, desk.now())

    assert before == [200, 401, 401, 401, 401, 401, 401]
    assert status(key) == 401
    files = b"".join(path.read_bytes() for path in (tmp_path / "access").iterdir())
    assert key.encode() not in files
    assert key.removeprefix("minsheng_").encode() not in files


def test_a_wrong_token_is_not_forgiven_because_somebody_is_logged_in(guarded, log_in):
    client = guarded()
    log_in(client)

    assert client.get(f"{PATH}/posts/count", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_token_of_a_department_sees_its_projects(guarded, entrance, desk):
    client = guarded()
    keys = [
        entrance.tokens.add("x", ["posts", "projects"], to, desk.now(), timedelta(days=1))[1]
        for to in ("housing", "water")
    ]

    seen = [client.get(f"{PATH}/projects", headers={"Authorization": f"Bearer {key}"}).json() for key in keys]

    assert [[each["id"] for each in projects] for projects in seen] == [["road", "park"], []]


def test_who_asks_too_often_waits_and_others_do_not(guarded, entrance, desk):
    client = guarded(requests_per_minute=3)
    keys = [entrance.tokens.add("x", ["posts"], "", desk.now(), timedelta(days=1))[1] for _ in range(2)]

    answers = [client.get(f"{PATH}/posts/count", headers={"Authorization": f"Bearer {keys[0]}"}) for _ in range(4)]
    other = client.get(f"{PATH}/posts/count", headers={"Authorization": f"Bearer {keys[1]}"})

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "20"
    assert answers[-1].json()["title"] == "Too Many Requests"
    assert other.status_code == 200


def test_a_limit_refills_evenly(now):
    limits = Limits(60)

    first = [limits.wait("a", now) for _ in range(61)]
    second = [limits.wait("a", now + timedelta(seconds=second)) for second in (0.5, 1, 1, 2)]

    assert [wait is None for wait in first] == [True] * 60 + [False]
    assert [wait is None for wait in second] == [False, True, False, True]


def test_prometheus_reads_what_there_is_and_how_long_answers_take(client):
    client.get("/project/road")
    client.get("/nowhere")
    client.get(f"{PATH}/posts/count")

    text = client.get("/metrics").text

    assert "minsheng_posts 6.0" in text
    assert 'minsheng_alerts{state="open"} 1.0' in text
    assert 'minsheng_request_seconds_count{method="GET",route="/project/{id}",status="200"} 1.0' in text
    assert 'minsheng_request_seconds_count{method="GET",route="other",status="404"} 1.0' in text
    assert f'route="{PATH}/posts/count"' in text
    assert "滨河路" not in text


@pytest.mark.parametrize("path", [call.path for call in CALLS])
def test_whatever_the_document_allows_is_answered_as_the_document_says(desk, path):
    app = create_app(desk)
    schema = schemathesis.openapi.from_asgi(f"{PATH}/openapi.json", app, headers={"Host": "localhost"})
    checks = CHECKS.get_by_names(
        ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
    )

    @given(case=schema[path]["GET"].as_strategy())
    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        case.call_and_validate(base_url=f"http://localhost{PATH}", checks=checks)

    ask()
