"""Examples of what lists, one person's risk and warnings answer, for the OpenAPI document; plainly generated."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from models.telling import Reason
from service.api.answers import Conversation, Risk
from service.api.listed import (
    ActionGiven,
    ActionListed,
    ListAnswer,
    ListedPerson,
    PastRisk,
    PersonAnswer,
    RunNamed,
    Warned,
    WarningsAnswer,
)
from service.lists.changes import Change
from service.lists.expected import Expected
from service.lists.rows import Coverage

ACTION: Final = {"action_type": "stay_interview", "occurred_at": "2026-11-03", "follow_up_on": "2026-11-17"}
ACTION_CHANGE: Final = {"state": "done"}

_NEWEST: Final = {"checkins": "2026-05-04", "job_history": "2025-04-01", "surveys": "2026-10-12"}
_RUN: Final = RunNamed("2026-11-01", "2026-11-02T02:10:00Z", 1, "3", "sha256:" + "5f" * 32, _NEWEST, [])
_RISK: Final = Risk(0.021, 0.064, 0.118, 0.203)
_TEXT: Final = "No conversation about what they want to do for 11 months (typical here: 5 months)"
_REASON: Final = Reason("checkins_want_overdue_days", _TEXT, "raises", 0.41, 152.0, actionable=True)
_CHANGE: Final = Change("2026-10-01", "rose", 0.048, "low", _TEXT)
_DONE: Final = ActionGiven(
    "9b1c" * 8, "stay_interview", "2026-11-03T00:00:00Z", "2026-11-03T09:00:00.000Z", "open", "2026-11-17"
)
_SHOWN: Final = ActionListed(**structs.asdict(_DONE), overdue=False)
_DUE: Final = Conversation("want", 152)
_PERSON: Final = ListedPerson(
    "E000001", "Sales/EMEA", "M0007", _RISK, "elevated", _CHANGE, [_REASON], _DUE, 20, _NEWEST, Coverage(3, 5), [_SHOWN]
)  # fmt: skip

ANSWERS: Final[Mapping[str, Any]] = {
    "ListAnswer": ListAnswer(_RUN, 90, 812, 15, Expected(1.4, 0, 4), [_PERSON], None),
    "PersonAnswer": PersonAnswer(
        _RUN, "E000001", "Sales/EMEA", "M0007", _RISK, "elevated", None, _CHANGE, [_REASON], _DUE, 20, _NEWEST,
        Coverage(3, 5), [_SHOWN], [PastRisk("2026-11-01", _RISK, "elevated", None, "3")],
    ),
    "WarningsAnswer": WarningsAnswer(_RUN, 10, 0, [Warned("2026-11-01", "band", _PERSON)]),
    "ActionGiven": _DONE,
}  # fmt: skip
