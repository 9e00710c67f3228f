"""The people of a run as the store takes them: columns, so that hundreds of thousands cost no object each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from models.hazard import HORIZONS

StoreRow = Mapping[str, Any]
"""Column values of one person in `tables.scores`, the run's number aside."""

COLUMNS: Final = (
    "employee_id", "manager_id", "org_unit", *(f"risk_{horizon}" for horizon in HORIZONS), "band", "no_score", "reasons",
    "next_conversation", "overdue_days", "team_values", "newest", "hired_on",
)  # fmt: skip
"""In this order a person's values are written."""


@dataclass(frozen=True)
class Rows(Sequence[StoreRow]):
    """Everybody of a run, a list a column; looked at one by one, each is a mapping."""

    employee_id: Sequence[str]
    manager_id: Sequence[str | None]
    """On the day; None where none is known."""
    org_unit: Sequence[str | None]
    """On the day; None where none is known."""
    risks: NDArray[np.float64]
    """Shape (people, 4), NaN for those who are refused."""
    band: Sequence[str | None]
    no_score: Sequence[str | None]
    """Code of a refusal; None where the person is scored."""
    reasons: Sequence[str]
    """JSON lists of `models.telling.Reason`, the strongest first."""
    next_conversation: Sequence[str | None]
    overdue_days: Sequence[int | None]
    team_values: Sequence[bytes | None]
    newest: Sequence[str]
    """JSON: by source, the day of the person's newest fact."""
    hired_on: Sequence[str | None]
    """Hire day (YYYY-MM-DD) of the person's first employment."""

    def __len__(self) -> int:
        """How many people there are."""
        return len(self.employee_id)

    @overload
    def __getitem__(self, place: int) -> StoreRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[StoreRow]: ...
    def __getitem__(self, place: int | slice) -> StoreRow | Sequence[StoreRow]:
        """One person, or some."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        risks = [None if self.no_score[place] else risk for risk in self.risks[place].tolist()]
        before, after = COLUMNS[:3], COLUMNS[3 + len(HORIZONS) :]
        values = [getattr(self, name)[place] for name in before] + risks
        return dict(zip(COLUMNS, values + [getattr(self, name)[place] for name in after], strict=True))

    def values(self) -> Iterator[tuple[Any, ...]]:
        """Of each person the values of `COLUMNS`."""
        refused = np.asarray([code is not None for code in self.no_score], dtype=np.bool_)
        risks = [_or_none(column, refused) for column in self.risks.T]
        return zip(self.employee_id, self.manager_id, self.org_unit, *risks, self.band, self.no_score, self.reasons,
                   self.next_conversation, self.overdue_days, self.team_values, self.newest, self.hired_on, strict=True)  # fmt: skip


def values_of(row: StoreRow) -> tuple[Any, ...]:
    """A person's values of `COLUMNS`."""
    return tuple(row[name] for name in COLUMNS)


def _or_none(risks: NDArray[np.float64], refused: NDArray[np.bool_]) -> list[float | None]:
    found: list[float | None] = risks.tolist()
    for place in np.flatnonzero(refused).tolist():
        found[place] = None
    return found
