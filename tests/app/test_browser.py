"""The console in a real browser: what an officer sees and does, with nothing from outside and no script."""

import tempfile

import pytest

from app.bootstrap import Office
from console.app import create_app

from .conftest import FLAGS, served_console


@pytest.fixture
def console(deployment, make_labelled):
    """The address of a console over forty comments on one project."""
    office = Office(deployment, {})
    now = office.now()
    office.index.add(
        make_labelled(f"向阳小区{n}栋施工擾民，Metro站旁也吵", id=f"replies:{n}", title="向阳小区改造", projects=("renewal",),
                      published_at=now, collected_at=now)
        for n in range(40)
    )  # fmt: skip
    with served_console(create_app(office.desk())) as address:
        yield address
    office.close()


@pytest.fixture
def page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path="/usr/bin/chromium", headless=True, args=FLAGS, java_script_enabled=False
        )
        yield browser.new_page()
        browser.close()


@pytest.mark.chromium
def test_an_officer_finds_comments_by_keyboard_and_opens_the_project(console, page):
    asked, troubles = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: troubles.append(message.text))

    page.goto(f"{console}/")
    page.fill("input[name=q]", "施工扰民")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search**")
    marks = page.locator("mark").all_inner_texts()
    page.goto(f"{console}/project/renewal")

    assert marks
    assert set(marks) == {"施工擾民"}
    assert "向阳小区改造" in page.locator("h1").inner_text()
    assert [url for url in asked if not url.startswith((console, "data:"))] == []
    assert troubles == []


@pytest.mark.chromium
@pytest.mark.parametrize(
    "path", ["/", "/search?q=扰", "/project/renewal", "/alerts", "/claims", "/sources", "/briefings", "/method"]
)
def test_no_page_is_wider_than_a_phone(console, page, path):
    page.set_viewport_size({"width": 390, "height": 800})

    page.goto(console + path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
