"""An example of what teams answer, for the OpenAPI document; plainly generated."""

from collections.abc import Mapping
from typing import Any, Final

from service.api.grouped import DEFINITIONS, TeamsAnswer, group
from service.api.listed import RunNamed
from service.teams.figures import Figures
from service.teams.shown import Shown

_DAY: Final = "2026-11-01"
_RUN: Final = RunNamed(_DAY, "2026-11-02T02:10:00Z", 1, "3", "sha256:" + "5f" * 32, {"checkins": "2026-10-30"}, [])
_WHOLE: Final = Figures(
    {"30": (4.1, 2, 7), "90": (12.6, 8, 18), "180": (23.4, 16, 31), "365": (41.9, 31, 54)},
    {"pay": (0.06, 0.02), "conversations about what they want to do": (-0.04, 0.03)},
)
_EMEA: Final = Figures(
    {"30": (1.3, 0, 3), "90": (4.2, 2, 7), "180": (7.7, 4, 12), "365": (13.8, 9, 19)}, {"open tickets": (0.11, 0.02)}
)
_TEAM: Final = Figures(
    {"30": (0.2, 0, 1), "90": (0.6, 0, 2), "180": (1.1, 0, 2), "365": (1.9, 1, 3)}, {"pay": (0.14, 0.02)}
)
_SHOWN: Final = (
    Shown(4, "unit", "Sales", None, 240, (19, 8), None, _DAY, _WHOLE),
    Shown(5, "unit", "Sales/APAC", None, 4, (1, 0), "too_few", None, None),
    Shown(6, "unit", "Sales/EMEA", None, 92, (8, 3), None, "2026-10-25", _EMEA),
    Shown(31, "team", "Sales/EMEA", "M0007", 11, (1, 0), None, _DAY, _TEAM),
)
_GROUPS: Final = [group(one, _DAY) for one in _SHOWN]

ANSWERS: Final[Mapping[str, Any]] = {
    "TeamsAnswer": TeamsAnswer(_RUN, "Sales", _GROUPS[0], _GROUPS[1:], None, DEFINITIONS)
}
