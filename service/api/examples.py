"""An example of every body and of every answer, as the OpenAPI document shows them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from features.faults import Fault
from models.evidence import AtCapacity, Evidence, Figure
from models.hazard import HORIZONS
from models.manifest import Source
from service.api import answers
from service.api.answers import LeftOutCounts, ModelNamed, Tensor
from service.api.freshness import Ready

REQUEST: Final[dict[str, Any]] = {
    "as_of": "2026-11-01",
    "employees": [
        {
            "employee_id": "E000001",
            "hire_date": "2023-04-01",
            "job_history": [
                {"effective_date": "2023-04-01", "event": "hire", "manager_id": "M0007", "org_unit": "Sales/EMEA"}
            ],
            "surveys": [
                {
                    "survey_id": "pulse-2026-09",
                    "sent_at": "2026-09-20T09:00:00Z",
                    "responded_at": "2026-09-21T16:30:00Z",
                    "driver": "workload",
                    "score": 4,
                    "comment": "The workload is well balanced again.",
                    "language": "en",
                }
            ],
            "tickets": [],
            "checkins": [],
            "signals": [],
            "absences": [],
        }
    ],
}
"""A body of `POST /v1/scores` with one person."""
WITHOUT_COMMENTS: Final[dict[str, Any]] = {
    **REQUEST,
    "employees": [{**person, "surveys": []} for person in REQUEST["employees"]],
}
"""The same without the answers: people without comments are read by other means."""

_MODEL: Final = ModelNamed("3", "sha256:" + "5f" * 32, "full", "2026-10-31")
_LEFT_OUT: Final = LeftOutCounts(0, 0, 0, 0, 0)
_REASON: Final = answers.ReasonGiven(
    "checkins_want_overdue_days",
    "No conversation about what they want to do for 11 months",
    "raises",
    0.41,
    152.0,
    actionable=True,
)
_PERSON: Final = answers.PersonScore(
    "E000001",
    answers.Risk(0.021, 0.064, 0.118, 0.203),
    "elevated",
    [_REASON],
    answers.Conversation("want", 152),
    None,
    [],
    "none",
)
_FIGURE: Final = Figure(0.72, 0.66, 0.78)
_EVIDENCE: Final = Evidence(
    "full", 90, 6, 5400, 130, 127.4, _FIGURE, Figure(0.12, 0.08, 0.17), Figure(0.03, 0.01, 0.05),
    Figure(1.02, 0.8, 1.3), Figure(1.02, 0.86, 1.2), (AtCapacity(5, Figure(0.2, 0.1, 0.3), Figure(4.1, 2.2, 6.0)),),
)  # fmt: skip

_FRESH: Final = answers.Freshness("2026-11-01T02:00:05Z", None, None, "2026-11-01T08:59:58Z", None)

ANSWERS: Final[Mapping[str, Any]] = {
    "ScoresAnswer": answers.ScoresAnswer("2026-11-01", _MODEL, [_PERSON], 90, _LEFT_OUT),
    "ModelAnswer": answers.ModelAnswer(
        name="retention-risk",
        version=_MODEL.version,
        run="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        digest=_MODEL.digest,
        mode=_MODEL.mode,
        trained_to=_MODEL.trained_to,
        age_days=1,
        freshness=_FRESH,
        horizons=list(HORIZONS),
        backtest=(_EVIDENCE,),
        sources=(Source("employees", 900, 0, 0, "2015-01-01", "2026-10-31", 1.0),),
        data=None,
        sentiment=None,
        correction=None,
        fairness=None,
        card="# Model card",
        sheet="# Sheet of the data",
    ),
    "Live": answers.Live(),
    "Ready": Ready("ready", _MODEL, _FRESH),
    "ServerMetadata": answers.ServerMetadata("retention-risk", "1", []),
    "ServerLive": answers.ServerLive(live=True),
    "ServerReady": answers.ServerReady(ready=True),
    "ModelReady": answers.ModelReady("retention-risk", ready=True),
    "ModelMetadata": answers.ModelMetadata(
        "retention-risk",
        ["3"],
        "lightgbm_text",
        [Tensor("career_tenure_days", "FP32", [-1])],
        [Tensor("risk_90", "FP64", [-1])],
    ),
}
"""An answer by the name of its schema."""

METRICS: Final = 'retention_people_total{model_version="3",outcome="scored"} 1.0\n'
"""A line of `/metrics`."""


def lines_sent() -> str:
    """The example's person as NDJSON."""
    parts = [{"as_of": REQUEST["as_of"]}, *REQUEST["employees"]]
    return msgspec.json.Encoder().encode_lines(parts).decode()


def lines_answered() -> str:
    """An answer to it, with a second line that broke form."""
    fault = answers.FaultLine(answers.FaultTold("rule_broken", [Fault("/hire_date", "not a date")]))
    head = answers.StreamHead("2026-11-01", _MODEL, 90)
    return answers.ENCODER.encode_lines([head, _PERSON, fault, answers.StreamEnd(_LEFT_OUT)]).decode()
