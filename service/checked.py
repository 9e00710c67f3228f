"""Whether a run may be published: its data looked at, compared with the last run's, and held back where a gate says so."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np
from sqlalchemy import Engine

from features import build, catalogue, presence
from features.blocks import Snapshots
from features.company import Company
from features.days import NEVER, to_date
from features.feature import Feature
from features.newest import newest_facts
from features.spec import FeatureSpec
from service import gates
from service.errors import GateError
from service.gates import Column, Facts
from service.store import held, runs
from service.store.runs import Run

_LOG: Final = logging.getLogger("service.nightly")

_COMPARED: Final = 2_000
"""Of about so many people the columns are compared with the last run's."""


@dataclass(frozen=True)
class Asked:
    """What is to be published."""

    company: Company
    """Its comments read."""
    spec: FeatureSpec
    day: int
    now: str
    """The present moment, RFC 3339 in UTC."""
    accept: bool
    """Publish also what a gate would hold back."""


def checked(store: Engine, head: Run, asked: Asked) -> Run:
    """The head with what is known of the run's data, once the gates have let it pass.

    Raises
    ------
    GateError
        They have not: it is written down why, and the last run stays.
    """
    features = catalogue.person_catalogue(asked.spec)
    made = _looked_at(head, asked, features)
    before = None if head.retrospective else runs.before(store, head.identity.as_of)
    unknown = 0 if before is None else _unknown(store, asked.company, before)
    reasons = [] if before is None else gates.reasons(_facts(made), _facts(before), unknown, features)
    for reason in reasons:
        _LOG.warning("%s%s", reason, " Published all the same." if asked.accept else "")
    if reasons and not asked.accept:
        held.refuse(store, head.identity.as_of, asked.now, reasons)
        raise GateError(f"Held back, the last run stays: {' '.join(reasons)} To publish all the same: --accept.")
    return made


def _looked_at(head: Run, asked: Asked, features: Sequence[Feature]) -> Run:
    company, day = asked.company, asked.day
    persons = np.flatnonzero(presence.at_risk(company, day)).astype(np.int32)
    some = persons[:: max(1, len(persons) // _COMPARED)]
    sample = Snapshots(some, np.full(len(some), day, dtype=np.int32))
    looks = gates.columns(features, build.person_features(company, asked.spec, sample))
    newest = {source: days[days != NEVER] for source, days in newest_facts(company, day).items()}
    return replace(
        head,
        people=len(persons),
        newest={source: str(to_date(int(days.max()))) for source, days in newest.items() if len(days)},
        inputs=msgspec.json.encode(looks).decode(),
    )


def _facts(run: Run) -> Facts:
    looks = msgspec.json.decode(run.inputs, type=dict[str, Column])
    return Facts(run.identity.as_of, run.identity.data_digest, run.people, run.newest, looks)


def _unknown(store: Engine, company: Company, before: Run) -> int:
    """How many people of a run the data has no row of."""
    return len(runs.levels(store, before).keys() - set(company.people.employee_id))
