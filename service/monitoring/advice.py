"""What to do next, by rules that can be read: nothing, look at a source, train again, or go back a version.

In this order, since each spoils what comes after it::

    no fresh run                                        look at the nightly run
    columns of a source null more often, markedly       look at the source
    other columns of a source moved markedly            look at the source: a change of its meaning, or a real one
    scores moved markedly, or columns of many sources   train again
    a closed window not as was said                     go back, where the version before did as it said; else train again
    the model has nothing to compare with               train again
    none of these                                       nothing

Slight differences, and those that single days of the training window showed too, ask for nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from msgspec import Struct

from service.monitoring.drift import Drift, Finding
from service.monitoring.kept import Realised
from service.monitoring.verdict import text, verdict

STALE_DAYS: Final = 7
"""A run this old is no news."""
MANY_SOURCES: Final = 3
"""Where the columns of so many sources moved it is the company that changed, not a file."""
_NAMED: Final = 3

Action = Literal["nothing", "look", "retrain", "roll_back"]


class Advice(Struct, frozen=True):
    """One thing to do, and why."""

    action: Action
    source: str | None
    """The table to look at; `nightly run` of the run itself; null of other actions."""
    reason: str


@dataclass(frozen=True)
class Situation:
    """What is known."""

    age_days: int
    """From the latest run's day to today."""
    held_back: Sequence[str]
    """Why newer runs were not published."""
    drift: Drift | None
    """Of the latest run; None where its model has nothing to compare with."""
    compared: bool
    """Whether it had people enough to be compared at all."""
    realised: Sequence[Realised]
    """Closed windows, the newest of each horizon first."""
    digest: str
    """Of the model that the latest run was scored with."""


def advice(now: Situation) -> tuple[Advice, ...]:
    """What to do, the most urgent first; one `nothing` where there is nothing."""
    found = [*_run(now), *_sources(now.drift), *_model(now)]
    return tuple(found) or (Advice("nothing", None, _nothing(now)),)


def _run(now: Situation) -> Iterator[Advice]:
    if now.held_back:
        yield Advice("look", "nightly run", f"A newer run was held back. {now.held_back[0]}")
    elif now.age_days > STALE_DAYS:
        yield Advice("look", "nightly run", f"The latest run is of {now.age_days} days ago; nothing newer is watched.")


def _sources(drift: Drift | None) -> Iterator[Advice]:
    """One for each source of which something moved markedly, nulls before values."""
    for nulls in (True, False):
        for source, moved in _marked(drift).items():
            of = [one for one in moved if (one.direction == "more_nulls") is nulls]
            if source != "scores" and of:
                why = "null more often" if nulls else "elsewhere"
                reason = (
                    f"{_listed(of)} {why} than over the training window, farther than single days of it did. "
                    f"{_NULLS if nulls else _VALUES}"
                )
                yield Advice("look", source, reason)


_NULLS: Final = "Is the export whole, and is it filled as it was?"
_VALUES: Final = "Has its meaning, its unit or its way of being filled changed? If not, the company has."


def _model(now: Situation) -> Iterator[Advice]:
    if now.drift is None and now.compared:
        yield Advice("retrain", None, "The model was trained before there was anything to compare with; train again.")
    moved = _marked(now.drift)
    sources = moved.keys() - {"scores"}
    if "scores" in moved:
        yield Advice("retrain", None, f"Scores are elsewhere than over the training window: {moved['scores'][0].text}")
    elif len(sources) >= MANY_SOURCES:
        reason = f"Columns of {len(sources)} sources moved markedly: people are no longer those the model learned from."
        yield Advice("retrain", None, reason)
    yield from _performance(now)


def _performance(now: Situation) -> Iterator[Advice]:
    """What the newest closed window of each horizon says of the model that is in use."""
    for horizon in sorted({one.horizon for one in now.realised}):
        closed = [one for one in now.realised if one.horizon == horizon]
        own = next((one for one in closed if one.bundle_digest == now.digest), None)
        if own is None or verdict(own) in {"as_expected", "too_few"}:
            continue
        before = next((one for one in closed if one.bundle_digest != now.digest), None)
        told = f"The run of {own.as_of}: {text(own)}"
        if before is not None and verdict(before) == "as_expected":
            yield Advice("roll_back", None, f"{told} The version before did as was said of it ({before.as_of}).")
        else:
            yield Advice("retrain", None, told)
        return


def _marked(drift: Drift | None) -> dict[str, list[Finding]]:
    """By source, what moved markedly."""
    found: dict[str, list[Finding]] = {}
    for one in drift.findings if drift else ():
        if one.grade == "marked":
            found.setdefault(one.source, []).append(one)
    return found


def _listed(some: Sequence[Finding]) -> str:
    names = [one.name for one in some]
    more = len(names) - _NAMED
    listed = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{listed} {'are' if len(names) > 1 else 'is'}"


def _nothing(now: Situation) -> str:
    if now.drift is None:
        return "Too few people were scored to compare them with anybody."
    found = len(now.drift.findings)
    if not found:
        return "Nothing differs from the training window by more than chance."
    return (
        f"{found} difference{'s' if found > 1 else ''} from the training window "
        f"{'are' if found > 1 else 'is'} certain, but slight, or no larger than single days showed then."
    )
