"""The method page holds docs/method.md in both languages, each measure in about half a page, with its limits."""

import re
from pathlib import Path

import pytest

from console.method_text import measures

DOCS = Path(__file__).resolve().parents[2] / "docs"
LIMITS = {"zh": "不能说明", "en": "cannot say"}
NAMES = {
    "zh": ("负面占比", "倾斜倍数", "关注重点", "工作标准", "身份样式", "请群众说话", "突增"),
    "en": ("negative share", "tipping point", "Focus", "Standards", "Posture", "A voice", "Surge"),
}


def sections(language):
    return re.split(r"<h3>", str(measures(language)))[1:]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_measure_is_explained_with_its_limits_in_half_a_page(language):
    found = sections(language)

    assert [any(name in part.split("</h3>")[0] for part in found) for name in NAMES[language]] == [True] * 7
    for part in found:
        words = re.sub(r"<[^>]+>", "", part)
        assert LIMITS[language] in words
        assert len(words) <= (650 if language == "zh" else 1900), words[:40]


def test_both_languages_explain_the_same_measures():
    assert len(sections("zh")) == len(sections("en"))


@pytest.mark.parametrize("name", ["method.md", "method.en.md"])
def test_the_console_shows_the_document_itself(name):
    assert (DOCS.parent / "console" / name).read_text(encoding="utf-8") == (DOCS / name).read_text(encoding="utf-8")


def test_the_page_explains_in_the_language_of_its_reader(client):
    chinese = client.get("/method").text
    client.cookies.set("language", "en")
    english = client.get("/method").text

    assert str(measures("zh")) in chinese
    assert str(measures("en")) not in chinese
    assert str(measures("en")) in english
    assert str(measures("zh")) not in english
