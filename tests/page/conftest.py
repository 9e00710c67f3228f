"""What the page's tests share: a home with scored people, its server, a browser, and who is signed in."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser

from tests import browser as browsers
from tests.exports import NEXT, changed, score
from tests.page_home import written
from tests.running import Server, running
from tests.served import shared_toy


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


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one night of a company that pays in one currency: its groups have figures, and its model is loaded."""
    folder = tmp_path_factory.mktemp("company")
    data = changed(folder, "job_history", lambda jobs: jobs.with_columns(currency=pl.lit("EUR")))
    home = shared_toy().home(folder / "home")
    assert score(home, data, NEXT) == 0
    return home


@pytest.fixture(scope="module")
def company_server(company: Path) -> Iterator[Server]:
    """That home's server."""
    with running(company, "--no-sync") as found:
        yield found
