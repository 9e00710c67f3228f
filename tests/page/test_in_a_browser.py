"""Every page in a real browser: narrow and wide, light, dark and in forced colours, with script and without."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext

from service.page import words
from tests.browser import Watched
from tests.page_home import person_key
from tests.running import Server, running

WIDTHS: Final = (320, 1280)
Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
RULES: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
    "resultTypes": ["violations"],
}
JUDGED: Final[tuple[tuple[int, Scheme], ...]] = ((320, "dark"), (1280, "light"))
"""Where axe looks in small form; everywhere at full size."""
MOST_BYTES: Final = 150_000
WHO: Final = "table.people .who a"
PAGES: Final = ("week", "just", "person", "seen", "guide", "missing", "sign-in", "nothing")
OF_GROUPS: Final = {
    "teams": "/teams", "dashboard": "/dashboard", "figure": "/dashboard/attrition_voluntary?months=24", "model": "/model",
}  # fmt: skip
"""Pages of a company whose groups have figures, as its leader sees them."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose home holds no run."""
    with running(tmp_path_factory.mktemp("empty") / "home", "--no-sync") as found:
        yield found


@pytest.fixture(scope="module")
def paths(
    browser: Browser, server: Server, empty: Server, company_server: Server, home: Path
) -> dict[str, tuple[str, Any]]:
    """By page: its address, and the cookies of somebody who may open it."""
    base, nowhere = f"http://127.0.0.1:{server.port}", f"http://127.0.0.1:{empty.port}"
    reader = signed_in(browser, base, person_key(home))
    newcomer = signed_in(browser, nowhere, person_key(empty.home))
    groups = f"http://127.0.0.1:{company_server.port}"
    head = signed_in(browser, groups, person_key(company_server.home, role="leader"))
    page = context(browser, cookies=reader).new_page()
    page.goto(base)
    person = f"{base}{page.locator(WHO).first.get_attribute('href')}"
    begun = str(page.locator("form.close").first.get_attribute("action")).rpartition("/")[2]
    page.context.close()
    return {
        "week": (base, reader),
        "just": (f"{base}/?changed={begun}", reader),
        "person": (person, reader),
        "seen": (person.replace("/people/", "/seen/"), reader),
        "guide": (f"{base}/guide", reader),
        "missing": (f"{base}/people/nobody", reader),
        "sign-in": (f"{base}/sign-in", []),
        "nothing": (nowhere, newcomer),
        **{name: (f"{groups}{path}", head) for name, path in OF_GROUPS.items()},
    }


def context(browser: Browser, width: int = 1280, *, script: bool = True, cookies: Any = ()) -> BrowserContext:
    """A window of its own."""
    made = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
    made.add_cookies(list(cookies))
    return made


def signed_in(browser: Browser, base: str, key: str) -> Any:
    """The cookies of somebody who signed in by the form."""
    page = context(browser).new_page()
    page.goto(f"{base}/sign-in")
    page.fill("#key", key)
    page.press("#key", "Enter")
    page.wait_for_url(lambda url: "sign" not in url)
    cookies = page.context.cookies()
    page.context.close()
    return cookies


@pytest.mark.parametrize("name", [*PAGES, *OF_GROUPS])
def test_a_page_holds_everywhere(browser: Browser, paths: dict[str, tuple[str, Any]], trial: bool, name: str) -> None:
    """No fault of WCAG 2.2 AA that axe finds, nothing too wide, nothing from elsewhere, no breach of the policy, light."""
    address, cookies = paths[name]
    host = address.split("/")[2]
    for script in (True, False):
        opened = context(browser, script=script, cookies=cookies)
        watched = Watched(opened)
        for width, scheme in product(WIDTHS, SCHEMES):
            shown(watched, address, width, scheme)
            told = name, width, scheme, script
            assert watched.page.locator("h1").count() == 1, told
            assert watched.too_wide() <= 0, told
            assert watched.size() < MOST_BYTES, told
            if script and (trial or (width, scheme) in JUDGED):
                assert faults(watched) == [], told
        assert (watched.hosts, watched.complaints) == ({host}, []), (name, script)
        opened.close()


@pytest.mark.parametrize("name", [*PAGES, *OF_GROUPS])
def test_a_page_whose_script_did_not_come_has_no_fault(
    browser: Browser, paths: dict[str, tuple[str, Any]], trial: bool, name: str
) -> None:
    """Axe is a script itself and waits for ever where none may run, so without ours the page is what its reader has then."""
    address, cookies = paths[name]
    opened = context(browser, cookies=cookies)
    opened.route("**/*.js*", lambda asked: asked.abort())
    watched = Watched(opened)
    for width, scheme in product(WIDTHS, SCHEMES) if trial else JUDGED[:1]:
        shown(watched, address, width, scheme)
        assert faults(watched) == [], (name, width, scheme)
    assert watched.complaints == []
    opened.close()


