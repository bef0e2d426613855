"""Every page of the console in a real browser, with scripts and without, wide and narrow, light and dark, two languages.

One server and one browser for the whole module; what a test changes, no other test rests on.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from axe_playwright_python.sync_playwright import Axe

from app.access import accounts
from app.acts import acts_of
from app.review import cases
from app.work import brief
from console.access.door import Door, Entrance
from console.access.roles import Person, Role
from console.access.sessions import Attempts, Sessions
from console.access.staff import Staff
from console.access.tokens import Tokens
from console.app import create_app

from .conftest import FLAGS, served_console
from .on_watch import Clock, open_office, put_on_watch

PAGES = (
    "/", "/search?q=施工&project=renewal", "/search?q=(", "/similar?post=replies:1",
    "/project/renewal", "/project/road", "/alerts", "/claims", "/claims/{proposal}", "/correct?post=replies:1",
    "/review", "/mail", "/sources", "/briefings", "/briefing/{briefing}", "/method", "/nowhere",
)  # fmt: skip
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
MOST_CLICKS = 20
READY = "document.activeElement.matches('.labelling')"  # the script has run: keys are heard
UNMARKED = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const lang = walk.currentNode.parentElement.closest("[lang]").lang;
    if (/[\\u4e00-\\u9fff]/.test(walk.currentNode.data) && lang !== "zh-CN") found.push(walk.currentNode.data.trim());
  }
  return found;
}"""

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def office(open_desk):
    return open_desk()


@pytest.fixture(scope="module")
def console(office):
    """The address of the console as the service serves it on this machine."""
    app = create_app(replace(office.desk(), acts=acts_of(office)))
    with served_console(app) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser, console):
    """Return an opener of pages that fails where a page asked another host, or wrote an error or a violation."""
    contexts, troubles = [], []

    def opened(size="desktop", **options):
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=console, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: request.url.startswith((console, "data:")) or troubles.append(request.url))
        return page

    yield opened
    for context in contexts:
        context.close()
    # The browser itself notes the status of a page that is not there or was asked wrongly.
    assert [one for one in troubles if "the server responded with a status of 40" not in one] == []


@pytest.fixture(scope="module")
def addresses(office):
    (proposal,) = [entry.id for entry in office.ledger.entries()]
    briefing = brief(office, "daily")[0].stem
    return [path.format(proposal=proposal, briefing=briefing) for path in PAGES]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_opens_and_is_no_wider_than_the_screen(open_page, addresses, size, scripts):
    page = open_page(size, java_script_enabled=scripts)
    widths = {}

    for address in addresses:
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        widths[address] = page.evaluate("document.documentElement.scrollWidth")

    assert {address: width for address, width in widths.items() if width > SIZES[size][0]} == {}


CONTRAST = {"type": "rule", "values": ["color-contrast"]}
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


@pytest.mark.parametrize(
    ("size", "scheme", "rules"), [("desktop", "light", ALL), ("phone", "dark", CONTRAST)], ids=["all rules", "dark"]
)
def test_axe_finds_nothing_serious_on_any_page(open_page, addresses, size, scheme, rules):
    page = open_page(size, color_scheme=scheme)
    found = {}

    for address in addresses:
        page.goto(address)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found |= {(address, rule): nodes for rule, nodes in serious(page, rules).items()}

    assert found == {}


def serious(page, rules):
    """Return what axe finds on a page that is serious or worse: rule and where."""
    answer = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response
    return {
        one["id"]: [node["html"][:150] for node in one["nodes"][:3]]
        for one in answer["violations"]
        if one["impact"] in {"serious", "critical"}
    }


def test_an_english_page_marks_what_is_chinese(open_page, addresses, console):
    page = open_page()
    page.context.add_cookies([{"name": "language", "value": "en", "url": console}])
    unmarked = {}

    for address in addresses:
        page.goto(address)
        unmarked[address] = [text for text in page.evaluate(UNMARKED) if text != "中文"]

    assert {address: texts for address, texts in unmarked.items() if texts} == {}


