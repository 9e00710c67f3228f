"""What the page's tests share: a home with scored people, its server, a browser, and who is signed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import browser as browsers
from tests.page_home import written
from tests.running import Server, running


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three runs."""
    return written(tmp_path_factory.mktemp("page") / "home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    """The home's server."""
    with running(home, "--no-sync") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; no test beside it may run an event loop of its own."""
    with browsers.opened() as found:
        yield found
