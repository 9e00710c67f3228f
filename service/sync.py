"""Fetching the champion: from the registry into the local bundle store, proven, then pointed to.

The registry is asked by a process of its own (`fetcher`), a bundle is proven in another (`proof`): neither silence nor
damage reaches this one, and nothing here imports MLflow. What the last look found is left in the store for the server
(`status`). A registry that is away changes nothing else; what was fetched last stays and is served.
"""

import logging
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import mkdtemp
from types import FrameType
from typing import Final, NoReturn, Self

from features.errors import RetentionError
from models import bundle, registry
from models.errors import BundleError, NoChampionError, RegistryAwayError, RegistryError
from models.risk import RiskModel
from models.version import Version
from service import bundles, proof, status
from service.bundles import Champion
from service.fetcher import Fetcher
from service.serving import Serving
from service.settings import Settings
from service.status import Status

_LOG = logging.getLogger("service.sync")

PARENT: Final = "RETENTION_SYNC_PARENT"
"""Tells a sync process whose child it is; without that parent it ends. Set by `serve`."""
LONGEST_PAUSE: Final = 600.0
"""A champion that was refused is fetched again after twice as long each time, up to so many seconds."""

Clock = Callable[[], float]


class Follower:
    """Makes the registry's champion the local one, as often as it is asked to.

    Parameters
    ----------
    clock
        Seconds since 1970.
    every
        Seconds between looks, for the status: 0 where this look is the only one, None where somebody else watches.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str], clock: Clock, every: float | None = 0.0) -> None:
        self._store, self._every, self._clock = settings.bundles, every, clock
        self._fetcher = Fetcher(settings.home, environ)
        self._refused: tuple[Version, BundleError] | None = None
        self._times, self._again = 0, 0.0

    def follow(self) -> Champion:
        """Look once, and leave word of what was found.

        Raises
        ------
        NoChampionError
            No version carries the alias.
        RegistryError
            The registry does not answer, or not with what was asked.
        BundleError
            The champion's bundle is refused; what was served before stays.
        """
        try:
            found = self._champion()
        except OSError as error:
            raise BundleError(f"The bundle store cannot be written ({type(error).__name__}).", "unreadable") from error
        except RetentionError as error:
            self._note(_outcome(error), again=isinstance(error, _StillError))
            raise
        self._note(status.OK)
        return found

    def close(self) -> None:
        """End the process that asks."""
        self._fetcher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _champion(self) -> Champion:
        wanted = self._fetcher.champion()
        known = _known(self._store)
        same = known is not None and known.version == str(wanted.number) and wanted.digest in {"", known.digest}
        if known is not None and same and _whole(self._store, known.digest):
            return known
        if self._refused is not None and self._refused[0] == wanted and self._clock() < self._again:
            raise _StillError(str(self._refused[1]), self._refused[1].reason)
        self._store.mkdir(parents=True, exist_ok=True)
        found = Champion(registry.NAME, str(wanted.number), wanted.run_id, self._held(wanted))
        bundles.point_to(self._store, found)
        self._refused = None
        _LOG.info("Version %s is the champion, digest %s", found.version, found.digest)
        bundles.prune(self._store, self._clock())
        return found

    def _held(self, wanted: Version) -> str:
        """Digest of the version's bundle, which stands proven in the store afterwards."""
        if wanted.digest and _whole(self._store, wanted.digest):
            return wanted.digest
        beside = Path(mkdtemp(dir=self._store, prefix=bundles.BESIDE))
        try:
            fetched = beside / "bundle"
            digest = self._fetcher.fetch(wanted.number, fetched)
            proof.prove(fetched, digest)
            _place(fetched, bundles.folder(self._store, digest), digest)
        except BundleError as error:
            self._refuse(wanted, error)
            raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return digest

    def _refuse(self, wanted: Version, error: BundleError) -> None:
        """Remember who was refused, so that the same is not fetched and proven at every look."""
        self._times = self._times + 1 if self._refused is not None and self._refused[0] == wanted else 1
        self._refused = wanted, error
        self._again = self._clock() + min(LONGEST_PAUSE, (self._every or 0.0) * 2**self._times)
        _LOG.error("Version %d is refused (%s); what is served stays. %s", wanted.number, error.reason, error)

    def _note(self, outcome: str, *, again: bool = False) -> None:
        """Leave word; `again` where nothing new was refused."""
        before = status.read(self._store) or Status()
        found = before.after(self._clock(), outcome, before.every if self._every is None else self._every)
        if not self._store.exists() and not self._every:
            return
        try:
            status.write(self._store, found if again else found.counted())
        except OSError as error:
            _LOG.warning("The status of the bundle store cannot be written (%s).", type(error).__name__)


class _StillError(BundleError):
    """The champion that was refused before is still the one; it was not fetched again."""


def fetch(settings: Settings, environ: Mapping[str, str], clock: Clock) -> Champion:
    """Make the registry's champion the local one, once; see `Follower.follow`."""
    with Follower(settings, environ, clock) as follower:
        return follower.follow()


def champion(settings: Settings, environ: Mapping[str, str], clock: Clock) -> Serving:
    """The champion, fetched and loaded; the one fetched last where the registry cannot say or its bundle is refused.

    Raises
    ------
    NoChampionError
        No version was ever promoted here.
    """
    try:
        with Follower(settings, environ, clock, every=None) as follower:
            found = follower.follow()
    except (RegistryError, BundleError) as error:
        known = _known(settings.bundles)
        if known is None:
            raise
        _LOG.warning("%s Using version %s, the champion fetched last.", error, known.version)
        found = known
    return Serving(found, RiskModel.load(bundles.folder(settings.bundles, found.digest), found.digest))


def watch(settings: Settings, environ: Mapping[str, str], clock: Clock) -> None:
    """Look again and again until stopped, or until the server that began this process is gone."""
    parent, said = environ.get(PARENT), ""
    signal.signal(signal.SIGTERM, _stop)
    with Follower(settings, environ, clock, settings.sync_seconds) as follower:
        while parent is None or os.getppid() == int(parent):
            try:
                follower.follow()
                said = ""
            except (RetentionError, OSError) as error:
                if str(error) != said:
                    said = str(error)
                    _LOG.warning("%s", said)
            time.sleep(settings.sync_seconds)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave by the way of every `finally`: what was started is ended."""
    raise SystemExit(0)


def _outcome(error: RetentionError) -> str:
    """The status's word for what went wrong."""
    if isinstance(error, BundleError):
        return status.BUNDLE + error.reason
    kinds = {NoChampionError: status.NO_CHAMPION, RegistryAwayError: status.AWAY}
    return next((word for kind, word in kinds.items() if isinstance(error, kind)), status.REFUSING)


def _known(store: Path) -> Champion | None:
    """The champion fetched last; None where none was, or where the pointer to it is damaged: it is written anew."""
    try:
        return bundles.champion(store)
    except BundleError:
        _LOG.warning("The pointer to the champion is damaged; it is written anew.")
        return None


def _whole(store: Path, digest: str) -> bool:
    """Whether the store's bundle of that digest is there with every byte as it was written."""
    try:
        bundle.read(bundles.folder(store, digest), digest)
    except BundleError:
        return False
    return True


def _place(fetched: Path, place: Path, digest: str) -> None:
    """Rename the bundle to its place, unless another process was first; a damaged one there gives way."""
    try:
        fetched.rename(place)
    except OSError:
        if not place.exists():
            raise
        if not _whole(place.parent, digest):
            _LOG.warning("The local copy of bundle %s was damaged; it is replaced.", place.name)
            place.rename(fetched.with_name("damaged"))
            fetched.rename(place)
