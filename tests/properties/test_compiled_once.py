"""A posted person takes the machine code that a data folder took: nothing is compiled while somebody waits."""

from typing import Any, Final

import numpy as np

from features import build, career, checkins, posted, presence, signals, surveys, tickets
from features.blocks import Snapshots
from features.company import Company
from features.ingest import load
from features.settings import OFFBOARDING, FeatureSettings
from tests.posting import body, people
from tests.served import day, shared_toy

DAY = "2026-09-15"
LOOPS: Final[tuple[Any, ...]] = (career.loop, checkins.loop, signals.loop, surveys.loop, tickets.loop)


def kinds() -> list[int]:
    """For how many kinds of arguments each loop over a table has been compiled."""
    return [len(loop.signatures) for loop in LOOPS]


def compute(company: Company) -> None:
    """Features of everybody at risk."""
    here = np.flatnonzero(presence.at_risk(company, day(DAY))).astype(np.int32)
    rows = Snapshots(here, np.full(len(here), day(DAY), dtype=np.int32))
    build.dated_features(company, shared_toy().bundle.manifest.spec, rows)


def test_nothing_is_compiled_for_a_request() -> None:
    """Once a folder's people have been computed, posted ones compile no loop over a table again."""
    data, today = shared_toy().data, day("2026-10-01")
    compute(load(data, FeatureSettings(), today).company)
    before = kinds()
    for part in posted.read(body(DAY, people(data)), today, OFFBOARDING, posted.Limits()).parts:
        compute(part.company)
    assert kinds() == before
    assert min(before) >= 1
