"""The model that is served: loaded beside the old one, then swapped; a bad one never replaces a good one.

The server loads only what the store's pointer names, which `sync` proved in a process of its own. It checks files,
digests, structure and golden answers once more, in plain Python and compiled loops over checked arrays.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.errors import BundleError
from models.risk import RiskModel
from service import bundles, status
from service.bundles import Champion
from service.status import Status

_LOG = logging.getLogger("service.serving")

NOTHING_FETCHED = "no champion was fetched yet"


@dataclass(frozen=True, eq=False)
class Serving:
    """A loaded model and the version it is registered under; loaded again, it is another."""

    champion: Champion
    model: RiskModel


def _as_it_is(_serving: Serving) -> None:
    """Prepare nothing."""


class Models:
    """Holds the one model that answers; `refresh` follows the bundle store's pointer and what `sync` left word of.

    Parameters
    ----------
    clock
        Seconds since 1970.
    prepare
        Called with a new model before it is swapped in: what is slow the first time is done once by then.
    """

    def __init__(self, store: Path, clock: Callable[[], float], prepare: Callable[[Serving], None] = _as_it_is) -> None:
        self._store, self._prepare, self._clock = store, prepare, clock
        self._bad: tuple[Champion | None, int] | None = None
        self._own_fault: tuple[str, float] = (status.OK, 0.0)
        self._status: Status | None = None
        self.serving: Serving | None = None
        self.reason = NOTHING_FETCHED
        """Why nothing is loaded, or why the newest champion is not; a sentence's part."""
        self.refused: Counter[str] = Counter()
        """Champions refused while this process ran, by it or by `sync`, by `models.errors.REFUSALS`."""
        self.loads = 0
        """Models swapped in."""
        self.loaded_at = 0.0
        """When the served model was; seconds since 1970, 0 for never."""
        self.refusal = ""
        """Why a champion was refused last; empty where none was."""
        self.degraded = status.OK
        """Why what is served may be out of date, as one word; empty where nothing says so."""
        self.degraded_since = 0.0
        """Seconds since 1970; 0 while not degraded."""
        self.reached = 0.0
        """When `sync` last reached the registry; seconds since 1970, 0 for never."""

    @property
    def failures(self) -> int:
        """How many champions were refused while this process ran."""
        return self.refused.total()

    def refresh(self) -> None:
        """Load the champion the pointer names, if it is not the one that is served; keep the old one if it is bad."""
        pointed: tuple[Champion | None, int] = (None, bundles.pointed_at(self._store))
        try:
            found = bundles.champion(self._store)
            pointed = found, pointed[1]
            if found is not None and not (self.serving and self.serving.champion == found):
                if pointed != self._bad:
                    self._swap(found)
            elif found is not None:
                self._well()
        except BundleError as error:
            self._refuse(pointed, error.reason, str(error))
        except Exception as error:  # noqa: BLE001 - whatever a bundle does to its reader, the old model goes on
            self._refuse(pointed, "manifest", f"It cannot be loaded ({type(error).__name__}).")
        self._follow_status()

    def _swap(self, found: Champion) -> None:
        """Load, prepare, and only then let it answer, unless the pointer names another by then."""
        model = RiskModel.load(bundles.folder(self._store, found.digest), found.digest)
        serving = Serving(found, model)
        self._prepare(serving)
        if bundles.champion(self._store) != found:
            return  # as after a rollback: nobody should have an answer of what was just taken back
        self.serving, self.loaded_at, self.loads = serving, self._clock(), self.loads + 1
        self._well()
        _LOG.info("Serving version %s, digest %s", found.version, found.digest)

    def _well(self) -> None:
        self._bad, self._own_fault, self.reason = None, (status.OK, 0.0), ""

    def _refuse(self, pointed: tuple[Champion | None, int], reason: str, message: str) -> None:
        """Keep what is served, and say once why the pointer's champion is not."""
        if pointed == self._bad:
            return
        self._bad = pointed
        self._own_fault = status.BUNDLE + reason, self._clock()
        self._count(reason, 1)
        self.reason = "the champion's bundle was refused"
        _LOG.error("The champion's bundle is refused (%s), what was served before stays: %s", reason, message)

    def _follow_status(self) -> None:
        """Take over what `sync` says: refusals since the last look, and whether the registry was reached."""
        found = status.read(self._store)
        if found is not None:
            before = self._status.refused if self._status is not None else found.refused
            for reason, times in found.refused.items():
                self._count(reason, times - before.get(reason, 0))
            self._status, self.reached = found, found.reached
        told = self._status.fault(self._clock()) if self._status is not None else (status.OK, 0.0)
        self.degraded, self.degraded_since = self._own_fault if self._own_fault[0] else told
        if self.serving is None and self._bad is None:
            self.reason = f"{NOTHING_FETCHED} ({self.degraded})" if self.degraded else NOTHING_FETCHED

    def _count(self, reason: str, times: int) -> None:
        if times > 0:
            self.refused[reason] += times
            self.refusal = reason
