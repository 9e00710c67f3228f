"""A home whose page has something to show: the toy's company scored on several days, and a key for a person."""

from pathlib import Path
from typing import Final

from service.access.keys import Caller, add_key
from service.cli import main
from service.settings import Settings
from service.store.engine import open_store
from tests.served import Toy, shared_toy

DAYS: Final = ("2026-08-16", "2026-08-31", "2026-09-15")
"""Days after the toy's training day, the last of which the page shows."""


def scored(path: Path, days: tuple[str, ...] = DAYS, toy: Toy | None = None, data: Path | None = None) -> Path:
    """A home with a run of each day."""
    made = toy or shared_toy()
    home = made.home(path)
    for day in days:
        arguments = ["score", "--data", str(data or made.data), "--as-of", day, "--accept"]
        assert main(arguments, {"RETENTION_HOME": str(home), "RETENTION_THREADS": "1"}) == 0
    return home


def person_key(home: Path, role: str = "hrbp", org_unit: str = "", name: str = "A. Reader") -> str:
    """A key whose holder has a page."""
    store = open_store(Settings(home=home).database_url)
    try:
        return add_key(store, Caller(name, role, org_unit), "2026-01-01T00:00:00Z")
    finally:
        store.dispose()
