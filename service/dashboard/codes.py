"""Why a figure of the dashboard is not shown, by number and in words."""

from typing import Final

from service.disclosure.tree import COMPLEMENT, HELD, REASONS, RETRACTED, TOO_FEW

CODES: Final = (
    "",
    TOO_FEW,
    COMPLEMENT,
    HELD,
    COMPLEMENT,
    "not_closed",
    "mixed_currency",
    "no_data",
    "unit_switched_off",
    RETRACTED,
)
"""Why a value is not shown, by its number; earlier versions told two reasons apart that are one."""
SHOWN, IS_TOO_FEW, IS_COMPLEMENT, IS_HELD, _, NOT_CLOSED, MIXED, NO_DATA, SWITCHED_OFF, IS_RETRACTED = range(len(CODES))
WHY: Final = {
    **REASONS,
    "not_closed": "The time that the figure takes is not over for this month.",
    "mixed_currency": "The amounts are in several currencies.",
    "no_data": "There is nothing to work it out from.",
    "unit_switched_off": "The unit is switched off: nobody in it is scored, so no risk of it is shown.",
}
"""Each code in words."""
