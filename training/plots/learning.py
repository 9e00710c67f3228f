"""Would more people have helped? Figures by how many were learned from, at the newest origin."""

import numpy as np
from matplotlib.axes import Axes

from models.evidence import Evidence, Figure
from training.backtest import Backtest
from training.evidence import evidence
from training.plots import canvas


def picture(learned: Backtest, seed: int) -> bytes:
    """AUC and Brier skill; a line a horizon. Methods are named by how many people were learned from."""
    figure = canvas.canvas("Learning curve at the newest origin: the same people judged, fewer learned from", 10.0, 4.6)
    ranks, skills = figure.subplots(1, 2)
    canvas.plain(ranks, "AUC", "people learned from", "AUC")
    canvas.plain(skills, "Brier skill", "people learned from", "Brier skill")
    found = evidence(learned, seed, 1, learned.methods)
    for horizon in learned.judged[0].origin.horizons:
        lines = [one for one in found if one.horizon == horizon and one.origins]
        _line(ranks, lines, [one.auc for one in lines])
        _line(skills, lines, [one.brier_skill for one in lines])
    skills.axhline(0.0, color="#999999", linewidth=1, linestyle="--")
    for axes in (ranks, skills):
        _people(axes, [int(name) for name in learned.methods])
    canvas.legend(figure, ranks)
    return canvas.png(figure)


def _line(axes: Axes, lines: list[Evidence], figures: list[Figure]) -> None:
    there = [
        (int(line.method), line.horizon, one) for line, one in zip(lines, figures, strict=True) if one.value is not None
    ]
    if not there:
        return
    horizon = there[0][1]
    people, value = np.array([each[0] for each in there]), np.array([each[2].value for each in there], dtype=float)
    low, high = (np.array([getattr(each[2], end) for each in there], dtype=float) for end in ("low", "high"))
    shifted = people * (1.0 + 0.012 * (list(canvas.BY_HORIZON).index(horizon) - 1.5))
    colour = canvas.BY_HORIZON[horizon]
    axes.plot(shifted, value, color=colour, linewidth=1.8, marker="o", markersize=4, label=f"by {horizon} days")
    axes.vlines(shifted, low, high, color=colour, linewidth=1.2, alpha=0.7)


def _people(axes: Axes, people: list[int]) -> None:
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks(people, [f"{each:,}" for each in people])
