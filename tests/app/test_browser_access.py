"""Logging in with a real browser, and pages full of hostile texts in it: nothing runs, nothing is asked from outside."""

import tempfile
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from app.access import accounts, open_door
from app.bootstrap import Office
from console.access.roles import Person, Role
from console.access.staff import Staff
from console.app import create_app

from .conftest import FLAGS, served_console

PAYLOADS = (Path(__file__).parents[1] / "fixtures" / "xss.txt").read_text(encoding="utf-8").splitlines()
PASSWORD = "三月的风 walks home"


@pytest.fixture
def console(deployment, make_labelled):
    """The address of a console with a login, over comments that strangers wrote to break it."""
    settings = (deployment / "minsheng.yml").read_text(encoding="utf-8")
    asking = settings.replace("console: {port: 0}", "console: {port: 0, login: password}")
    assert asking != settings
    (deployment / "minsheng.yml").write_text(asking, encoding="utf-8")
    office = Office(deployment, {})
    staff = Staff(accounts(office), PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    staff.add(Person("li", Role.ANALYST), PASSWORD, office.now())
    now = office.now()
    office.index.add(
        make_labelled(
            text, id=f"x:{number}", title=text, url=text, projects=("renewal",), published_at=now, collected_at=now
        )
        for number, text in enumerate(PAYLOADS)
    )
    with served_console(create_app(office.desk(), open_door(office))) as address:
        yield address
    office.close()


@pytest.fixture
def page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path="/usr/bin/chromium", headless=True, args=FLAGS
        )
        opened = browser.new_page()
        opened.set_default_timeout(120_000)
        yield opened
        browser.close()


@pytest.mark.chromium
def test_somebody_logs_in_reads_hostile_texts_and_logs_out_and_nothing_else_happens(console, page):
    troubles, asked = [], []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script("window.pwned = () => { window.ran = true }")

    page.goto(f"{console}/search?q=pwned&fold=0")
    page.fill("input[name=name]", "li")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=pwned&fold=0")
    hits = page.locator("mark").count()
    ran = [page.evaluate("window.ran")]
    for address in ("/project/renewal", "/", f"/search?q={PAYLOADS[3]}", "/search?cluster=x:1"):
        page.goto(console + address)
        ran.append(page.evaluate("window.ran"))
    page.click("form.who button")
    page.wait_for_url("**/login")

    assert hits > 0
    assert ran == [None] * 5
    assert "已退出登录" in page.locator(".flash").inner_text()
    assert [url for url in asked if not url.startswith((console, "data:"))] == []
    # A refused search is an answer 400, which Chromium reports; anything else would be ours.
    assert [said for said in troubles if "400 (Bad Request)" not in said] == []
