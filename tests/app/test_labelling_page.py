"""The page for labelling: who may open it, what it keeps, how it is driven by keyboard, and the command around it."""

import re
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from starlette.testclient import TestClient
from typer import Typer
from typer.testing import CliRunner

from app.labelling.agreement import disagreements
from app.labelling.journal import Journal, Mark, journal_path
from app.labelling.page import create_app
from app.labelling.questions import asked
from app.labelling.sample import item_id, read_sample
from app.labelling.serve import serve
from app.labelling.sitting import Sitting
from app.model_commands import label
from app.service import PortTaken
from crawlers.masking import mask
from minsheng.errors import ConfigError

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
START = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
TEXTS = ("停水三天<b>没人管</b>，电话13812345678", "步道修得真好", "三号线何时开工", "火锅真好吃")
HOST = {"host": "127.0.0.1"}


@pytest.fixture
def sample_file(tmp_path):
    path = tmp_path / "sample.tsv"
    path.write_text("text\tsource\n" + "".join(f"{text}\tforum\n" for text in TEXTS), encoding="utf-8")
    return path


@pytest.fixture
def open_sitting(sample_file):
    ticks = iter(range(10_000))

    def make(heads="sentiment,aspect,intent,relevant", slot="A", both=None):
        items = [item for item in read_sample(sample_file).items if both is None or item.id in both]
        journal = Journal(journal_path(sample_file, slot))
        return Sitting(slot, items, asked(heads), journal, lambda: START + timedelta(seconds=5 * next(ticks)), both)

    return make


@pytest.fixture
def ended():
    return []


@pytest.fixture
def client(open_sitting, ended):
    app = create_app(open_sitting("sentiment,relevant"), "secret", lambda: ended.append(True))
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=True)


def marks(sample_file, slot="A"):
    return dict(Journal(journal_path(sample_file, slot)).marks)


@pytest.mark.parametrize("address", ["/", "/wrong/", "/wrong/static/label.js", "/static/label.js", "/secret/none"])
def test_without_the_token_there_is_nothing(client, address):
    answer = client.get(address)

    assert answer.status_code == 404
    assert TEXTS[1] not in answer.text


@pytest.mark.parametrize("address", ["/secret/", "/secret/static/label.js", "/wrong/"])
def test_every_answer_carries_the_headers_and_no_cookie(client, address):
    headers = client.get(address).headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "set-cookie" not in headers


def test_a_foreign_host_name_is_refused(client):
    assert client.get("/secret/", headers={"host": "evil.example"}).status_code == 400
    assert client.post("/secret/undo", headers={"host": "evil.example"}).status_code == 400


def test_a_text_is_shown_escaped_and_masked(client):
    page = client.get("/secret/").text

    assert "停水三天&lt;b&gt;没人管&lt;/b&gt;" in page
    assert mask("，电话13812345678")[0] in page
    assert "13812345678" not in page


def test_the_page_refers_to_nothing_outside(client):
    page = client.get("/secret/").text

    assert re.findall(r"https?://|//[a-z]", page.replace("//@", "")) == []
    assert "style=" not in page
    assert not re.search(r"<script(?! src=)", page)


def test_answers_are_kept_and_the_next_text_is_shown(client, sample_file):
    item = read_sample(sample_file).items[0]

    page = client.post("/secret/answer", data={"item": item.id, "sentiment": "neg", "relevant": "1"}).text

    assert TEXTS[1] in page
    assert marks(sample_file)[item.id].answers == {"sentiment": "neg", "relevant": "1"}


def test_a_missing_answer_is_asked_for_and_the_others_stay_chosen(client, sample_file):
    item = read_sample(sample_file).items[0]

    answer = client.post("/secret/answer", data={"item": item.id, "relevant": "1"})

    assert answer.status_code == 422
    assert "还没有选“态度”" in answer.text
    assert re.search(r'value="1"[^>]* checked', answer.text)
    assert marks(sample_file) == {}


def test_a_form_that_is_too_large_or_of_another_sample_keeps_nothing(client, sample_file):
    large = client.post("/secret/answer", content=b"item=" + b"x" * 20_000)
    other = client.post("/secret/skip", data={"item": item_id("别的"), "reason": "unclear"})

    assert (large.status_code, other.status_code) == (422, 422)
    assert marks(sample_file) == {}


def test_a_skip_is_kept_with_its_reason_and_undo_shows_the_text_again(client, sample_file):
    item = read_sample(sample_file).items[0]

    client.post("/secret/skip", data={"item": item.id, "reason": "unclear"})
    kept = marks(sample_file)
    page = client.post("/secret/undo").text

    assert kept == {item.id: Mark(item.id, skipped="unclear")}
    assert "停水三天" in page
    assert marks(sample_file) == {}


