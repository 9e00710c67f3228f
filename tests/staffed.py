"""Companies whose people and risks are written down one by one, published as the nightly run publishes, without a model's say.

    publish(store, "2026-09-01", [Member("E1", "Sales/North", "M1", 0.1), ...])

The data folder is real and goes through the door, and every part that is published with a run is; only the scores are given.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
import numpy as np
from sqlalchemy import Engine

from features.company import UNIT, Tones
from features.ingest import Ingested, load
from features.presence import at_risk
from features.settings import FeatureSettings
from models.bands import Bands
from models.risk import RiskModel
from models.telling import Reason
from service.alongside import Seen, alongside
from service.bundles import Champion
from service.serving import Serving
from service.store import runs
from service.store.rows import Rows
from service.store.runs import Run, RunIdentity
from tests import builders, small_models
from tests.served import day

HIRED: Final = "2024-01-15"


@dataclass(frozen=True)
class Member:
    """One person, as one run sees them; without a risk, somebody who was refused."""

    employee_id: str
    unit: str | None
    manager: str | None
    risk: float | tuple[float, float, float, float] | None
    """By 90 days, those by 30, 180 and 365 being a half, three halves and twice that; or all four."""
    reasons: Mapping[str, float] = field(default_factory=dict)
    """Contributions by feature."""
    hired: str = HIRED
    left: str | None = None
    voluntary: bool = True
    moved: Sequence[tuple[str, str | None, str | None]] = ()
    """Days on which the person came to another unit and manager, the last being the present ones; else from the hire on."""
    pay: float | None = None
    """Yearly base salary."""

    @property
    def risks(self) -> tuple[float, float, float, float]:
        """By 30, 90, 180 and 365 days; NaN without a risk."""
        if isinstance(self.risk, tuple):
            return self.risk
        one = np.nan if self.risk is None else self.risk
        return one / 2, one, one * 1.5, one * 2


@cache
def serving() -> Serving:
    """A small model that is said to be served."""
    folder = Path(tempfile.mkdtemp(prefix="retention-staffed-"))
    bundle = small_models.sound(folder / "bundle", small_models.base_rate_text())
    return Serving(Champion("retention-risk", "1", "", bundle.digest), RiskModel.load(bundle.path))


def seen(
    store: Engine,
    as_of: str,
    members: Sequence[Member],
    *,
    retrospective: bool = False,
    tones: Mapping[str, float] = MappingProxyType({}),
    **tables: list[dict[str, Any]],
) -> Seen:
    """What a run of these people saw; further tables as `builders.folder` takes them.

    `tones` are how comments of 9 August 2026 sound, by who wrote them.
    """
    with tempfile.TemporaryDirectory() as folder:
        employees, jobs = _employees(members), [job for member in members for job in _jobs(member)]
        builders.folder(Path(folder), form="csv", employees=employees, job_history=jobs, **tables)
        data = _heard(load(Path(folder), FeatureSettings(), day(as_of)), tones)
    served, company, on = serving(), data.company, day(as_of)
    persons = np.flatnonzero(at_risk(company, on)).astype(np.int32)
    known = {member.employee_id: member for member in members}
    rows = _rows([known[company.people.employee_id[person]] for person in persons.tolist()])
    identity = RunIdentity(as_of, f"sha256:{data.digest}", served.model.digest, "sha256:s")
    head = Run(identity, "1", retrospective, f"{as_of}T23:00:00Z", len(rows), ())
    return Seen(store, data, on, f"{as_of}T23:00:00Z", served, head, persons, rows)


def publish(store: Engine, as_of: str, members: Sequence[Member], **more: Any) -> Run:
    """Publish a run of these people with every part that belongs to it; `more` as `seen` takes it."""
    found = seen(store, as_of, members, **more)
    assert runs.publish(store, found.head, found.rows, {}, (), alongside(found))
    run = runs.find(store, found.head.identity)
    assert run is not None
    return run


def _heard(data: Ingested, tones: Mapping[str, float]) -> Ingested:
    """The data with comments as if they had been read."""
    if not tones:
        return data
    place = {id_: number for number, id_ in enumerate(data.company.people.employee_id)}
    who = sorted(tones, key=place.__getitem__)
    found = Tones(
        person=np.array([place[one] for one in who], np.int32),
        unit=np.full(len(who), -1, np.int32),
        answered=np.full(len(who), day("2026-08-09"), np.int32),
        identified=np.ones(len(who), np.bool_),
        valence=np.array([round(tones[one] * UNIT) for one in who], np.int64),
    )
    return replace(data, company=replace(data.company, tones=found))


def _employees(members: Sequence[Member]) -> list[dict[str, Any]]:
    rows = []
    for member in members:
        kind = "voluntary" if member.voluntary else "redundancy"
        ended = {"termination_date": member.left, "termination_type": kind} if member.left else {}
        rows.append({**dict.fromkeys(("termination_date", "termination_type")), **_hired(member), **ended})
    return rows


def _hired(member: Member) -> dict[str, Any]:
    return builders.employee(member.employee_id, member.hired)


def _jobs(member: Member) -> list[dict[str, Any]]:
    stood = member.moved or [(member.hired, member.unit, member.manager)]
    events = ["hire"] + ["transfer"] * (len(stood) - 1)
    return [
        builders.job(member.employee_id, on, event, manager, unit, base_salary=member.pay)
        for event, (on, unit, manager) in zip(events, stood, strict=True)
    ]


def _rows(members: Sequence[Member]) -> Rows:
    scored = [member.risk is not None for member in members]
    bands = Bands()
    count = len(members)
    return Rows(
        employee_id=[member.employee_id for member in members],
        manager_id=[member.manager for member in members],
        org_unit=[member.unit for member in members],
        risks=np.array([member.risks for member in members], np.float64).reshape(count, 4),
        band=[bands.of(member.risks[1]) if one else None for member, one in zip(members, scored, strict=True)],
        no_score=[None if one else "objection" for one in scored],
        reasons=[_reasons(member) for member in members],
        next_conversation=[None] * count,
        overdue_days=[None] * count,
        team_values=[None] * count,
        newest=["{}"] * count,
        hired_on=[member.hired for member in members],
    )


def _reasons(member: Member) -> str:
    told = [
        Reason(name, name, "raises" if phi > 0 else "lowers", phi, 1.0, actionable=True)
        for name, phi in member.reasons.items()
    ]
    return msgspec.json.encode(told).decode()
