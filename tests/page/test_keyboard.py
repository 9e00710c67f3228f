"""With a keyboard alone: from the sign-in page to a recorded action, with script and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from service.settings import Settings
from service.store import actions
from service.store.actions import Action
from service.store.engine import opened
from tests.page_home import person_key, written
from tests.running import Server, running

FOCUS = ":focus, input:focus-within"
"""What has the focus; the button inside a field for days is part of the field."""
_STOPS = 60
"""So many times the Tab key is pressed at most before something is reached."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server of a home of its own: what is recorded stays here."""
    with running(written(tmp_path / "home"), "--no-sync") as found:
        yield found


def focused(page: Page) -> str:
    """Words of what has the focus, which must be seen to have it."""
    ring = "e => [getComputedStyle(e).outlineStyle, parseFloat(getComputedStyle(e).outlineWidth)]"
    style, width = page.locator(FOCUS).evaluate(ring)
    assert (style, width >= 2) == ("solid", True)
    return str(page.locator(FOCUS).evaluate("e => e.innerText || e.id || e.name || ''")).strip()


def only(server: Server, employee_id: str) -> Action:
    """The only action of somebody."""
    with opened(Settings(home=server.home).database_url) as store:
        (found,) = actions.of(store, [employee_id])[employee_id]
    return found


def walk_to(page: Page, words: str) -> None:
    """Press Tab until what begins with these words has the focus."""
    for _ in range(_STOPS):
        page.keyboard.press("Tab")
        if focused(page).startswith(words):
            return
    raise AssertionError(f"the Tab key does not reach {words!r}")


@pytest.mark.parametrize("script", [True, False])
def test_from_sign_in_to_a_recorded_action(browser: Browser, own: Server, script: bool) -> None:
    """Tab, Enter and typing are enough, every stop is seen, and what was recorded is in the store and on the page."""
    base = f"http://127.0.0.1:{own.port}"
    key = person_key(own.home)
    page = browser.new_context(java_script_enabled=script).new_page()
    page.goto(base)
    assert page.url == f"{base}/sign-in"
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    walk_to(page, "key")
    page.keyboard.type(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/")
    walk_to(page, "Ilse Aalto")
    walk_to(page, "We talked")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/?changed=*")
    assert "Recorded for Ilse Aalto: Talked with them" in page.locator("[role=status]").inner_text()
    assert page.locator("table.people").first.get_by_text("Ilse Aalto").count() == 0
    done = only(own, "E000001")
    assert (done.action_type, done.state, done.recorded_by) == ("stay_interview", "done", key[3:11])
    walk_to(page, "Undo")
    walk_to(page, "Done")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/?changed=*&was=open&was_on=2026-10-01")
    walk_to(page, "Undo")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/?changed=*&was=done")
    assert (only(own, "E000007").state, only(own, "E000007").follow_up_on) == ("open", "2026-10-01")
    walk_to(page, "Sign out")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/sign-in?why=out")
    page.goto(f"{base}/people/E000001")
    assert page.url == f"{base}/sign-in?next=%2Fpeople%2FE000001"
    page.context.close()
