"""What moves the risks: the features by how far they move them, and which way high and low values do."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from models import reasons
from models.additive import additive
from models.hazard import position
from training.fit import Fitted, Known
from training.plots import canvas
from training.settings import TrainingSettings
from training.splits import HEADLINE

SHOWN: Final = 18
"""Features in the picture."""
MOST_ROWS: Final = 1_000
"""People asked; contributions cost far more than risks."""
_HEIGHT: Final = 0.36
"""How far points of a feature spread up and down."""


@dataclass(frozen=True)
class Moved:
    """What each feature brought to the log-odds of people's 90-day risks."""

    columns: tuple[str, ...]
    values: NDArray[np.float32]
    """(n, columns) features, NaN for null."""
    contributions: NDArray[np.float64]
    """(n, columns)."""


def moved(known: Known, fitted: Fitted, settings: TrainingSettings) -> Moved:
    """Ask a model about the people of the newest month end that it was fitted on, or `MOST_ROWS` drawn from them."""
    model = additive(fitted.text, fitted.linear, known.columns)
    newest = known.matrix[known.rows.day == known.rows.day.max()]
    rows = newest[np.sort(np.random.default_rng(settings.seed).permutation(len(newest))[:MOST_ROWS])]
    found = reasons.combine(model.contributions(rows, position(HEADLINE) + 1, settings.threads))
    return Moved(known.columns, rows, found.values)


def picture(found: Moved) -> bytes:
    """Bars of the mean size of the contributions, and beside them each person's, coloured by the feature's value."""
    size = np.abs(found.contributions).mean(axis=0)
    order = np.argsort(-size, kind="stable")[:SHOWN]
    order = order[size[order] > 0][::-1]
    figure = canvas.canvas(f"What moves the risk by {HEADLINE} days", 11.0, 1.8 + 0.3 * max(4, len(order)))
    bars, points = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1.6])
    canvas.plain(bars, "How far, on average", "mean size of the contribution, log-odds", "")
    canvas.plain(points, "Which way, person by person", "contribution to the log-odds: right of 0 raises the risk", "")
    bars.barh(range(len(order)), size[order], color=canvas.COLOURS["full"], height=0.6)
    bars.set_yticks(range(len(order)), [found.columns[column].replace("_", " ") for column in order])
    points.axvline(0.0, color="#999999", linewidth=1)
    for place, column in enumerate(order):
        _strip(points, place, found.values[:, column], found.contributions[:, column])
    points.tick_params(labelleft=False, left=False)
    _legend(figure, points)
    return canvas.png(figure)


def _strip(axes: Axes, place: int, values: NDArray[np.float32], contributions: NDArray[np.float64]) -> None:
    null = np.isnan(values)
    height = place + _spread(contributions)
    axes.scatter(contributions[null], height[null], s=5, color="#bbbbbb", linewidths=0)
    _, rank = np.unique(values[~null], return_inverse=True)
    shade = rank / max(1, rank.max(initial=0))
    axes.scatter(contributions[~null], height[~null], s=5, c=shade, cmap="coolwarm", vmin=0, vmax=1, linewidths=0)


def _spread(contributions: NDArray[np.float64], bins: int = 60) -> NDArray[np.float64]:
    """Heights around 0, so that points at the same place stand beside each other: the fuller the place, the wider."""
    low, high = contributions.min(initial=0.0), contributions.max(initial=0.0)
    place = np.clip(((contributions - low) / max(high - low, 1e-12) * bins).astype(int), 0, bins - 1)
    order = np.argsort(place, kind="stable")
    counts = np.bincount(place, minlength=bins)
    within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    sign = np.where(within % 2 == 0, 1, -1)
    height = np.empty(len(place))
    height[order] = sign * ((within + 1) // 2) / max(1, counts.max(initial=1) / 2)
    return _HEIGHT * height


def _legend(figure: Figure, axes: Axes) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), "coolwarm"), ax=axes, fraction=0.03, pad=0.02, aspect=30)
    bar.set_ticks([0, 1], labels=["low", "high"])
    bar.set_label("value of the feature (grey: null)", fontsize=8, color=canvas.INK)
    bar.ax.tick_params(labelsize=8, length=0)
    bar.outline.set_visible(False)
