"""Did the level of the risks follow the company? Expected and observed leavers at each origin."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from numpy.typing import NDArray

from features.days import to_date
from models.hazard import HORIZONS
from models.resampling import Draws, draw
from training.backtest import Backtest, Judged
from training.figures import over
from training.fit import BASE_RATE
from training.plots import canvas

Floats = NDArray[np.float64]

_MARGIN_DAYS = 25


def picture(found: Backtest, method: str, seed: int) -> bytes:
    """One panel a horizon: share expected and share who left at each origin, with its interval."""
    figure = canvas.canvas(f"Risk over time ({method}), out of time", 10.0, 6.6)
    drawn = draw(np.concatenate([one.employee for one in found.judged]), seed)
    panels = figure.subplots(2, 2)
    cutoffs = [one.origin.cutoff for one in found.judged]
    first, last = to_date(min(cutoffs) - _MARGIN_DAYS), to_date(max(cutoffs) + _MARGIN_DAYS)
    for place, axes in enumerate(panels.flat):
        _panel(axes, found, method, place, drawn)
        axes.set_xlim(np.datetime64(first), np.datetime64(last))
    canvas.legend(figure, panels[0, 0])
    return canvas.png(figure)


def _panel(axes: Axes, found: Backtest, method: str, place: int, drawn: Draws) -> None:
    canvas.plain(axes, f"by {HORIZONS[place]} days", "", "share of people")
    axes.yaxis.set_major_formatter(canvas.percent())
    judged = [one for one in found.judged if one.has_answer(method, place)]
    if not judged:
        axes.text(0.5, 0.5, "not known yet at any origin", ha="center", transform=axes.transAxes, fontsize=9)
        return
    days = _days(judged)
    if method != BASE_RATE:
        known = [one for one in judged if one.has_answer(BASE_RATE, place)]
        rates = [float(one.risks[BASE_RATE][:, place].mean()) for one in known]
        grey = canvas.COLOURS[BASE_RATE]
        axes.plot(
            _days(known), rates, color=grey, linewidth=1.2, linestyle="--", marker="_", label="base rate until then"
        )
    expected = [one.risks[method][:, place].mean() for one in judged]
    colour = canvas.COLOURS.get(method, canvas.OTHER)
    axes.plot(days, expected, color=colour, linewidth=2, marker="o", markersize=4, label="expected: mean risk")
    share = np.stack([_share(one.left[:, place], drawn.of(one.employee)) for one in judged])
    low, high = np.nanquantile(share[:, 1:], [0.025, 0.975], axis=1)
    axes.vlines(days, low, high, color=canvas.INK, linewidth=1.5)
    axes.scatter(
        days, share[:, 0], s=26, color="white", edgecolor=canvas.INK, zorder=3, label="who left, 95 % interval"
    )
    axes.set_ylim(0, 1.2 * max(high.max(), *expected))
    locator = AutoDateLocator(minticks=2, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _days(judged: Sequence[Judged]) -> NDArray[np.datetime64]:
    return np.array([to_date(one.origin.cutoff) for one in judged], dtype="datetime64[D]")


def _share(left: NDArray[np.bool_], weight: NDArray[np.float32]) -> Floats:
    return over((weight.T @ left.astype(np.float32)).astype(np.float64), weight.sum(axis=0).astype(np.float64))
