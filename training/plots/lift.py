"""How many of those who leave stand on a list of so many, and how many times a random list's that is."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from models.hazard import HORIZONS
from models.ranking import Ranked
from models.resampling import draw
from training.backtest import Backtest, Judged
from training.figures import over
from training.plots import canvas
from training.splits import HEADLINE

Floats = NDArray[np.float64]

SHARES: Final = np.concatenate([np.geomspace(0.01, 0.1, 16), np.linspace(0.12, 1.0, 23)])
"""Of the people of an origin, how many are listed."""


def picture(found: Backtest, method: str, seed: int) -> bytes:
    """Leavers found and lift by the length of the list, at 90 days; every method, and the interval of one."""
    figure = canvas.canvas(f"What a list is worth, {HEADLINE} days, out of time", 10.5, 4.8)
    gains, lifts = figure.subplots(1, 2)
    canvas.plain(gains, "Leavers found", "share of people listed, highest risks first", "share of all who left")
    canvas.plain(lifts, "Lift", "share of people listed, highest risks first", "times a random list's leavers")
    place = HORIZONS.index(HEADLINE)
    _random(gains, lifts)
    for name in [*(name for name in found.methods if name not in {method, "base_rate"}), method]:
        judged = [one for one in found.judged if one.has_answer(name, place)]
        if judged:
            _line(gains, lifts, name, caught(judged, name, place, seed), framed=name == method)
    gains.legend(fontsize=8, frameon=False, loc="lower right")
    return canvas.png(figure)


def caught(judged: Sequence[Judged], method: str, place: int, seed: int) -> Floats:
    """(shares, 1 + draws) share of all leavers that stand on each origin's list of `SHARES` of its people."""
    drawn = draw(np.concatenate([one.employee for one in judged]), seed)
    found, all_left = np.zeros((len(SHARES), 1)), np.zeros(1)
    for one in judged:
        ranked = Ranked.of(one.left[:, place], one.risks[method][:, place], drawn.of(one.employee))
        total = ranked.total.sum(axis=0)
        found = found + np.stack([ranked.found(share * total) for share in SHARES])
        all_left = all_left + ranked.leaving.sum(axis=0)
    return over(found, np.broadcast_to(all_left, found.shape))


def _random(gains: Axes, lifts: Axes) -> None:
    gains.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--", label="at random")
    lifts.axhline(1.0, color="#999999", linewidth=1, linestyle="--")
    lifts.set_xscale("log")
    for axes in (gains, lifts):
        axes.xaxis.set_major_formatter(canvas.percent())
    gains.yaxis.set_major_formatter(canvas.percent())
    lifts.set_xticks([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0])
    lifts.minorticks_off()
    gains.set(xlim=(0, 1), ylim=(0, 1.01))


def _line(gains: Axes, lifts: Axes, name: str, share: Floats, *, framed: bool) -> None:
    colour = canvas.COLOURS.get(name, canvas.OTHER)
    width = 2.2 if framed else 1.2
    gains.plot([0, *SHARES], [0, *share[:, 0]], color=colour, linewidth=width, label=name)
    lifts.plot(SHARES, share[:, 0] / SHARES, color=colour, linewidth=width)
    if framed and np.isfinite(share[:, 1:]).any(axis=1).all():
        low, high = np.nanquantile(share[:, 1:], [0.025, 0.975], axis=1)
        gains.fill_between(SHARES, low, high, color=colour, alpha=0.15, linewidth=0)
        lifts.fill_between(SHARES, low / SHARES, high / SHARES, color=colour, alpha=0.15, linewidth=0)
