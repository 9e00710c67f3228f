"""Real exports beside their SQL mappings, and the commands run on them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

_MAPPINGS: Final = Path(__file__).parent / "real"
_RAW: Final = {
    "jobathon": ("monthly.csv.gz",),
    "huebner": ("HRDataset_v14.csv",),
    "happyforce": ("votes.csv.gz", "churn.csv.gz", "comments.csv.gz"),
}


def data_folder(shared_data: Path, name: str, into: Path) -> Path:
    """Make `into` a data folder: the mappings of tests/real/`name`, links to the raw files; skip where they are absent."""
    for file in _RAW[name]:
        raw = shared_data / name / file
        if not raw.exists():
            pytest.skip(f"the public data set '{name}' is not here")
        (into / file).symlink_to(raw)
    for mapping in (_MAPPINGS / name).glob("*.sql"):
        (into / mapping.name).write_text(mapping.read_text(encoding="utf-8"), encoding="utf-8")
    return into


def rated_from_the_first_month(folder: Path) -> Path:
    """Make the sales force's mapping take a quarter's rating from each of its months, also those before its end.

    Published figures read the file so, although the rating was filled in afterwards; it lifts every method's AUC.
    """
    mapping = (folder / "signals.sql").read_text(encoding="utf-8")
    late = "WHERE month(month) IN (3, 6, 9, 12)"
    assert late in mapping
    (folder / "signals.sql").write_text(mapping.replace(late, ""), encoding="utf-8")
    return folder


def run(root: Path, home: Path, *arguments: str) -> str:
    """Run ``python -m`` with the arguments in a home of its own; what it prints, once it is done without fault."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=root,
        env={**os.environ, "RETENTION_HOME": str(home), "RETENTION_THREADS": "2"},
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
