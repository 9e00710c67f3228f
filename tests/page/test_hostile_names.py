"""Names and units that would be programs, if a page let them: they are shown as the text they are."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.browser import Watched
from tests.page_home import RISKS, person_key, written
from tests.running import Server, running

CORPUS: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a>",
    "a\u202e\u2066<b>",
    '" autofocus onfocus="alert(1)',
)
"""As names, and as org units."""
INERT: Final = "document.querySelectorAll('main script, main img, main iframe, main a[href^=javascript], [onfocus], [onload], main b').length"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose people are called so, in units that are called so."""
    names = dict(zip(RISKS, CORPUS, strict=True))
    units = {id_: f"Sales/{text.replace('/', '')}" for id_, text in names.items()}
    with running(written(tmp_path_factory.mktemp("hostile") / "home", names, units), "--no-sync") as found:
        yield found


def test_hostile_text_is_only_text(browser: Browser, hostile: Server) -> None:
    """On the list and on every person's page: nothing runs, nothing is made of it, and the text stands there whole."""
    base = f"http://127.0.0.1:{hostile.port}"
    watched = Watched(browser.new_context())
    page = watched.page
    page.goto(f"{base}/sign-in")
    page.fill("#key", person_key(hostile.home, name=CORPUS[0]))
    page.press("#key", "Enter")
    page.wait_for_url(f"{base}/")
    page.fill("#capacity", "10")
    page.press("#capacity", "Enter")
    page.wait_for_url(f"{base}/")
    shown = page.locator("main").inner_text()
    assert [
        text for id_, text in zip(RISKS, CORPUS, strict=True) if (RISKS[id_] or 0) > 0.05 and text not in shown
    ] == []
    assert page.locator(".whose").inner_text() == CORPUS[0]
    assert page.evaluate(INERT) == 0
    for id_, text in zip(RISKS, CORPUS, strict=True):
        for path in (f"/people/{id_}", f"/seen/{id_}"):
            page.goto(f"{base}{path}")
            assert text in page.locator("main").inner_text(), path
            assert page.evaluate(INERT) == 0, path
    page.goto(base)
    for number in range(page.locator("a.unit").count()):
        page.goto(base)
        page.locator("a.unit").nth(number).click()
        assert page.evaluate(INERT) == 0
        assert page.locator("h1").inner_text().startswith("This week: Sales/")
    assert (watched.hosts, watched.complaints) == ({base.removeprefix("http://")}, [])
    page.context.close()
