"""Nightly runs as processes of their own, and what a store holds when they are done."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, func, select

from service.settings import Settings
from service.store import tables
from service.store.engine import open_store
from service.store.night_tables import nights, staged
from tests import stores
from tests.posting import body
from tests.served import shared_toy

DAY: Final = "2026-09-15"
BEFORE: Final = "2026-09-08"
REQUEST: Final = body(
    DAY,
    [
        {
            "employee_id": "E1",
            "hire_date": "2023-04-01",
            "job_history": [{"effective_date": "2023-04-01", "event": "hire"}],
        }
    ],
)
"""One person who can be scored."""
_SECONDS: Final = 120
_OF_THE_MOMENT: Final = frozenset({"id", "run", "published_at"})
"""Columns that differ between two runs of the same."""

Content = dict[str, list[tuple[Any, ...]]]
"""Rows by table, in order."""


@dataclass(frozen=True)
class Night:
    """A home with a champion, its store, and the commands that score in it."""

    settings: Settings

    def start(
        self, day: str = DAY, *more: str, kill: tuple[str, int] = ("", 0), environ: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a run of the shared toy's folder; `kill` names the kind of step at which it ends itself, and which."""
        asked = ["score", "--data", str(shared_toy().data), "--as-of", day, *more]
        program = ["tests.killed", kill[0], str(kill[1])] if kill[0] else ["service"]
        given = {"RETENTION_HOME": str(self.settings.home), "RETENTION_THREADS": "1"}
        if self.settings.store_url:
            given["RETENTION_STORE_URL"] = self.settings.store_url
        return subprocess.Popen(
            [sys.executable, "-m", *program, *asked],
            env={**os.environ, **given, **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, day: str = DAY, *more: str, **how: Any) -> subprocess.CompletedProcess[str]:
        """Run it to its end, whichever that is."""
        return ended(self.start(day, *more, **how))

    def content(self) -> Content:
        """What the store's readers see, without what is of the moment."""
        with stores.opened(self.settings) as store:
            return content(store)

    def under_way(self) -> tuple[int, int]:
        """How many runs have a lease or had one, and how many parts are staged."""
        with stores.opened(self.settings) as store, store.connect() as connection:
            return tuple(  # type: ignore[return-value]
                connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (nights, staged)
            )


@contextmanager
def night(kind: str, home: Path, *days: str) -> Iterator[Night]:
    """A fresh home with the toy champion and an empty store of that kind, in which runs of these days are published."""
    shared_toy().home(home)
    with stores.settings(kind, home) as settings:
        open_store(settings.database_url).dispose()
        found = Night(settings)
        for day in days:
            done = found.run(day)
            assert done.returncode == 0, done.stderr
        yield found


def command(home: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the service in a home."""
    given = {**os.environ, "RETENTION_HOME": str(home)}
    arguments = [sys.executable, "-m", "service", *asked]
    return subprocess.run(arguments, env=given, capture_output=True, text=True, timeout=_SECONDS, check=False)


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """The process at its end, and what it said."""
    try:
        said = process.communicate(timeout=_SECONDS)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, *said)


def content(store: Engine) -> Content:
    """Runs, and of every table that belongs to a run its rows, by what makes the run what it is."""
    found: Content = {}
    with store.connect() as connection:
        runs = {row.id: (row.as_of, row.data_digest, row.bundle_digest, row.settings_digest)
                for row in connection.execute(select(tables.runs))}  # fmt: skip
        for table in tables.METADATA.sorted_tables:
            if table is tables.runs or any(key.column.table is tables.runs for key in table.foreign_keys):
                rows = connection.execute(select(table)).mappings()
                found[table.name] = sorted((_row(runs, row) for row in rows), key=repr)
    return found


def _row(runs: Mapping[int, tuple[str, ...]], row: Mapping[Any, Any]) -> tuple[Any, ...]:
    """A row's values; numbers of runs, which PostgreSQL does not give again after a kill, as the runs they are."""
    named = {**row, **{name: runs.get(row[name]) for name in row if name == "made_by"}}
    kept = [bytes(value) if isinstance(value, memoryview) else value
            for name, value in named.items() if name not in _OF_THE_MOMENT]  # fmt: skip
    return (*runs[row.get("run", row.get("id"))], *kept)
