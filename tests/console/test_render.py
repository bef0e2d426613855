import pytest

from console.render import beijing, day, odds, strip
from minsheng.web import web_address


@pytest.mark.parametrize(
    ("level", "said"),
    [(0.4, "更少发言"), (3.0, "3.0 倍"), (25.0, "25 倍"), (999.0, "100 倍以上")],
)
def test_a_tipping_point_is_said_in_words(level, said):
    assert said in odds(level)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example", "http://", "http://[", ""],
)
def test_what_is_not_a_web_address_is_not_linked(address):
    assert web_address(address) == ""


def test_web_addresses_are_linked_as_they_are():
    assert web_address(" https://forum.example/t/1?a=b#c ") == "https://forum.example/t/1?a=b#c"


def test_moments_are_shown_on_the_clock_of_the_office(now):
    assert beijing(now) == "2026-03-10 12:00"
    assert day(now.replace(hour=20)) == "2026-03-11"


def test_a_strip_without_interval_has_no_band():
    assert "band" not in strip(0.5, None, None)
    assert "band" in strip(0.5, 0.4, 0.6)
