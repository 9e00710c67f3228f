"""Do ten of a hundred people at 10 % leave? Risks in groups of equal size, against what became of them."""

import numpy as np
from matplotlib.axes import Axes

from models.evidence import RiskGroup
from models.hazard import HORIZONS
from models.resampling import draw
from training.backtest import Backtest
from training.plots import canvas
from training.reliability import groups


def picture(found: Backtest, method: str, seed: int) -> bytes:
    """One panel a horizon."""
    figure = canvas.canvas(f"Reliability of the risks ({method}), out of time", 9.0, 8.6)
    drawn = draw(np.concatenate([one.employee for one in found.judged]), seed)
    panels = figure.subplots(2, 2)
    for place, axes in enumerate(panels.flat):
        _panel(axes, method, HORIZONS[place], groups(found, method, place, drawn))
    canvas.legend(figure, panels[0, 0])
    return canvas.png(figure)


def _panel(axes: Axes, method: str, horizon: int, found: tuple[RiskGroup, ...]) -> None:
    canvas.plain(axes, f"by {horizon} days", "mean risk of the group", "share who left")
    if not found:
        axes.text(0.5, 0.5, "not known yet at any origin", ha="center", transform=axes.transAxes, fontsize=9)
        return
    risk, share = [one.risk for one in found], [one.left.value or 0.0 for one in found]
    low, high = ([getattr(one.left, end) for one in found] for end in ("low", "high"))
    top = 1.15 * max(*risk, *share, *(value for value in high if value is not None), 0.01)
    axes.plot([0, top], [0, top], color="#999999", linewidth=1, linestyle="--", label="as it should be")
    known = [row for row in zip(risk, low, high, strict=True) if None not in row]
    if known:
        axes.vlines(*zip(*known, strict=True), color=canvas.BY_HORIZON[horizon], linewidth=2, alpha=0.6)
    colour = canvas.COLOURS.get(method, canvas.OTHER)
    axes.scatter(risk, share, s=28, color=colour, zorder=3, label="observed, with 95 % interval")
    axes.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    axes.xaxis.set_major_formatter(canvas.percent())
    axes.yaxis.set_major_formatter(canvas.percent())
    people, gone = sum(one.people for one in found), sum(one.people * (one.left.value or 0.0) for one in found)
    axes.set_title(
        f"by {horizon} days: {len(found)} groups of {people // len(found):,}, {round(gone):,} left",
        fontsize=10,
        loc="left",
        color=canvas.INK,
    )