def test_the_end_button_ends_and_says_what_is_left(client, ended):
    page = client.post("/secret/end").text

    assert ended == [True]
    assert "已标 0 条，还剩 4 条" in page


def test_when_all_is_read_the_page_says_so(client, sample_file):
    for item in read_sample(sample_file).items:
        page = client.post("/secret/skip", data={"item": item.id, "reason": "no_comment"}).text

    assert "都标完了" in page


def test_settling_shows_both_answers_and_keeps_what_is_settled(open_sitting, sample_file):
    first_item, second_item = read_sample(sample_file).items[:2]
    first = {
        first_item.id: Mark(first_item.id, {"sentiment": "neg", "relevant": "1"}),
        second_item.id: Mark(second_item.id, {"sentiment": "pos", "relevant": "1"}),
    }
    second = {
        first_item.id: Mark(first_item.id, {"sentiment": "neu", "relevant": "1"}),
        second_item.id: Mark(second_item.id, skipped="unclear"),
    }
    both = {each.item: each for each in disagreements(first, second)}
    app = create_app(open_sitting("sentiment,relevant", "settled", both), "secret", lambda: None)
    client = TestClient(app, base_url="http://127.0.0.1")

    page = client.get("/secret/").text
    following = client.post("/secret/answer", data={"item": first_item.id, "sentiment": "neg", "relevant": "1"}).text

    assert '<td class="differs">负面</td>' in page
    assert '<td class="differs">中性</td>' in page
    assert re.search(r'name="relevant" value="1"[^>]* checked', page)
    assert not re.search(r'name="sentiment"[^>]* checked', page)
    assert "跳过：看不懂" in following
    assert marks(sample_file, "settled")[first_item.id].answers["sentiment"] == "neg"


@pytest.fixture
def address(open_sitting):
    """The address of the page, served as the command does, with all four questions."""
    server = uvicorn.Server(uvicorn.Config(create_app(open_sitting(), "secret", lambda: None), port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/secret/"
    server.should_exit = True
    thread.join()


@pytest.mark.chromium
def test_a_reader_labels_by_single_keys_and_finds_nothing_blocked(address, sample_file):
    from playwright.sync_api import sync_playwright

    asked_for, troubles = [], []
    ids = [item.id for item in read_sample(sample_file).items]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path="/usr/bin/chromium", headless=True, args=FLAGS
        )
        page = browser.new_page()
        page.on("request", lambda request: asked_for.append(request.url))
        page.on("console", lambda message: troubles.append(message.text))

        def press(keys, leads_to):
            for key in keys:
                page.keyboard.press(key)
            page.wait_for_function("text => document.body.innerText.includes(text)", arg=leads_to)

        page.goto(address)
        press("1ohb", TEXTS[1])
        press("3pl", "保存")
        press("b", TEXTS[2])
        press("m", TEXTS[3])
        press("z", TEXTS[2])
        press("2ijb", TEXTS[3])
        press("ncf", "都标完了")
        browser.close()

    kept = marks(sample_file)
    assert [kept[item].answers for item in ids] == [
        {"sentiment": "neg", "aspect": "utilities", "intent": "request", "relevant": "1"},
        {"sentiment": "pos", "aspect": "facilities", "intent": "praise", "relevant": "1"},
        {"sentiment": "neu", "aspect": "traffic", "intent": "question", "relevant": "1"},
        {"sentiment": "neu", "aspect": "other", "intent": "opinion", "relevant": "0"},
    ]
    assert [url for url in asked_for if not url.startswith(address)] == []
    assert troubles == []


@pytest.mark.chromium
def test_the_page_works_without_script_and_fits_a_phone(address, sample_file):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path="/usr/bin/chromium", headless=True, args=FLAGS, java_script_enabled=False,
            viewport={"width": 390, "height": 800},
        )  # fmt: skip
        page = browser.new_page()
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        for name, value in {"sentiment": "neg", "aspect": "utilities", "intent": "request", "relevant": "1"}.items():
            page.locator(f"label:has(input[name={name}][value='{value}'])").click()
        page.locator("#answers button").click()
        page.get_by_text(TEXTS[1]).wait_for()
        browser.close()

    assert width <= 390
    assert len(marks(sample_file)) == 1


