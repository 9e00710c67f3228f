"""What `GET /v1/outcomes` answers with."""

from typing import Literal

from msgspec import Struct

from models.evidence import Figure
from service.api.listed import ActionListed, Band, RunNamed
from service.lists.expected import Expected
from service.outcomes.figures import Bin


class PersonOutcome(Struct, frozen=True):
    """Somebody who was listed in a run, and what became of them."""

    as_of: str
    """The run's day."""
    employee_id: str
    org_unit: str | None
    """On that day, as is the manager."""
    manager_id: str | None
    risk: float
    """By the horizon asked for."""
    band: Band
    outcome: Literal["left", "other", "stayed", "gone", "unknown", "pending"]
    """Left voluntarily within the horizon; ended otherwise before; stayed; had left that day already, which became known
    later; not in the data any more, without an exit; or the window has not closed."""
    exit_day: str | None
    """As soon as it is known."""
    exit_kind: Literal["voluntary", "other", "unknown"] | None
    told_first: str | None
    """Day of the run that first told of the exit."""
    told_last: str | None
    """Day of the run that last changed it."""
    actions: list[ActionListed]


class ListOutcome(Struct, frozen=True):
    """What became of those listed of one run, within the caller's units."""

    people: int
    """Of whom it is known, or will be."""
    left: int
    other: int
    stayed: int
    pending: int
    gone: int
    """In no figure, as the unknown."""
    unknown: int
    expected: Expected
    """Leavers, with an 80 % interval."""
    expected_precision: float | None
    """The share that was expected to leave."""
    precision: Figure
    """The share that left, with a 95 % interval; null until the window has closed."""
    lift: float | None
    """How many times as many left as of everybody."""


class CompanyOutcome(Struct, frozen=True):
    """How good a run's risks were, of the whole company."""

    people: int
    left: int
    other: int
    expected: Expected
    """Leavers, with an 80 % interval."""
    observed_expected: Figure
    """Leavers for each expected, with a 95 % interval: above 1 the risks were too low."""
    auc: float | None
    brier: float | None
    calibration: list[Bin]
    """By risk, the lowest first; each with at least five who left and five who did not."""
    worked_out_first: str
    """Day of the run that first worked it out."""
    worked_out_last: str
    """Day of the run that last did, since an exit was corrected."""
    stale_since: str | None
    """Day of a run with a correction that is not worked in yet."""


class RunOutcome(Struct, frozen=True):
    """One run, judged by the horizon asked for."""

    as_of: str
    model_version: str
    closes_on: str
    """From that day on it is known what became of its people."""
    closed: bool
    listed: ListOutcome
    everybody: int | None
    """People scored within the caller's units of whom it is known; null until the window has closed."""
    everybody_left: int | None
    company: CompanyOutcome | None
    """For whoever may see the whole company; null until the window has closed."""


class Withheld(Struct, frozen=True):
    """Why a figure is not told."""

    code: Literal["too_few", "complement", "held", "overlap", "unit_switched_off"]
    detail: str


class GroupOutcome(Struct, frozen=True):
    """What became of a unit's people, as counts that tell of nobody; worked out once, and not changed by corrections."""

    as_of: str
    org_unit: str
    people: int | None
    left: int | None
    """Voluntarily, by the horizon."""
    listed: int | None
    listed_left: int | None
    expected: float | None
    """Leavers among the listed."""
    precision: float | None
    """The share of the listed that left."""
    lift: float | None
    """How many times as many as of everybody."""
    withheld: Withheld | None
    """Why any of these is null."""
    worked_out_on: str


class OutcomesAnswer(Struct, frozen=True):
    """The answer of `GET /v1/outcomes`: people and runs for HR business partners, groups for everybody else."""

    run: RunNamed
    """The latest: up to its day it is known who left."""
    horizon: int
    delay_days: int
    """So many days after its end a window closes, since exits are recorded late."""
    runs: list[RunOutcome] | None
    """Those of the page's people."""
    people: list[PersonOutcome] | None
    """Who stood above the lowest band, run by run, the newest first and in each the highest risk."""
    groups: list[GroupOutcome] | None
    """The unit's windows, which do not overlap, the newest first."""
    next_cursor: str | None
