"""A real browser: Debian's Chromium driven by Playwright, installed where that is possible, else the test is skipped.

    with opened() as browser:
        page = browser.new_context().new_page()

`Watched` listens to what a page must not do: load from elsewhere, break its own content policy, or run a script that
somebody hid in a name.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    Response,
    sync_playwright,
)

from tests.debian import installed

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")


@cache
def program() -> str:
    """The path of Chromium; installs it where that is possible, else skips the test."""
    return installed("chromium", lambda: next(filter(None, map(shutil.which, _PROGRAMS)), None), "Chromium")


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser for the length of a block. It keeps its sandbox, unless it is root, who can have none."""
    where = program()
    bare = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=[*bare, "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page of a context, with all that it asked for and complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.answers: list[Response] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("response", self._answered)
        self.page.on("pageerror", self._failed)
        self.page.on("dialog", self._opened)
        self.page.on("console", self._heard)

    def _answered(self, answer: Response) -> None:
        self.answers.append(answer)

    def _failed(self, error: Error) -> None:
        self.complaints.append(f"error: {error}")

    def _opened(self, dialog: Dialog) -> None:
        self.complaints.append("dialog")
        dialog.dismiss()

    def _heard(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text or "Refused to" in said.text:
            self.complaints.append(said.text)

    def size(self) -> int:
        """Bytes of everything that was answered since the page was opened or this was asked."""
        found = sum(int(one.headers["content-length"]) for one in self.answers if one.status == 200)
        self.answers.clear()
        return found

    def too_wide(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
