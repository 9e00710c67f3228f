"""An example of what monitoring answers, for the OpenAPI document; plainly generated."""

from collections.abc import Mapping
from typing import Any, Final

from service.api.listed import RunNamed
from service.api.monitored import answer
from service.monitoring.advice import Advice
from service.monitoring.drift import Drift, Finding, Shift
from service.monitoring.expected import Estimate, Range
from service.monitoring.kept import Realised

_RUN: Final = RunNamed(
    "2026-11-01", "2026-11-02T02:10:00Z", 1, "3", "sha256:" + "5f" * 32, {"checkins": "2026-10-30"}, []
)
_FOUND: Final = Finding(
    "tickets_resolution_hours_365", "tickets", "rose", 0.31, 0.08, 1e-9, "marked",
    "tickets_resolution_hours_365 rose since training; at least 31 in 100 people lie apart, farther than nine in ten days of "
    "the training window did (8 in 100).",
)  # fmt: skip
_SCORES: Final = tuple(
    Shift(name, distance, 0.06, "rose")
    for name, distance in zip(
        ("score_0_30", "score_30_90", "score_90_180", "score_180_365"), (0.04, 0.05, 0.05, 0.04), strict=True
    )
)
_ESTIMATE: Final = Estimate(
    90, 812, Range(31.6, 19.0, 46.0), Range(0.711, 0.621, 0.79), Range(0.0362, 0.0221, 0.0519)
)  # fmt: skip
_REALISED: Final = Realised(
    "2026-05-01", 90, "3", "sha256:" + "5f" * 32, 801, 29, 31.6, 0.702, 0.0349, 158, 14, _ESTIMATE
)  # fmt: skip
_LOOK: Final = Advice(
    "look", "tickets", "tickets_resolution_hours_365 is elsewhere than over the training window, farther than single "
    "days of it did. Has its meaning, its unit or its way of being filled changed? If not, the company has.",
)  # fmt: skip

ANSWERS: Final[Mapping[str, Any]] = {
    "MonitoringAnswer": answer(
        _RUN, _RUN.as_of, Drift(812, 812, 760, 274, (_FOUND,), _SCORES), [_ESTIMATE], [_REALISED], [_LOOK]
    )
}
