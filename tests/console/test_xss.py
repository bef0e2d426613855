"""Comments, titles, names and queries of strangers are text on every page, whatever they look like."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from console.access.roles import Person, Role
from indexer.memory import MemoryIndex
from minsheng.domain import Kind, Source

PAYLOADS = (Path(__file__).parents[1] / "fixtures" / "xss.txt").read_text(encoding="utf-8").splitlines()
FORBIDDEN = {
    "script",
    "iframe",
    "object",
    "embed",
    "base",
    "style",
    "math",
    "template",
    "noscript",
    "marquee",
    "video",
    "audio",
    "xss",
    "isindex",
    "animate",
    "use",
    "image",
}
FORMS = {"/search", "/login", "/logout", "/similar"}


OURS = [("src", "/static/brush.js"), ("defer", None)]
"""The one script of the pages here: a file of ours."""


class Reader(HTMLParser):
    """Reads a page as a browser would, and keeps what could run."""

    def __init__(self):
        super().__init__()
        self.wrong, self.text = [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        scheme = [
            name
            for name in ("href", "src", "action", "formaction", "xlink:href")
            if ":" in (found.get(name) or "").split("/")[0]
        ]
        bad = [name for name in scheme if not found[name].startswith(("http://", "https://"))]
        handlers = [name for name in found if name.startswith("on") or name in {"style", "srcdoc", "http-equiv"}]
        foreign = tag in {"link", "img", "form"} and "evil" in str(found)
        if tag == "script" and attrs == OURS:
            return
        if tag in FORBIDDEN or bad or handlers or foreign or (tag == "form" and found.get("action") not in FORMS):
            self.wrong.append((tag, attrs))

    def handle_data(self, data):
        self.text.append(data)


def read(answer):
    reader = Reader()
    reader.feed(answer.text)
    reader.close()
    return reader


@pytest.fixture
def index():
    return MemoryIndex()


@pytest.fixture
def hostile(desk, make_labelled, make_claim, make_finding, make_evidence, make_quote):
    """A desk on which every text is one that strangers could have written."""
    names = {
        f"p{number}": replace(desk.projects["road"], id=f"p{number}", name=text, aliases=(text,), region=text)
        for number, text in enumerate(PAYLOADS)
    }
    desk.index.add(
        make_labelled(text, title=text, url=text, thread=text, projects=(f"p{number}",), vector=(number + 1, 3))
        for number, text in enumerate(PAYLOADS)
    )
    quotes = tuple(make_quote(text) for text in PAYLOADS)
    claims = [
        make_claim(number, text, project=f"p{number}", publisher=text, source_url=text, subject=text)
        for number, text in enumerate(PAYLOADS)
    ]
    findings = [
        make_finding(
            project=one.project, claim=one, why=one.text, evidence=make_evidence(measure=one.text, quotes=quotes[:3])
        )
        for one in claims
    ]
    return replace(
        desk,
        office=PAYLOADS[3],
        region=PAYLOADS[3],
        model=PAYLOADS[3],
        projects=names,
        claims=lambda: claims,
        findings=lambda project: [one for one in findings if project in (None, one.project)],
        alerts=lambda: [replace(desk.alerts()[0], id=str(number), finding=one) for number, one in enumerate(findings)],
        sources={text: Source(text, text, Kind.PUBLIC, text) for text in PAYLOADS},
    )


def test_the_corpus_is_large_enough_and_the_reader_sees_what_is_wrong():
    found = [
        text for text in PAYLOADS if "<" in text and "pwned" in text and read(type("Answer", (), {"text": text})).wrong
    ]

    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60
    assert len(found) > 35


@pytest.mark.parametrize(
    "address", ["/", "/search?fold=0", "/search?q=pwned&alike=1", "/alerts", "/claims", "/sources", "/method"]
)
def test_pages_of_hostile_texts_hold_nothing_that_runs(hostile, open_console, address):
    answer = open_console(hostile).get(address)

    assert answer.status_code == 200
    assert read(answer).wrong == []
    assert any("pwned" in text for text in read(answer).text)


def test_project_pages_similar_posts_and_replies_of_hostile_names_hold_nothing_that_runs(hostile, open_console):
    client = open_console(hostile)

    for number, text in enumerate(PAYLOADS):
        answers = [client.get(f"/project/p{number}")]
        answers += [client.get("/similar", params={"post": f"forum:{number + 7}"})] if number % 10 == 0 else []
        assert [answer.status_code for answer in answers] == [200] * len(answers)
        assert [read(answer).wrong for answer in answers] == [[]] * len(answers), text


def test_queries_are_shown_as_they_were_typed_and_as_nothing_else(desk, open_console):
    client = open_console(desk)

    for text in PAYLOADS:
        answers = [
            client.get("/search", params={"q": text}),
            client.get("/search", params={"project": text, "since": text}),
            client.get(f"/search?{text}=1"),
            client.get("/project/" + text.replace("/", "")),
        ]
        assert {answer.status_code for answer in answers} <= {200, 400, 404}
        assert [read(answer).wrong for answer in answers] == [[]] * 4, text
        assert "49" not in answers[0].text or "49" in text


def test_the_login_page_shows_what_was_typed_and_runs_nothing(guarded, token_of):
    client = guarded()

    for text in PAYLOADS[:25]:
        answer = client.post("/login", data={"csrf": token_of(client), "name": text, "password": "x", "next": text})
        assert answer.status_code in {403, 429}
        assert read(answer).wrong == []


def test_a_person_whose_name_is_hostile_cannot_be_made(entrance, now):
    from minsheng.errors import ConfigError

    for text in PAYLOADS:
        with pytest.raises(ConfigError, match="account"):
            entrance.staff.add(Person(text, Role.READER), "三月的风 walks home", now)


def test_what_the_api_says_is_never_taken_for_a_page(hostile, open_console):
    client = open_console(hostile)

    for address in ("/api/v1/posts", "/api/v1/claims", "/api/v1/nowhere", "/api/v1/posts?q=%3Cscript%3E("):
        answer = client.get(address)
        assert answer.headers["Content-Type"] in {"application/json", "application/problem+json"}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
