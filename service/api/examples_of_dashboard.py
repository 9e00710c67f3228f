"""An example of what the dashboard answers, for the OpenAPI document; plainly generated."""

from collections.abc import Mapping
from typing import Any, Final

from service.api.dashboard_answer import DashboardAnswer
from service.api.listed import RunNamed
from service.dashboard.associations import Association
from service.dashboard.codes import WHY
from service.dashboard.figures import figure
from service.dashboard.view import Assumption, FigureAnswer, Trend

_RUN: Final = RunNamed("2026-11-01", "2026-11-02T02:10:00Z", 1, "3", "sha256:" + "5f" * 32, {}, [])
_COUNT: Final = figure("head_count")
_ENPS: Final = figure("enps")
_COST: Final = figure("cost_of_turnover")
_TEXT: Final = (
    "Across 42 teams, higher survey scores go with higher customer nps (rank correlation 0.55, 95 % interval 0.28 to 0.74; "
    "it holds after correction for the 16 pairs looked at). This is association, not cause: a third thing may move both, or "
    "the second the first."
)

ANSWERS: Final[Mapping[str, Any]] = {
    "DashboardAnswer": DashboardAnswer(
        run=_RUN,
        org_unit="Sales",
        months=["2026-09", "2026-10"],
        figures=[
            FigureAnswer("head_count", _COUNT.title, _COUNT.unit, None, _COUNT.definition, _COUNT.source, None,
                         [811.4, 812.9], None, None, [815, 818], [None, None], {}, None),
            FigureAnswer("cost_of_turnover", _COST.title, _COST.unit, "EUR", _COST.definition, _COST.source, None,
                         [81_900.0, None], None, None, [7, None], [None, "too_few"], {}, None),
            FigureAnswer("enps", _ENPS.title, _ENPS.unit, None, _ENPS.definition, _ENPS.source, None,
                         [12.4, 9.1], None, None, [404, 397], ["held", None], {"2026-09": "2026-10-01"},
                         Trend("none", -0.12, 1.0, 12)),
        ],
        associations=[
            Association("survey_score", "team_signal.customer_nps", "teams", 42, 20, 0.55, 0.28, 0.74, 0.003, 16, True, _TEXT)
        ],
        assumptions=[
            Assumption("replacement_share", 0.21, "of a yearly base salary", "RETENTION_REPLACEMENT_SHARE", _COST.source)
        ],
        codes=WHY,
    ),
}  # fmt: skip
