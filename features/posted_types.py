"""What a posted request becomes: companies, the people that break a rule, and counts of what was not used."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from features.company import Company
from features.facts import People


@dataclass(frozen=True)
class Limits:
    """How much one request may ask for."""

    people: int = 1_000
    """Entries of `employees`."""
    rows: int = 5_000
    """Rows of all tables together that one entry may have."""


@dataclass(frozen=True)
class Part:
    """People with the same sources, and for each its entry of the request."""

    people: People
    entries: tuple[int, ...]
    """Indices into the request's `employees`, in the order of the company's people."""

    @cached_property
    def company(self) -> Company:
        """A company of them."""
        return self.people.company()

    @property
    def persons(self) -> tuple[int, ...]:
        """Indices into the company's people, in the order of `entries`."""
        return tuple(range(len(self.entries)))


@dataclass(frozen=True)
class LeftOut:
    """What was not used, in counts."""

    denied_columns: int
    """Columns that name a protected fact."""
    denied_rows: int
    """Tickets of denied categories; signals and survey questions that name a protected fact."""
    repeated_rows: int
    """Rows identical to another, or with the key of one known earlier."""
    outside_employment: int
    """Rows dated before the first employment."""
    unknown_columns: int
    """Columns of rows that the contract does not know."""


@dataclass(frozen=True)
class Posted:
    """A request, read."""

    as_of: int
    """Days since 1970."""
    employee_ids: tuple[str, ...]
    """In the order posted."""
    parts: tuple[Part, ...]
    invalid: Mapping[int, str]
    """For each entry that breaks a rule: table, row, column and rule, in words."""
    left_out: LeftOut
