"""What the dashboard answers with."""

from msgspec import Struct

from service.api.listed import RunNamed
from service.dashboard.associations import Association
from service.dashboard.view import Assumption, FigureAnswer


class DashboardAnswer(Struct, frozen=True):
    """The answer of `GET /v1/dashboard`."""

    run: RunNamed
    org_unit: str
    """Empty: the whole company."""
    months: list[str]
    """As `2026-03`, the earliest first: months that have ended."""
    figures: list[FigureAnswer]
    associations: list[Association]
    """How what goes on inside goes with customer signals and attrition, across the unit's teams."""
    assumptions: list[Assumption]
    codes: dict[str, str]
    """What each code of `withheld` means."""