def test_a_form_that_comes_back_has_no_fault(browser: Browser, paths: dict[str, tuple[str, Any]]) -> None:
    """With a day that is past, typed on a phone: the message stands beside the field, and nothing is too wide."""
    address, cookies = paths["week"]
    for width, scheme in JUDGED:
        opened = context(browser, width, cookies=cookies)
        watched = Watched(opened)
        shown(watched, address, width, scheme)
        watched.page.locator("summary").first.click()
        form = watched.page.locator("details form").first
        form.evaluate("form => form.noValidate = true")
        form.locator("[name=follow_up_on]").fill("2026-01-01")
        form.locator("button").click()
        watched.page.locator(".wrong").wait_for()
        assert watched.page.locator("[aria-invalid]").input_value() == "2026-01-01"
        assert watched.page.get_by_label("Come back to it on").count() == 1
        assert (faults(watched), watched.too_wide() <= 0, watched.complaints) == ([], True, [])
        opened.close()


def shown(watched: Watched, address: str, width: int, scheme: Scheme) -> None:
    """Open a page in a window of that width and scheme."""
    watched.page.set_viewport_size({"width": width, "height": 800})
    watched.page.emulate_media(color_scheme=scheme)
    watched.page.goto(address)


@pytest.mark.parametrize("name", ["week", "person"])
def test_a_page_holds_in_forced_colours_and_in_print(
    browser: Browser, paths: dict[str, tuple[str, Any]], name: str
) -> None:
    """With the system's own colours bands are still words and signs; on paper nothing is left that can be pressed."""
    address, cookies = paths[name]
    opened = context(browser, cookies=cookies)
    watched = Watched(opened)
    watched.page.emulate_media(forced_colors="active")
    watched.page.goto(address)
    assert faults(watched) == []
    band = watched.page.locator(".band").first
    assert band.inner_text().strip() in words.BANDS.values()
    assert band.locator("svg").count() == 1
    watched.page.emulate_media(media="print", forced_colors="none")
    assert [one for one in watched.page.locator("button").all() if one.is_visible()] == []
    assert watched.page.locator("h1").is_visible()
    opened.close()


def test_what_can_be_pressed_is_large_enough(browser: Browser, paths: dict[str, tuple[str, Any]]) -> None:
    """Every button, field and link that stands alone is at least 24 pixels high and wide, on a phone too."""
    for name in ("week", "person", "sign-in", "teams", "dashboard"):
        address, cookies = paths[name]
        opened = context(browser, 320, cookies=cookies)
        page = opened.new_page()
        page.goto(address)
        for one in page.locator("button, input:not([type=hidden]), select, summary, nav a, .who a, .back a").all():
            box = one.bounding_box()
            if one.is_visible() and box is not None:
                assert min(box["width"], box["height"]) >= 24, (name, one.inner_text(), box)
        opened.close()


def test_the_end_of_a_session_is_warned_of_and_leaves_nothing_on_the_screen(
    browser: Browser, paths: dict[str, tuple[str, Any]]
) -> None:
    """Two minutes before, a warning with a way to stay; at the end, the page of a person is gone from the screen."""
    address, cookies = paths["person"]
    opened = context(browser, cookies=cookies)
    page = opened.new_page()
    page.clock.install()
    page.goto(address)
    assert not page.locator("#warning").is_visible()
    page.clock.fast_forward("28:30")
    page.locator("#warning").wait_for(state="visible")
    assert page.locator("#warning a").inner_text() == "Stay signed in"
    page.clock.fast_forward("01:40")
    page.wait_for_url("**/sign-in?why=ended&next=*")
    assert "signed out" in page.locator(".note").inner_text()
    opened.close()


def test_axe_finds_what_is_planted(browser: Browser, paths: dict[str, tuple[str, Any]]) -> None:
    """A button without a name and a text without contrast, put into a page, are found: so none is there otherwise."""
    address, _ = paths["sign-in"]
    opened = context(browser)
    watched = Watched(opened)
    watched.page.goto(address)
    planted = """() => {
        const button = document.createElement("button"), text = document.createElement("p");
        text.textContent = "pale"; text.style.color = "#eee"; text.style.background = "#fff";
        document.querySelector("main").append(button, text);
    }"""
    watched.page.evaluate(planted)
    assert {one.split(":")[0] for one in faults(watched)} == {"button-name", "color-contrast"}
    opened.close()


def faults(watched: Watched) -> list[str]:
    """What axe finds wrong, and where."""
    found = Axe().run(watched.page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]
