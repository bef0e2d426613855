from dataclasses import FrozenInstanceError

import pytest

from minsheng.domain import Opinion
from minsheng.quick import quick


def test_a_value_made_quickly_is_like_any_other_of_its_kind():
    made, usual = quick(Opinion)(0.5, 0.25, 0.25), Opinion(0.5, 0.25, 0.25)

    assert type(made) is Opinion
    assert made == usual
    assert hash(made) == hash(usual)
    with pytest.raises(FrozenInstanceError):
        made.negative = 1.0


def test_as_many_values_as_fields_are_needed():
    with pytest.raises(TypeError, match="positive"):
        quick(Opinion)(0.5, 0.25)
