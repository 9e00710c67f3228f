"""The model that is served: loaded beside the old one, then swapped; a bad one never replaces a good one."""

import logging
from dataclasses import dataclass
from pathlib import Path

from models.errors import BundleError
from models.risk import RiskModel
from service import bundles
from service.bundles import Champion

_LOG = logging.getLogger("service.serving")


@dataclass(frozen=True)
class Serving:
    """A loaded model and the version it is registered under."""

    champion: Champion
    model: RiskModel


class Models:
    """Holds the one model that answers; `refresh` follows the bundle store's pointer."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._refused: tuple[Champion, int] | None = None
        self.serving: Serving | None = None
        self.reason = "no champion was fetched yet"
        """Why nothing is loaded, or why the newest champion is not."""
        self.failures = 0
        """How many champions were refused."""

    def refresh(self) -> None:
        """Load the champion the pointer names, if it is not the one that is served; keep the old one if it is bad."""
        try:
            found = bundles.champion(self._store)
            if found is None or (self.serving and self.serving.champion == found):
                return
            pointed = found, bundles.pointed_at(self._store)
            if pointed == self._refused:
                return
            self._refused = pointed
            self.serving = Serving(found, RiskModel.load(bundles.folder(self._store, found.digest), found.digest))
        except BundleError as error:
            self.failures += 1
            self.reason = "the champion's bundle was refused"
            _LOG.error("The champion's bundle is refused, what was served before stays: %s", error)
            return
        self._refused, self.reason = None, ""
        _LOG.info("Serving version %s, digest %s", found.version, found.digest)
