"""How far one person's risk may be off: the range that stands beside it.

A risk is a chance, and whether one person leaves says little about it. What can be known is how far the model's level lay
off on past days: the backtest's observed over expected, with its interval. So the range holds the risks the model would
have given were its level that much too high or too low: log-odds moved by 1.96 standard deviations of `lists.expected`'s
level. It does not hold what the records do not know.
"""

import math
from typing import Final

from service.lists import expected
from service.serving import Serving

_SIDES: Final = 1.96


def spread(serving: Serving | None, horizon: int) -> float:
    """The level's standard deviation in log-odds, by the evidence of the model that is loaded."""
    if serving is None:
        return expected.UNKNOWN_SPREAD
    return expected.spread(serving.model.manifest.evidence, serving.model.mode, horizon)


def around(risk: float, spread: float) -> tuple[float, float]:
    """The range of a risk.

    >>> low, high = around(0.25, 0.2)
    >>> round(low, 3), round(high, 3)
    (0.184, 0.33)
    """
    odds = math.log(risk) - math.log1p(-risk)
    low, high = (1 / (1 + math.exp(-(odds + side * _SIDES * spread))) for side in (-1, 1))
    return low, high