def test_the_end_button_ends_the_server(open_sitting):
    addresses = []
    thread = threading.Thread(target=serve, args=(open_sitting(), 0, addresses.append))
    thread.start()
    while not addresses:
        time.sleep(0.02)

    answer = httpx_post(addresses[0] + "end")
    thread.join(20)

    assert "已结束" in answer
    assert not thread.is_alive()


def httpx_post(url):
    import httpx

    for _ in range(100):
        try:
            return httpx.post(url, trust_env=False).text
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


def test_a_port_that_is_taken_is_said(open_sitting):
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}"):
            serve(open_sitting(), port, print)


@pytest.fixture
def command():
    """Run ``label`` as the command line does."""
    cli = Typer(pretty_exceptions_enable=False)
    cli.command()(label)

    def run(*arguments, code=0):
        done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    return run


def test_agreement_and_disagreements_are_printed(command, sample_file):
    items = read_sample(sample_file).items
    first, second = (Journal(journal_path(sample_file, slot)) for slot in "AB")
    for item, answer in zip(items[:3], ("neg", "pos", "neu"), strict=True):
        first.write(Mark(item.id, {"sentiment": answer}), START)
        second.write(
            Mark(item.id, {"sentiment": "neg"} if answer != "neu" else {}, "" if answer != "neu" else "unclear"), START
        )

    said = command(sample_file, "--agreement")

    assert re.search(r"态度\s*│\s*2\s*│\s*50%", said)
    assert "未商定的分歧 2 条" in said
    assert "跳过：看不懂" in said


def test_agreement_of_one_reader_is_an_error_that_says_what_to_do(command, sample_file):
    with pytest.raises(ConfigError, match="--reader B"):
        command(sample_file, "--agreement")


def test_full_agreement_leaves_nothing_to_settle(command, sample_file):
    item = read_sample(sample_file).items[0]
    for slot in "AB":
        Journal(journal_path(sample_file, slot)).write(Mark(item.id, {"sentiment": "neg"}), START)

    assert "没有未商定的分歧" in command(sample_file, "--agreement")


def test_an_export_says_what_it_took(command, sample_file, tmp_path):
    item = read_sample(sample_file).items[0]
    Journal(journal_path(sample_file, "A")).write(Mark(item.id, {"sentiment": "neg"}), START)

    said = command(sample_file, "--export", tmp_path / "out.tsv")

    assert "1 条（商定 0，两人一致 0，单人 1）" in said
    assert "未标 3" in said


def test_an_export_never_replaces_the_sample(command, sample_file):
    with pytest.raises(ConfigError, match="is the sample itself"):
        command(sample_file, "--export", sample_file)


def test_a_sample_is_drawn_from_the_index_of_the_deployment(command, deployment, make_labelled, tmp_path):
    from app.bootstrap import Office

    office = Office(deployment, {})
    office.index.add([make_labelled(f"第{n}栋停水", cluster=f"c{n}", projects=("renewal",)) for n in range(8)])
    office.close()

    with pytest.raises(ConfigError, match="--reader B"):
        command(tmp_path / "s.tsv", "--from-index", "5", "--agreement", "-C", deployment)

    assert len(read_sample(tmp_path / "s.tsv").items) == 5


def test_the_command_serves_until_ctrl_c_and_a_second_one_in_its_slot_is_refused(sample_file):
    program = "from typer import run; from app.model_commands import label; run(label)"
    start = [sys.executable, "-c", program, str(sample_file)]
    first = subprocess.Popen(start, stdout=subprocess.PIPE, text=True, env={"PYTHONUNBUFFERED": "1", "PATH": ""})
    try:
        lines = [first.stdout.readline() for _ in range(2)]
        second = subprocess.run(start, capture_output=True, text=True, check=False)
    finally:
        first.send_signal(2)
        rest = first.communicate(timeout=60)[0]

    assert "4 条待标，遮盖个人信息 1 处" in lines[0]
    assert "http://127.0.0.1:" in lines[1]
    assert second.returncode != 0
    assert "already runs" in second.stderr
    assert first.returncode == 0
    assert "已标 0 条，剩 4 条" in rest


def test_settling_starts_from_the_marks_of_both(sample_file):
    from app.model_commands import _sitting

    item = read_sample(sample_file).items[0]
    for slot, answer in (("A", "neg"), ("B", "pos")):
        Journal(journal_path(sample_file, slot)).write(Mark(item.id, {"sentiment": answer}), START)

    sitting = _sitting(sample_file, read_sample(sample_file), "settled", "sentiment,aspect", 0.2)

    assert sitting.items == (item,)
    assert [question.name for question in sitting.questions] == ["sentiment"]