def test_the_language_is_changed_on_the_page_and_comes_back_to_it(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/search?q=施工")

    page.click("text=English")
    english = page.locator("h1").inner_text(), page.url
    page.click("text=中文")

    assert english[0] == "Search"
    assert "q=" in english[1]
    assert page.locator("h1").inner_text() == "检索"


def test_dragging_over_the_bars_searches_in_their_days(open_page):
    page = open_page()
    page.goto("/search?q=施工")
    bars = page.locator(".timeline li")
    first, last = bars.nth(0).bounding_box(), bars.nth(2).bounding_box()

    page.mouse.move(first["x"] + 3, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 3, last["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_url("**since=**")

    assert "q=" in page.url
    assert "until=" in page.url
    assert page.locator(".timeline li").count() > 0


def test_a_label_is_corrected_by_keyboard_where_it_is_read_and_its_history_shown(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/search?q=第7次说了")

    page.locator(".inplace button", has_text="中性").focus()
    page.keyboard.press("Enter")

    assert "已更正" in page.locator(".flash").inner_text()
    assert "人工更正" in page.locator(".hit").inner_text()
    page.click(".hit >> text=更正标签")
    assert "负面 → 中性" in page.locator(".events").inner_text()


def test_a_watch_is_reviewed_by_single_keys_and_by_arrows_and_a_slip_is_put_right(browser, tmp_path):
    office = put_on_watch(open_office(tmp_path, Clock()))
    with served_console(create_app(replace(office.desk(), acts=acts_of(office)))) as base:
        context = browser.new_context(base_url=base, viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto("/review")
        page.keyboard.press("Tab")
        page.locator("text=抽取评论").press("Enter")
        for place, keys in enumerate((["1"], ["3"], ["ArrowRight", "ArrowRight", "Enter"]), start=1):
            page.wait_for_selector(f"h1:has-text('第 {place} 条')")
            page.wait_for_function(READY)
            for key in keys:
                page.keyboard.press(key)
        page.wait_for_selector("h1:has-text('第 4 条')")
        page.click("text=改上一条")
        page.wait_for_selector("h1:has-text('改第 3 条')")
        page.wait_for_function(READY)
        page.keyboard.press("1")
        page.wait_for_selector("h1:has-text('第 4 条')")
        found = serious(page, ALL)
        width = page.evaluate("document.documentElement.scrollWidth")
        context.close()
    (case,) = cases(office)
    drawn = office.detectors.drawn(case.key, case.round)
    office.close()

    assert [one.label.value for one in drawn if one.label] == ["negative", "positive", "negative"]
    assert (found, width) == ({}, 390)


def test_an_administrators_pages_are_as_readable_as_the_others(browser, office):
    """They are not among ``PAGES``: without a login nobody is an administrator."""
    store = accounts(office)
    staff = Staff(store, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    person = staff.admit(Person("zhao", Role.ADMIN), office.now())
    sessions = Sessions(store, timedelta(hours=1), timedelta(hours=1))
    entrance = Entrance(staff, sessions, Attempts(store), Tokens(store))
    door = Door(login="password", entrance=entrance)
    found, widths = {}, {}
    with served_console(create_app(replace(office.desk(), acts=acts_of(office)), door)) as base:
        context = browser.new_context(base_url=base, viewport={"width": 390, "height": 844})
        context.add_cookies([{"name": "minsheng", "value": sessions.begin(person, office.now()), "url": base}])
        page = context.new_page()
        for address in ("/sources/add?url=http://forum.example/", "/sources", "/mail"):
            page.goto(address)
            assert page.locator("main form").count() > 0, address
            found |= serious(page, ALL)
            widths[address] = page.evaluate("document.documentElement.scrollWidth")
        context.close()

    assert found == {}
    assert set(widths.values()) == {390}


def test_a_reader_without_a_mouse_skips_to_the_content(open_page):
    page = open_page()
    page.goto("/project/renewal")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id || location.hash") in {"main", "#main"}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_first_time_officer_needs_at_most_twenty_clicks(browser, open_desk, scripts):
    """The script of docs/console.md, word for word; its office is its own, for it decides things."""
    office = open_desk()
    with served_console(create_app(replace(office.desk(), acts=acts_of(office)))) as base:
        context = browser.new_context(base_url=base, java_script_enabled=scripts)
        page, clicks = context.new_page(), []

        def click(what):
            clicks.append(what)
            page.locator(what).first.click()

        try:
            page.goto("/")
            click("table.projects >> text=向阳小区改造")
            assert page.locator("#claims ~ .scroll .verdict").first.inner_text() == "偏离"
            click(".facts a[href*='kind=public']")
            click(".facets a:has-text('负面')")
            click(".facets a:has-text('噪声与环境')")
            page.fill("input[name=since]", f"{office.now().date() - timedelta(days=30)}")
            click(".search button")
            assert "25 条" in page.locator("#count").inner_text() or "23 条" in page.locator("#count").inner_text()
            with page.expect_download() as download:
                click("text=CSV")
            click("nav >> text=表述")
            click("text=照此接受")
            assert "已接受" in page.locator(".flash").inner_text()
            click("nav >> text=提示")
            click("summary:has-text('静默')")
            page.locator(".row input[name=reason]").first.fill("整改中，月底复查")
            click(".row button")
            assert "已静默" in page.locator(".flash").inner_text()
            click("nav >> text=简报")
            click("text=生成周报")
            assert "已生成周报" in page.locator(".flash").inner_text()
            click("td >> text=网页")
            assert "向阳小区改造" in page.content()
        finally:
            context.close()

    assert download.value.suggested_filename.endswith(".csv")
    assert [entry.state.value for entry in office.ledger.entries()] == ["accepted"]
    assert [alert for alert in office.alerts.alerts() if alert.silenced_until]
    assert len(clicks) <= MOST_CLICKS
