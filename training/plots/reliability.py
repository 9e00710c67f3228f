"""Do ten of a hundred people at 10 % leave? Risks in ten groups of equal size, against what became of them."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from models.hazard import HORIZONS
from models.resampling import Draws, draw
from training.backtest import Backtest
from training.figures import over
from training.plots import canvas

Floats = NDArray[np.float64]

GROUPS: Final = 10
LEAST_PEOPLE: Final = 20
"""A group holds at least so many rows; fewer groups are made where there are fewer people."""


def picture(found: Backtest, method: str, seed: int) -> bytes:
    """One panel a horizon."""
    figure = canvas.canvas(f"Reliability of the risks ({method}), out of time", 9.0, 8.6)
    drawn = draw(np.concatenate([one.employee for one in found.judged]), seed)
    panels = figure.subplots(2, 2)
    for place, axes in enumerate(panels.flat):
        _panel(axes, found, method, place, drawn)
    canvas.legend(figure, panels[0, 0])
    return canvas.png(figure)


def grouped(risk: Floats, left: NDArray[np.bool_], weight: NDArray[np.float32], groups: int) -> tuple[Floats, Floats]:
    """Mean risk, and share who left under every draw, of groups of equal size by rising risk.

    Equal risks may fall into two groups, which then are alike but for chance.

    Returns
    -------
    (groups,) and (groups, draws).
    """
    order = np.argsort(risk, kind="stable")
    parts = np.array_split(order, groups)
    gone = np.stack([weight[part].T @ left[part].astype(np.float32) for part in parts]).astype(np.float64)
    rows = np.stack([weight[part].sum(axis=0) for part in parts]).astype(np.float64)
    return np.array([risk[part].mean() for part in parts]), over(gone, rows)


def _panel(axes: Axes, found: Backtest, method: str, place: int, drawn: Draws) -> None:
    chosen = [one for one in found.judged if one.has_answer(method, place)]
    canvas.plain(axes, f"by {HORIZONS[place]} days", "mean risk of the group", "share who left")
    if not chosen:
        axes.text(0.5, 0.5, "not known yet at any origin", ha="center", transform=axes.transAxes, fontsize=9)
        return
    risk = np.concatenate([one.risks[method][:, place] for one in chosen])
    left = np.concatenate([one.left[:, place] for one in chosen])
    weight = drawn.of(np.concatenate([one.employee for one in chosen]))
    groups = max(1, min(GROUPS, len(risk) // LEAST_PEOPLE))
    expected, share = grouped(risk, left, weight, groups)
    low, high = np.nanquantile(share[:, 1:], [0.025, 0.975], axis=1)
    top = 1.15 * max(expected.max(), high.max(), 0.01)
    axes.plot([0, top], [0, top], color="#999999", linewidth=1, linestyle="--", label="as it should be")
    axes.vlines(expected, low, high, color=canvas.BY_HORIZON[HORIZONS[place]], linewidth=2, alpha=0.6)
    colour = canvas.COLOURS.get(method, canvas.OTHER)
    axes.scatter(expected, share[:, 0], s=28, color=colour, zorder=3, label="observed, with 95 % interval")
    axes.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    axes.xaxis.set_major_formatter(canvas.percent())
    axes.yaxis.set_major_formatter(canvas.percent())
    axes.set_title(
        f"by {HORIZONS[place]} days: {groups} groups of {len(risk) // groups:,}, {int(left.sum()):,} left",
        fontsize=10,
        loc="left",
        color=canvas.INK,
    )
