"""A home whose page has something to show, written by hand: three runs, names, conversations, actions."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy import insert

from models.bands import Bands
from models.telling import Reason
from service.access.keys import Caller, add_key
from service.scoring import NextConversation, Scored, refusal
from service.settings import Settings
from service.store import actions, runs
from service.store.engine import open_store
from service.store.page_tables import page_people
from service.store.runs import PublishedScore, Run, RunIdentity

DAYS: Final = ("2026-08-15", "2026-08-31", "2026-09-15")
"""Days of the runs, the last of which the page shows."""
NEWEST: Final = {"surveys": "2026-09-10", "checkins": "2026-09-12", "job_history": "2026-07-01"}
RISKS: Final = {
    "E000001": 0.31, "E000002": 0.24, "E000003": 0.13, "E000004": 0.11, "E000005": 0.08, "E000006": 0.07,
    "E000007": 0.06, "E000008": 0.03, "E000009": 0.01, "E000010": None,
}  # fmt: skip
"""By person: the 90-day risk of the last run; None: not scored."""
UNITS: Final = {"E000008": "Sales/South", "E000009": "Finance"}
"""Units of those who are not in Sales/North."""
NAMES: Final = {"E000001": "Ilse Aalto", "E000002": "Björn Østergård-Nakamura", "E000003": "李 明"}
REASONS: Final = (
    Reason("a", "No conversation about what they want to do for 11 months", "raises", 0.42, 152.0, actionable=True),
    Reason("b", "Pay +0.0 % since 2025-06-01 (typical here: +4.0 %)", "raises", 0.3, 0.0, actionable=True),
    Reason("c", "Lowers the risk: Survey answers average 8.1 of 10", "lowers", -0.21, 0.8, actionable=True),
    Reason("d", "With the same manager for 17 months", "raises", 0.12, 500.0, actionable=False),
)
TALKS: Final = ((3, 0, 0), (35, 0, 1), (66, 0, 0), (40, 1, 0), (200, 2, 2), (350, 0, 0))
"""Conversations: days ago, what about, what became of it; indexes as in `service.page.rhythm`."""


def written(path: Path, names: Mapping[str, str] = NAMES, units: Mapping[str, str] = UNITS, copies: int = 1) -> Path:
    """The home.

    Parameters
    ----------
    copies
        So often everybody is there: as themselves, and with other ids and a little less risk.
    """
    store = open_store(Settings(home=path).database_url)
    for number, day in enumerate(DAYS):
        share = 0.7 + 0.15 * number
        people = [_person(id_, risk, share, units) for id_, risk in RISKS.items()]
        people += [
            _person(f"{id_}x{n}", risk, share * 0.9, units) for n in range(1, copies) for id_, risk in RISKS.items()
        ]
        head = Run(
            RunIdentity(day, f"sha256:{day}", "sha256:b", "sha256:s"), "1", False, f"{day}T23:00:00Z", 0, (), NEWEST
        )
        assert runs.publish(store, head, [runs.row(person) for person in people], {})
    newest = runs.latest(store)
    assert newest is not None
    talks = np.array([ago * 16 + about * 4 + state for ago, about, state in TALKS], "<u2").tobytes()
    rows = [
        {
            "run": newest.id,
            "employee_id": id_,
            "display_name": names.get(id_),
            "work_email": None,
            "conversations": talks,
        }
        for id_ in RISKS
    ]
    with store.begin() as connection:
        connection.execute(insert(page_people), rows)
    begun = actions.new(
        "E000007", "workload", "2026-09-10T00:00:00Z", "2026-09-10T09:00:00Z", "k", actions.OPEN, "2026-10-01"
    )
    actions.record(store, begun, None)
    store.dispose()
    return path


def person_key(home: Path, role: str = "hrbp", org_unit: str = "", name: str = "") -> str:
    """A key, of somebody of their own where no name is given."""
    store = open_store(Settings(home=home).database_url)
    try:
        return add_key(store, Caller(name or f"Reader {secrets.token_hex(4)}", role, org_unit), "2026-01-01T00:00:00Z")
    finally:
        store.dispose()


def _person(id_: str, risk: float | None, share: float, units: Mapping[str, str]) -> PublishedScore:
    unit = units.get(id_, "Sales/North")
    if risk is None:
        return PublishedScore(refusal(id_, "notice_given"), "M0001", unit, None)
    now = risk * share
    risks = now / 2, now, 1.6 * now, 2.2 * now
    scored = Scored(id_, risks, Bands().of(now), REASONS, NextConversation("want", 152), None)
    return PublishedScore(scored, "M0001", unit, None, NEWEST)
