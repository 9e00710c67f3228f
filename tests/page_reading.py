"""Reading a page in this process as its reader would: who stands in a table, and what it says."""

import html
import re
from pathlib import Path

from tests.page_home import person_key
from tests.posting import Client
from tests.visitor import Visitor


def signed_in(client: Client, home: Path, unit: str = "", role: str = "hrbp") -> Visitor:
    """Somebody signed in with a key of their own."""
    visitor = Visitor(client)
    assert visitor.sign_in(person_key(home, role, unit)).status_code == 303
    return visitor


def people(page: str, table: str = "people") -> list[str]:
    """Ids that a table of the page leads to, in order."""
    found = re.search(rf'<table class="{table}" .*?</table>', page, re.DOTALL)
    return re.findall(r'class="who">\s*<a href="/people/([^"]+)"', found[0]) if found else []


def words(page: str) -> str:
    """The text of a page's content."""
    found = re.search(r"<main.*?</main>", page, re.DOTALL)
    assert found is not None
    told = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split())
    return re.sub(r" ([.,:;])", r"\1", told)
