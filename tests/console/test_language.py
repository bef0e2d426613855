"""The two languages of the console: the catalogue is complete, compiled and says the same."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from console.extracting import texts
from console.language import DOMAIN, ENGLISH, FOLDER, say, speaking
from console.routes.language import local

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = FOLDER / ENGLISH / "LC_MESSAGES" / f"{DOMAIN}.po"
HOLES = re.compile(r"%\(\w+\)[sd]|\{\}|%%")


def catalogue():
    with CATALOGUE.open("rb") as file:
        return read_po(file)


def extracted(folder):
    """Collect the texts as ``make messages`` does."""
    command = ["-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.toml", "-o", str(folder / "t.pot"), "."]
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True)
    with (folder / "t.pot").open("rb") as file:
        return {message.id for message in read_po(file) if message.id}


def test_every_text_of_the_console_has_its_english(tmp_path):
    said_now = extracted(tmp_path)
    known = {message.id: message.string for message in catalogue() if message.id}

    assert sorted(said_now - set(known)) == [], "run `make messages` and translate what is new"
    assert sorted(set(known) - said_now) == [], "run `make messages`: these are said no longer"
    assert [id_ for id_, said in known.items() if not said] == []


def test_a_translation_has_the_holes_of_its_text():
    wrong = [m.id for m in catalogue() if m.id and set(HOLES.findall(m.id)) != set(HOLES.findall(str(m.string)))]

    assert wrong == []


def test_what_is_read_is_compiled_from_what_is_written():
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())

    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make messages`"


def test_a_text_is_said_in_the_language_around_it():
    with speaking(ENGLISH):
        inside = say("今日")

    assert (inside, say("今日")) == ("Today", "今日")


def test_constants_of_a_module_and_what_is_said_are_extracted_and_nothing_else():
    source = 'A = {"k": "表中"}\n\ndef f(x):\n    "说明"\n    raise E("错")\n    return say("说出") if x else say("either")\n'

    assert [found[2] for found in texts(io.BytesIO(source.encode()), (), (), {})] == ["表中", "说出"]


def test_the_choice_is_kept_and_leads_back_where_it_was_made(client):
    answer = client.get("/language/en?back=/claims", follow_redirects=False)
    page = client.get("/claims")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/claims")
    assert '<html lang="en">' in page.text
    assert page.headers["Content-Language"] == "en"
    assert "Ledger of claims" in page.text


def test_an_unknown_language_is_not_there(client):
    assert client.get("/language/xx").status_code == 404


def test_a_cookie_with_nonsense_is_chinese(client):
    client.cookies.set("language", "../../etc")

    assert '<html lang="zh-CN">' in client.get("/").text


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\r\nb", "javascript:x"]
)
def test_the_way_back_never_leaves_the_site(address):
    assert local(address) == "/"
