from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from console.app import create_app
from indexer.sqlite import SqliteIndex
from minsheng.errors import IndexUnavailable, QueryError

EVERYWHERE = (
    "/",
    "/search",
    "/search?x=1",
    "/nowhere",
    "/project/none",
    "/healthz",
    "/static/console.css",
    "/static/none",
)


@pytest.mark.parametrize("address", EVERYWHERE)
def test_every_answer_carries_the_headers(client, address):
    headers = client.get(address).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil.example", "localhost.", "10.0.0.1:8600"]
)
def test_a_foreign_host_name_is_refused(client, host):
    answer = client.get("/", headers={"host": host})

    assert answer.status_code == 400
    assert "只在本机使用" in answer.text
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8600", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8600"])
def test_the_names_of_this_machine_are_served(client, host):
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading_and_forms_is_known(client, method):
    answer = client.request(method, "/search")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert "Content-Security-Policy" in answer.headers


def test_a_page_without_a_form_takes_none(client):
    answer = client.post("/search")

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}
    assert "Content-Security-Policy" in answer.headers


def test_the_application_starts_and_stops(desk, open_console):
    with open_console(desk) as client:
        assert client.get("/healthz").status_code == 200


def test_head_answers_like_get_without_a_body(client):
    answer = client.head("/")

    assert (answer.status_code, answer.content) == (200, b"")


def test_an_unknown_page_is_a_chinese_404(client):
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert "没有这一页" in answer.text


@pytest.mark.parametrize("address", ["/docs", "/redoc", "/openapi.json"])
def test_no_machine_made_pages_are_served(client, address):
    assert client.get(address).status_code == 404


def failing(error: Exception):
    def alerts():
        raise error

    return alerts


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (IndexUnavailable("index posts.sqlite: the disk is full"), 503, "the disk is full"),
        (QueryError("limit: wants a whole number"), 400, "limit"),
        (RuntimeError("secret detail"), 500, "已记入日志"),
    ],
)
def test_failures_are_chinese_pages_with_the_headers(desk, error, status, said):
    app = create_app(replace(desk, alerts=failing(error)))

    answer = TestClient(app, base_url="http://localhost", raise_server_exceptions=False).get("/alerts")

    assert answer.status_code == status
    assert said in answer.text
    assert "secret detail" not in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_console_whose_index_cannot_be_read_is_alive_and_not_ready(desk, open_console, tmp_path):
    closed = SqliteIndex(tmp_path / "closed.sqlite")
    closed.close()

    client = open_console(replace(desk, index=closed))
    answer = client.get("/readyz")

    assert client.get("/healthz").status_code == 200
    assert answer.status_code == 503
    assert answer.json() == {"status": "index unavailable"}


@pytest.fixture
def archive(desk):
    desk.briefings.mkdir()
    (desk.briefings / "weekly-2026-W10.html").write_text("<style>h1{}</style><h1>周报</h1>", encoding="utf-8")
    (desk.briefings / "weekly-2026-W10.docx").write_bytes(b"PK")
    (desk.briefings / "notes.txt").write_text("内部", encoding="utf-8")
    (desk.briefings.parent / "secret.html").write_text("秘密", encoding="utf-8")
    return desk.briefings


@pytest.mark.usefixtures("archive")
def test_briefings_are_listed_once_with_their_files(client):
    html = client.get("/briefings").text

    assert html.count('<th scope="row">周报</th><td>2026-W10</td>') == 1
    assert "Word 文件" in html
    assert "notes" not in html


@pytest.mark.usefixtures("archive")
def test_the_folder_of_the_archive_is_its_list(client):
    assert "<td>2026-W10</td>" in client.get("/briefings/").text


@pytest.mark.usefixtures("archive")
def test_a_briefing_is_served_in_a_sandbox(client):
    answer = client.get("/briefings/weekly-2026-W10.html")

    assert answer.status_code == 200
    assert "周报" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.usefixtures("archive")
def test_a_word_file_is_handed_over_as_a_download(client):
    answer = client.get("/briefings/weekly-2026-W10.docx")

    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name",
    [
        "../secret.html",
        "..%2fsecret.html",
        "%2e%2e/secret.html",
        "....//secret.html",
        "notes.txt",
        "/etc/passwd",
        "x%00.html",
        "%2fetc%2fpasswd",
    ],
)
@pytest.mark.usefixtures("archive")
def test_no_path_leads_out_of_the_archive(client, name):
    answer = client.get(f"/briefings/{name}")

    assert answer.status_code == 404
    assert "秘密" not in answer.text


def test_a_link_that_leads_out_of_the_archive_is_not_there(archive, client):
    (archive / "outside.html").symlink_to(archive.parent / "secret.html")

    assert client.get("/briefings/outside.html").status_code == 404
    assert "outside" not in client.get("/briefings").text


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "%2e%2e/desk.py"])
def test_no_path_leads_out_of_the_static_files(client, name):
    assert client.get(f"/static/{name}").status_code == 404
