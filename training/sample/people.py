"""Tables of the sample about people as such: employees, absences, actions, objections, protected, directory."""

from typing import Final

import numpy as np
import polars as pl

from features.company import COMPETING, VOLUNTARY
from features.days import NEVER
from training.sample.columns import Ints, dates, instants, texts
from training.sample.plan import COUNTRIES
from training.sample.record import Record

_TYPES: Final = ("voluntary", "involuntary", "redundancy", "end_of_contract", "retirement", "mutual", "other")
_CONTRACTS: Final = ("permanent", "fixed_term")
_ACTIONS: Final = ("stay_interview", "compensation_review", "role_change", "workload", "recognition", "learning")
_GROUPS: Final = ("a", "b", "c")
_BANDS: Final = ("under 30", "30 to 44", "45 and over")


def employees(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """One row an employment that began on or before the last day."""
    state, shown = record.lives.state, record.shown
    resigned = np.where(shown & record.resigned, state.exit, NEVER)
    open_end = (rng.random(len(state)) < 0.2) & record.resigned & (state.gone > record.end)
    frame = pl.DataFrame(
        {
            "employee_id": record.ids,
            "hire_date": dates(state.hire),
            "resignation_date": dates(resigned),
            "termination_date": dates(np.where(shown & ~open_end, state.gone, NEVER)),
            "termination_type": texts(_TYPES, np.where(shown, _types(record, rng), -1)),
            "exit_recorded_at": dates(np.where(shown, record.recorded, NEVER)),
            "employment_type": texts(_CONTRACTS, state.fixed_term.astype(np.int64)),
            "country": texts(COUNTRIES, record.lives.plan.unit[state.team]),
        }
    )
    return frame.filter(pl.Series(state.hire <= record.end)).sort("employee_id", "hire_date")


def _types(record: Record, rng: np.random.Generator) -> Ints:
    """Index into `_TYPES`; -1 in the few rows where HR left the type out."""
    state = record.lives.state
    draw = rng.random(len(state))
    kind = rng.choice((1, 2, 5, 6), len(state), p=(0.5, 0.25, 0.15, 0.1))
    kind = np.where((state.exit - state.hire > 15 * 365) & (draw < 0.7), 4, kind)
    kind = np.where((state.fixed_term == 1) & (draw < 0.8), 3, kind)
    kind = np.where(state.kind == VOLUNTARY, 0, kind)
    unsaid = ((state.kind == COMPETING) | record.resigned) & (rng.random(len(state)) < 0.01)
    return np.where(unsaid | (state.kind == 0), -1, kind).astype(np.int64)


def absences(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """Leaves begun on or before the last day; some that go on have no end yet."""
    person, start, planned = record.lives.leaves
    end = np.minimum(planned, record.known_gone[person])
    unsure = (end > record.end) & (rng.random(len(end)) < 0.3)
    frame = pl.DataFrame(
        {
            "employee_id": texts(record.ids, person),
            "start_date": dates(start),
            "end_date": dates(np.where(unsure, NEVER, end)),
        }
    )
    return frame.filter(_keep(record, person, start)).sort("start_date", "employee_id", maintain_order=True)


def actions(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """Something done to keep people, mostly where engagement is low; it changes no hazard."""
    person, month = record.cells()
    chance = 0.003 * np.exp(-0.6 * record.lives.engagement[person, month])
    picked = rng.random(len(person)) < chance
    person, month = person[picked], month[picked]
    day = record.lives.plan.edges[month] + rng.integers(0, 28, len(person))
    kind, actor = rng.integers(len(_ACTIONS), size=len(person)), rng.integers(1, 21, len(person))
    frame = pl.DataFrame(
        {
            "employee_id": texts(record.ids, person),
            "action_type": texts(_ACTIONS, kind),
            "occurred_at": dates(day),
            "actor_id": [f"H{n:03d}" for n in actor],
        }
    )
    return frame.filter(_keep(record, person, day)).sort("occurred_at", "employee_id", maintain_order=True)


def objections(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """One employment in 300 holds an objection, a third of them withdrawn within the year."""
    state = record.lives.state
    person = np.flatnonzero((state.hire <= record.end) & (rng.random(len(state)) < 0.003))
    first = np.maximum(state.hire[person], record.lives.plan.edges[0])
    day = first + rng.integers(0, 400, len(person))
    withdrawn = np.where(rng.random(len(person)) < 0.33, day + rng.integers(20, 365, len(person)), NEVER)
    frame = pl.DataFrame(
        {
            "employee_id": texts(record.ids, person),
            "objected_at": instants(day * 86_400 + 36_000),
            "withdrawn_at": instants(np.where(withdrawn <= record.end, withdrawn * 86_400 + 36_000, -1)),
        }
    )
    return frame.filter(_keep(record, person, day)).sort("objected_at", "employee_id", maintain_order=True)


def protected(record: Record, rng: np.random.Generator) -> pl.DataFrame:
    """Two invented attributes per person, without influence on anything; a tenth are not given."""
    ids = _everyone(record)
    group, band = rng.integers(-1, 3, len(ids)), rng.choice(3, len(ids), p=(0.25, 0.45, 0.3))
    group = np.where(rng.random(len(ids)) < 0.6, np.abs(group), group)
    return pl.DataFrame({"employee_id": ids, "gender": texts(_GROUPS, group), "age_band": texts(_BANDS, band)})


def directory(record: Record) -> pl.DataFrame:
    """A plainly generated name and address per person."""
    ids = _everyone(record)
    return pl.DataFrame(
        {
            "employee_id": ids,
            "display_name": [f"Employee {name[1:]}" for name in ids],
            "work_email": [f"{name.lower()}@example.invalid" for name in ids],
        }
    )


def _everyone(record: Record) -> list[str]:
    hired = record.lives.state.hire <= record.end
    return sorted({name for name, here in zip(record.ids, hired, strict=True) if here})


def _keep(record: Record, person: Ints, day: Ints) -> pl.Series:
    return pl.Series(record.present(person, day) & (day <= record.end))
