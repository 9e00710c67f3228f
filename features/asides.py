"""What rides along with a company and no feature reads: names, actions taken, attributes for the audit, currencies."""

from dataclasses import dataclass

from features.company import Codes
from features.days import Days


@dataclass(frozen=True)
class Directory:
    """Names for the page, one row an employee; None where not given."""

    employee_id: tuple[str, ...]
    display_name: tuple[str | None, ...]
    work_email: tuple[str | None, ...]


@dataclass(frozen=True)
class Actions:
    """What was done to keep somebody, in order of the file."""

    employee_id: tuple[str, ...]
    action_type: tuple[str | None, ...]
    occurred: Days
    """`NEVER` where not given."""
    actor_id: tuple[str | None, ...]


@dataclass(frozen=True)
class Protected:
    """Attributes for the fairness audit alone, as text: `values[i]` are the row values of the column `columns[i]`."""

    employee_id: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class Currencies:
    """What salaries are paid in: the rows of `job_history` that name a currency, in order of person, then of winning."""

    names: tuple[str, ...]
    """In capitals."""
    person: Codes
    effective: Days
    known: Days
    currency: Codes
    """Index into `names`."""
