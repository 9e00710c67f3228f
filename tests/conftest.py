"""What every test starts from: a clean environment, a home of its own, few threads, and named sizes.

`make test` and `make trial` run the same tests: they differ in what the fixture `trial` says, and in where figures go.
"""

import json
import logging
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

# Several test processes share the machine, and these libraries read their thread counts once, when first imported.
for _threads in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import hypothesis  # noqa: E402 - after the thread counts above
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from tests import planted  # noqa: E402

if TYPE_CHECKING:  # what opens a store is imported where one is asked for: most tests need none
    from sqlalchemy import Engine

    from service.settings import Settings

ROOT: Final = Path(__file__).resolve().parent.parent
TRIAL: Final = os.environ.get("RETENTION_TRIAL") == "1"
"""True under `make trial`: full sizes."""
SHARED_DATA: Final = Path(os.environ.get("RETENTION_SHARED_DATA") or ROOT.parent / "shared" / "data")
"""Public data sets for `tests/real`; they are never part of the repository."""
SEED: Final = 20_261_121

OF_THE_SUITE: Final = frozenset({"RETENTION_TRIAL", "RETENTION_SHARED_DATA"})
"""Settings of the tests themselves: they stay, since the test processes started by xdist read them too."""


def _inherited() -> list[str]:
    """Name the settings of the programs that the caller's environment holds."""
    return [name for name in os.environ if name.startswith(("RETENTION_", "MLFLOW_")) and name not in OF_THE_SUITE]


for _name in _inherited():
    del os.environ[_name]
# Programs that tests start again and again are compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Fixtures that outlive a test must not fall into the working directory's home either.
_session_home = tempfile.TemporaryDirectory(prefix="retention-tests-", ignore_cleanup_errors=True)
os.environ["RETENTION_HOME"] = _session_home.name
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

hypothesis.settings.register_profile("small", max_examples=40, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("trial", max_examples=1_000, deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("trial" if TRIAL else "small")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what only `make trial` runs, and what needs data that is not here, each with its reason."""
    for item in items:
        if not TRIAL and item.get_closest_marker("trial"):
            item.add_marker(pytest.mark.skip(reason="full size only: make trial"))


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test its own empty home, no inherited setting, and seeded global generators."""
    for name in _inherited():
        monkeypatch.delenv(name)
    monkeypatch.setenv("RETENTION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - libraries under test may use the old global generator


class _Overheard(logging.Handler):
    """Keeps what our own loggers say that is somebody's."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found += planted.found_in(record.getMessage())


_overheard = _Overheard()
for _room in ("features", "models", "service", "training"):
    logging.getLogger(_room).addHandler(_overheard)


@pytest.fixture(autouse=True)
def nothing_personal_is_logged() -> Iterator[None]:
    """Fail any test in which one of our loggers names a person of the suite's data, a planted word or a key."""
    _overheard.found.clear()
    yield
    assert _overheard.found == []


@pytest.fixture(params=("sqlite", "postgresql"))
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Settings]":
    """Settings of a fresh home, with a store of either kind; the anchor follows the access log when it is told to."""
    from tests import stores

    with stores.settings(request.param, tmp_path / "home") as found:
        yield replace(found, anchor_seconds=3_600)


@pytest.fixture
def store(settings: "Settings") -> "Iterator[Engine]":
    """Its store, empty."""
    from tests import stores

    with stores.opened(settings) as engine:
        yield engine


@pytest.fixture
def rng() -> np.random.Generator:
    """Give a generator with the suite's seed."""
    return np.random.default_rng(SEED)


@pytest.fixture(scope="session")
def trial() -> bool:
    """Say whether this is `make trial`: full sizes instead of small ones."""
    return TRIAL


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder with the public data sets, or skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the public data sets are not here (RETENTION_SHARED_DATA names their folder)")
    return SHARED_DATA


@pytest.fixture(scope="session")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Mapping[str, object]], Path]:
    """Give `figures(name, values)`: writes a JSON file, to .retention/trial/ under `make trial`."""
    folder = ROOT / ".retention" / "trial" if TRIAL else tmp_path_factory.mktemp("figures")
    folder.mkdir(parents=True, exist_ok=True)

    def write(name: str, values: Mapping[str, object]) -> Path:
        path = folder / f"{name}.json"
        path.write_text(json.dumps(dict(values), indent=2, sort_keys=True) + "\n", encoding="utf-8")
        return path

    return write
