"""Moving the champion by hand, and reading how it moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models import registry
from models.history import Move
from models.registry import Registry
from models.version import PASSED, Version
from training import gate
from training.errors import HeldBackError
from training.progress import Teller
from training.settings import TrainingSettings
from training.verdict import reasons_in
from training.workplace import alone, staging


@dataclass(frozen=True)
class Moved:
    """Who moves the alias, why and when."""

    by: str
    why: str
    at: str
    """RFC 3339."""
    milliseconds: int
    """The same since 1970."""


@dataclass(frozen=True)
class History:
    """How the alias moved, and whether that can be believed."""

    moves: tuple[Move, ...]
    faults: tuple[str, ...]
    champion: int | None
    """What the alias names now."""
    head: str
    """Number and digest of the last move."""

    def told(self) -> str:
        """A line a move, oldest first."""
        return "\n".join(_line(move) for move in self.moves) or "The champion has not moved yet."


def promote(number: int, settings: TrainingSettings, moved: Moved, teller: Teller) -> Version:
    """Let the alias name a version that was judged fit for it and still is the one that was judged.

    Raises
    ------
    HeldBackError
        Its recorded verdict has reasons against it or cannot be read, or its bundle does not prove.
    RetentionError
        There is no such version, or its bundle is damaged.
    """
    with alone(settings, teller):
        opened = registry.connect(settings.home, settings.tracking_uri)
        _fit_to_serve(opened, opened.version(number), settings.home)
        version = opened.promote(number, moved.by, moved.why, moved.at)
        tell_head(opened, teller)
        return version


def rollback(settings: TrainingSettings, moved: Moved, teller: Teller) -> Version:
    """Let the alias name the champion before, under the same conditions as `promote`."""
    with alone(settings, teller):
        opened = registry.connect(settings.home, settings.tracking_uri)
        _fit_to_serve(opened, opened.before(), settings.home)
        version = opened.rollback(moved.by, moved.why, moved.at)
        tell_head(opened, teller)
        return version


def history(settings: TrainingSettings) -> History:
    """Every move with all that shows the record was changed."""
    opened = registry.connect(settings.home, settings.tracking_uri)
    return History(tuple(opened.moves()), tuple(opened.faults()), opened.named(), opened.head())


def tell_head(opened: Registry, teller: Teller) -> None:
    """Say the digest of the last move: kept in a log, it shows a history that was cut short or written anew."""
    teller.say(f"Recorded as move {opened.head()}")


def _fit_to_serve(opened: Registry, wanted: Version, home: Path) -> None:
    with staging(home) as folder:
        held = opened.fetch(wanted.number, folder / "bundle")
        against = _recorded_against(opened, wanted)
        if not (proved := gate.proves(held.path, held.digest)).passed:
            against = [*against, proved.said]
    if against:
        raise HeldBackError(against, f"Version {wanted.number}")


def _recorded_against(opened: Registry, wanted: Version) -> Sequence[str]:
    """What the verdict a version was registered with has against it."""
    if not wanted.verdict_digest:
        return ["No verdict is recorded with it: nobody knows how it was judged. Train again."]
    against = reasons_in(opened.verdict(wanted.number))
    if not against and wanted.verdict != PASSED:
        return ["Its verdict and its tags differ: one of them was changed."]
    return against


def _line(move: Move) -> str:
    figures = ", ".join(f"{name} {value:g}" for name, value in move.evidence.items() if _plain(name, value))
    return (
        f"{move.at}  {move.kind:<8}  version {move.version}  by {move.by}  {move.why or 'no reason given'}  ({figures})"
    )


def _plain(name: str, value: object) -> bool:
    """A figure without its interval's ends, which the verdict holds."""
    return isinstance(value, int | float) and not name.endswith((".low", ".high"))
