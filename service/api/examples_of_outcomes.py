"""Examples of what became of those listed, for the OpenAPI document; plainly generated."""

from collections.abc import Mapping
from typing import Any, Final

from models.evidence import Figure
from service.api.listed import RunNamed
from service.api.outcome_answers import (
    CompanyOutcome,
    ListOutcome,
    OutcomesAnswer,
    PersonOutcome,
    RunOutcome,
)
from service.lists.expected import Expected
from service.outcomes.figures import Bin

_LATEST: Final = RunNamed(
    "2026-11-01", "2026-11-02T02:10:00Z", 1, "3", "sha256:" + "5f" * 32, {"surveys": "2026-10-12"}, []
)
_PERSON: Final = PersonOutcome(
    "2026-06-30", "E000001", "Sales/EMEA", "M0007", 0.164, "high", "left", "2026-08-15", "voluntary", "2026-08-31",
    "2026-08-31", [],
)  # fmt: skip
_LISTED: Final = ListOutcome(
    people=64, left=9, other=1, stayed=54, pending=0, gone=0, unknown=0, expected=Expected(8.3, 5, 12),
    expected_precision=0.129688, precision=Figure(0.140625, 0.075785, 0.246165), lift=3.80625,
)  # fmt: skip
_COMPANY: Final = CompanyOutcome(
    812, 30, 6, Expected(28.6, 20, 37), Figure(1.048951, 0.70758, 1.497504), 0.761, 0.0331,
    [Bin(487, 6, 6.2), Bin(244, 11, 10.1), Bin(81, 13, 12.3)], "2026-09-28", "2026-09-28", None,
)  # fmt: skip
_RUN: Final = RunOutcome("2026-06-30", "3", "2026-09-28", True, _LISTED, 812, 30, _COMPANY)

ANSWERS: Final[Mapping[str, Any]] = {"OutcomesAnswer": OutcomesAnswer(_LATEST, 90, 0, [_RUN], [_PERSON], None, None)}
