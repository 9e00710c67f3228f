"""What a training run has to show beside its model: the evidence for programs, and as pictures for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.bundle import CARD, SHEET, Bundle
from models.evidence import Evidence
from training import plots, written
from training.backtest import Backtest
from training.evidence import Against, against_all
from training.fit import Fitted, Known
from training.plots import drivers
from training.settings import TrainingSettings

PLOTS: Final = "plots"


@dataclass(frozen=True)
class Shown:
    """The files of a run, and what the terminal shows of them."""

    against: tuple[Against, ...]
    """The mode that was fitted beside each other method."""
    files: Mapping[str, bytes]


def shown(
    known: Known,
    fitted: Fitted,
    found: Backtest,
    evidence: tuple[Evidence, ...],
    fewer: Backtest | None,
    settings: TrainingSettings,
) -> Shown:
    """Draw and write all there is to show; without an origin that was judged there are no pictures.

    Parameters
    ----------
    fewer
        The newest origin learned from fewer people (`learning.learned`), for the learning curve; None without one.
    """
    against = against_all(found, fitted.mode, settings.seed)
    document = {written.EVIDENCE: written.evidence_json(found, evidence, against)}
    if not found.judged:
        return Shown(against, document)
    moved = drivers.moved(known, fitted, settings)
    pictures = plots.drawn(found, fitted.mode, settings.seed, moved, fewer)
    return Shown(against, document | {f"{PLOTS}/{name}": picture for name, picture in pictures.items()})


def documents(held: Bundle) -> dict[str, bytes]:
    """The bundle's own documents, which are for people too."""
    return {CARD: held.card.encode(), SHEET: held.sheet.encode()}
