"""Companies of a few people who leave, as data folders, and their published runs: what outcomes are worked out from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from features.company import Company
from features.ingest import load
from features.settings import FeatureSettings
from service.outcomes import exits, groups, working
from service.outcomes.exits import Change
from service.store.runs import Run
from tests.builders import employee, folder, job
from tests.published_runs import Person, publish
from tests.served import day

HIRED: Final = "2020-01-01"
TODAY: Final = day("2026-12-31")


def left(
    employee_id: str, on: str, kind: str = "voluntary", recorded: str | None = None, **more: Any
) -> dict[str, Any]:
    """An employment that ended on a day, of one's own choice unless it says otherwise."""
    by_choice = {"resignation_date": on} if kind == "voluntary" else {"termination_date": on}
    told = {} if recorded is None else {"exit_recorded_at": f"{recorded}T00:00:00Z"}
    return employee(employee_id, HIRED, termination_type=kind, **by_choice, **told, **more)


def company(path: Path, rows: Sequence[Mapping[str, Any]]) -> Company:
    """The company of these employments, through the door."""
    jobs = [job(row["employee_id"], row["hire_date"]) for row in rows]
    return load(folder(path, employees=rows, job_history=jobs), FeatureSettings(rejects_share=1.0), TODAY).company


def night(
    store: Engine, company: Company, as_of: str, people: Sequence[Person] = (), delay: int = 0, spread: float = 0.3
) -> list[Change]:
    """Publish a run of these people and do what outcomes do with it; what changed of the exits."""
    publish(store, as_of, people)
    return refreshed(store, company, as_of, delay, spread)


def refreshed(store: Engine, company: Company, as_of: str, delay: int = 0, spread: float = 0.3) -> list[Change]:
    """The same for a run that is published already."""

    def wide(_run: Run, _horizon: int) -> float:
        return spread

    with store.begin() as connection:
        changes = exits.refresh(connection, company, day(as_of), as_of)
        kept = working.days(connection)
        working.work_out(connection, kept, delay, changes, wide, f"{as_of}T03:00:00Z")
        groups.work_out(connection, kept, delay)
    return changes
