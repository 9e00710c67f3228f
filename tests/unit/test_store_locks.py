"""Several connections, in one process and in others: they see what each wrote, whoever opens the store again."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from sqlalchemy import text

from service.store.engine import open_store

ADD: Final = "insert into keys (digest, name, role, org_unit, created_at) values ('{}', 'n', 'admin', '', '')"
COUNT: Final = "select count(*) from keys"
OTHER: Final = f"""
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=5)
connection.execute({ADD!r}.format(sys.argv[2]))
connection.commit()
print(connection.execute({COUNT!r}).fetchone()[0])
connection.close()
"""


def other(file: Path, digest: str) -> int:
    """Another process adds a row and leaves; how many it saw."""
    done = subprocess.run(
        [sys.executable, "-c", OTHER, str(file), digest], check=True, timeout=60, capture_output=True, text=True
    )
    return int(done.stdout)


def test_a_store_opened_again_keeps_its_locks(tmp_path: Path) -> None:
    """Processes see each other's rows though one of them opened the store a second time, and closed it, meanwhile."""
    file = tmp_path / "retention.db"
    first = open_store(f"sqlite:///{file}")
    with first.begin() as connection:
        connection.execute(text(ADD.format("a")))
    open_store(f"sqlite:///{file}").dispose()
    assert other(file, "b") == 2
    with first.begin() as connection:
        connection.execute(text(ADD.format("c")))
        assert connection.execute(text(COUNT)).scalar() == 3
    assert other(file, "d") == 4
    first.dispose()
