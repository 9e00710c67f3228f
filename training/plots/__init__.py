"""The evidence as pictures: PNG bytes by file name, drawn without a display. Sums over many people, never one alone.

One picture shows people one by one, the drivers, and there a point says only how far a feature moved somebody's risk.
"""

from collections.abc import Mapping

from training.backtest import Backtest
from training.plots import drivers, learning, lift, over_time, reliability
from training.plots.drivers import Moved

__all__ = ["Moved", "drawn"]


def drawn(
    found: Backtest, method: str, seed: int, moved: Moved | None = None, learned: Backtest | None = None
) -> Mapping[str, bytes]:
    """All pictures that can be drawn.

    Parameters
    ----------
    found
        At least one origin that was judged.
    method
        The method whose risks are looked at; the others stand beside it where that says something.
    seed
        Of the draws behind the intervals.
    moved
        What moved the final model's risks; without it there is no picture of the drivers.
    learned
        The newest origin with one method for each number of people learned from (see `training.learning`); without it
        there is no learning curve.
    """
    pictures = {
        "reliability.png": reliability.picture(found, method, seed),
        "lift.png": lift.picture(found, method, seed),
        "risk_over_time.png": over_time.picture(found, method, seed),
    }
    if moved is not None:
        pictures["drivers.png"] = drivers.picture(moved)
    if learned is not None:
        pictures["learning_curve.png"] = learning.picture(learned, seed)
    return pictures
