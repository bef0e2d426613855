"""Other draws of the city's arrivals keep its words and what was said before which release; the cases stay found."""

from bisect import bisect_left
from collections import Counter
from typing import ClassVar

import pytest

from benchmarks.demo_seeds import INNOCENT, PLANTED, QUIET, run
from demo.arrivals import rearranged
from minsheng.domain import Calibration, Opinion
from models.base import TextReading

OPINIONS = {"neg": Opinion(0.96, 0.02, 0.02), "neu": Opinion(0.02, 0.96, 0.02), "pos": Opinion(0.02, 0.02, 0.96)}
TOPICS = {"traffic": "transport", "health": "health", "education": "education", "environment": "environment"}
STRESSED = {"yingyue-bridge": ("urban", "facilities"), "yunling-newtown": ("commerce", "other")}


class AsMeant:
    """A TextModel that reads each text of the city as its writer meant it."""

    name = version = "as meant"
    unsure = 0.0
    heads: ClassVar[dict[str, tuple[str, ...]]] = {}
    calibration = Calibration(
        "as meant",
        soft=((0.96, 0.02, 0.02), (0.02, 0.96, 0.02), (0.02, 0.02, 0.96)),
        counts=((196, 2, 2), (2, 196, 2), (2, 2, 196)),
    )

    def __init__(self, pages):
        self._meant = {
            comment.text: TextReading(
                OPINIONS[comment.label], TOPICS.get(comment.aspect, "urban"), comment.aspect, "complaint", 1.0
            )
            for page in pages
            for thread in page.threads
            for comment in thread.comments
        }
        self._said = {
            paragraph: TextReading(OPINIONS["neu"], *STRESSED.get(page.project, ("urban", "progress")), "news", 1.0)
            for page in pages
            for release in page.releases
            for paragraph in release.paragraphs
        }

    def read(self, texts, progress=None):
        del progress
        return [self._one(text) for text in texts]

    def _one(self, text):
        """Find a comment by its words, which may follow a title or be masked, and a release by its paragraphs."""
        if text in self._meant:
            return self._meant[text]
        known = self._meant | self._said
        inside = [one for words, one in known.items() if words in text]
        return inside[0] if inside else TextReading(OPINIONS["neg"], "urban", "other", "complaint", 1.0)


def words(pages):
    return Counter(comment.text for page in pages for thread in page.threads for comment in thread.comments)


def test_another_draw_keeps_every_word_and_moves_the_days(pages):
    moved = rearranged(pages, 1)

    assert words(moved) == words(pages)
    assert moved != pages
    assert moved == rearranged(pages, 1)


@pytest.mark.parametrize("seed", range(3))
def test_no_comment_changes_sides_of_a_release(pages, seed):
    for before, after in zip(pages, rearranged(pages, seed), strict=True):
        edges = sorted(release.day for release in before.releases)
        for old, new in zip(before.threads, after.threads, strict=True):
            sides = [
                (bisect_left(edges, a.day), bisect_left(edges, b.day))
                for a, b in zip(old.comments, new.comments, strict=True)
            ]
            assert [one for one in sides if one[0] != one[1]] == []


def test_some_comments_may_stay_away_but_no_thread_is_empty(pages):
    fewer = rearranged(pages, 1, missing=0.5)

    assert 0.4 < words(fewer).total() / words(pages).total() < 0.7
    assert all(thread.comments for page in fewer for thread in page.threads)


def test_read_as_meant_every_case_is_found_and_nothing_else_at_other_draws(pages, tmp_path):
    measures = {one.name: one.value for one in run(3, tmp_path, model=AsMeant(pages))}

    assert {project: measures[f"{project} found"] for project in PLANTED} == dict.fromkeys(PLANTED, 100.0)
    assert {project: measures[f"{project} flagged"] for project in (*INNOCENT, *QUIET)} == dict.fromkeys(
        (*INNOCENT, *QUIET), 0.0
    )
