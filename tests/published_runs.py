"""Published runs written by hand: who stands where, at which risk, for which reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Engine

from models.bands import Bands
from models.telling import Reason
from service.lists.rises import Rise
from service.scoring import NextConversation, Scored, refusal
from service.store import runs
from service.store.runs import PublishedScore, Run, RunIdentity, Write

NEWEST: Final = {"surveys": "2026-08-20", "checkins": "2026-08-30", "job_history": "2026-07-01"}


@dataclass(frozen=True)
class Person:
    """One person of a run; without a risk, somebody who was refused."""

    employee_id: str
    risk: float | None
    unit: str | None = "Sales/North"
    reasons: Mapping[str, float] = field(default_factory=dict)
    """Contributions by feature."""
    newest: Mapping[str, str] = field(default_factory=dict)
    hired_on: str | None = None


def publish(
    store: Engine,
    as_of: str,
    people: Sequence[Person],
    *,
    bundle: str = "sha256:b",
    rises: Sequence[Rise] = (),
    retrospective: bool = False,
    data: str = "",
    alongside: Sequence[Write] = (),
) -> Run:
    """Publish a run of these people; the risks by 30, 180 and 365 days are a half, twice and three times the one given."""
    identity = RunIdentity(as_of, f"sha256:{data or as_of}", bundle, "sha256:s")
    head = Run(identity, "1", retrospective, f"{as_of}T23:00:00Z", len(people), (), NEWEST)
    assert runs.publish(store, head, [runs.row(_published(person)) for person in people], {}, rises, alongside)
    found = runs.find(store, identity)
    assert found is not None
    return found


def _published(person: Person) -> PublishedScore:
    if person.risk is None:
        return PublishedScore(refusal(person.employee_id, "objection"), "M1", person.unit, None)
    risks = person.risk / 2, person.risk, 2 * person.risk, 3 * person.risk
    reasons = tuple(
        Reason(name, name.upper(), "raises" if phi > 0 else "lowers", phi, 1.0, actionable=True)
        for name, phi in person.reasons.items()
    )
    band, due = Bands().of(person.risk), NextConversation("want", 12)
    return PublishedScore(
        Scored(person.employee_id, risks, band, reasons, due, None),
        "M1",
        person.unit,
        None,
        person.newest,
        person.hired_on,
    )
