"""How good a method was out of time: figures with the interval that resampling people gives them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval; None where it cannot be said."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class AtCapacity:
    """What the top of the list was worth, when each HRBP talks to so many people."""

    capacity: int
    """People an HRBP can talk to in the month after an origin."""
    precision: Figure
    """Share of those on the list who left; chance alone decides among equal risks."""
    lift: Figure
    """How many times as many as on a list of the same length drawn at random."""


@dataclass(frozen=True)
class RiskGroup:
    """People of like risk: what was said of them, and what became of them."""

    people: int
    """Rows: a person counts once an origin."""
    risk: float
    """Mean of the risks."""
    left: Figure
    """Share who left."""


@dataclass(frozen=True)
class Evidence:
    """How one method did at one horizon, over all origins at which it had an answer."""

    method: str
    horizon: int
    """Days."""
    origins: int
    people: int
    """Rows: a person counts once an origin."""
    observed: int
    """Voluntary exits by the horizon."""
    expected: float | None
    """Sum of the risks; None where nobody was judged."""
    auc: Figure
    """Mean over origins."""
    average_precision: Figure
    """Mean over origins."""
    brier_skill: Figure
    """Against each origin's own base rate."""
    calibration_slope: Figure
    """1 is right; below, the risks are too far apart, above, not far enough."""
    observed_expected: Figure
    """1 is right; above, the risks are too low."""
    at_capacity: tuple[AtCapacity, ...]
    groups: tuple[RiskGroup, ...] = ()
    """By rising risk, of equal size: how reliable the risks are, and how many leavers the highest hold."""
