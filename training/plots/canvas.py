"""What all pictures share: size, colours, plain axes, and how a picture becomes bytes."""

import io
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

COLOURS: Final = {
    "full": "#1f4e9c",
    "champion": "#7b3fa0",
    "tenure": "#e08214",
    "base_rate": "#8c8c8c",
    "logistic": "#2e8b57",
    "lightgbm": "#c0392b",
    "cox": "#8c6d31",
    "catboost": "#17a2a2",
}
"""A colour for each method."""
OTHER: Final = "#444444"
BY_HORIZON: Final = {30: "#9ecae1", 90: "#4292c6", 180: "#2171b5", 365: "#08306b"}
INK: Final = "#333333"
_DOTS_PER_INCH: Final = 110


def canvas(title: str, width: float = 10.0, height: float = 5.0) -> Figure:
    """An empty picture.

    Parameters
    ----------
    width, height
        Inches.
    """
    figure = Figure(figsize=(width, height), dpi=_DOTS_PER_INCH, layout="constrained")
    figure.suptitle(title, fontsize=12, color=INK, x=0.01, ha="left")
    return figure


def plain(axes: Axes, title: str, x: str, y: str) -> None:
    """Name the axes and take away what does not speak."""
    axes.set_title(title, fontsize=10, loc="left", color=INK)
    axes.set_xlabel(x, fontsize=9, color=INK)
    axes.set_ylabel(y, fontsize=9, color=INK)
    axes.tick_params(labelsize=8, colors=INK)
    axes.grid(visible=True, color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def percent() -> FuncFormatter:
    """Ticks as percentages, with as many digits as they need.

    >>> percent()(0.25), percent()(0.005)
    ('25 %', '0.5 %')
    """
    return FuncFormatter(lambda value, _: f"{100 * value:.3g} %")


def legend(figure: Figure, axes: Axes) -> None:
    """What the lines of `axes` are, below the picture, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=max(1, len(labels)), fontsize=8, frameon=False)


def png(figure: Figure) -> bytes:
    """The picture as a PNG."""
    into = io.BytesIO()
    figure.savefig(into, format="png", facecolor="white")
    return into.getvalue()
