"""Replies are compared in meaning with their own message and with all others; shuffled they are as near as chance."""

from dataclasses import replace

import numpy as np
import pytest

from alerts.measures.meaning import MIN_PAIRS, nearness_of
from minsheng.domain import Vector


@pytest.fixture
def pairs(make_labelled):
    def make(number=40, space="a"):
        rng = np.random.default_rng(3)
        made = []
        for _ in range(number):
            asked = rng.integers(-100, 100, 32)
            told = np.clip(asked + rng.integers(-60, 60, 32), -127, 127)
            made.append(tuple(vectored(make_labelled(), numbers, space) for numbers in (asked, told)))
        return made

    return make


def vectored(labelled, numbers, space):
    return replace(labelled, reading=replace(labelled.reading, vector=Vector(space, numbers.astype(np.int8).tobytes())))


def test_replies_to_the_point_are_nearest_to_their_own_message(pairs):
    found = nearness_of(pairs())

    assert found.to_the_point.value == 1
    assert found.own > 0.7
    assert found.others < 0.2
    assert found.far == ()


def test_shuffled_replies_are_to_the_point_as_often_as_chance_has_it(pairs):
    dealt = pairs(200)
    replies = [reply for _, reply in dealt]

    found = nearness_of(
        [(message, reply) for (message, _), reply in zip(dealt, replies[7:] + replies[:7], strict=True)]
    )

    assert found.to_the_point.low < 0.1 < found.to_the_point.high
    assert found.own == pytest.approx(found.others, abs=0.1)
    assert len(found.far) == 5


def test_vectors_of_two_spaces_are_not_compared_and_too_few_say_nothing(pairs, make_labelled):
    few = pairs(MIN_PAIRS - 1)

    assert nearness_of([*few, *pairs(5, space="b"), (make_labelled(), make_labelled())]) is None
    assert nearness_of([]) is None
