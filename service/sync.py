"""Fetching the champion: from the registry into the local bundle store, proven, then pointed to.

Only this file of the room knows the registry, and through it MLflow, which the server never imports: `serve` runs it as
a process of its own. A registry that is away changes nothing; what was fetched last stays and is served.
"""

import logging
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from features.errors import RetentionError
from models import bundle, registry
from models.bundle import Bundle
from models.errors import BundleError, RegistryError
from models.registry import Registry
from models.risk import RiskModel
from models.version import Version
from service import bundles, proof
from service.bundles import Champion
from service.serving import Serving
from service.settings import Settings

_LOG = logging.getLogger("service.sync")

PARENT: Final = "RETENTION_SYNC_PARENT"
"""Tells a sync process whose child it is; without that parent it ends. Set by `serve`."""


def fetch(settings: Settings, environ: Mapping[str, str]) -> Champion:
    """Make the registry's champion the local one.

    Raises
    ------
    NoChampionError
        No version carries the alias.
    RegistryError
        The registry does not answer.
    BundleError
        The champion's bundle is damaged; what was served before stays.
    """
    opened = registry.connect(settings.home, environ.get("MLFLOW_TRACKING_URI", "").strip() or None)
    wanted = opened.champion()
    known = _known(settings.bundles)
    same = known is not None and (known.version, known.digest) == (str(wanted.number), wanted.digest)
    if known is not None and same and _whole(settings.bundles, known.digest):
        return known
    settings.bundles.mkdir(parents=True, exist_ok=True)
    held = _held(opened, wanted, settings.bundles)
    found = Champion(registry.NAME, str(wanted.number), wanted.run_id, held)
    bundles.point_to(settings.bundles, found)
    _LOG.info("Fetched version %s, digest %s", found.version, found.digest)
    return found


def champion(settings: Settings, environ: Mapping[str, str]) -> Serving:
    """The champion, fetched and loaded; the one fetched last where the registry cannot say.

    Raises
    ------
    NoChampionError
        No version was ever promoted here.
    """
    try:
        found = fetch(settings, environ)
    except RegistryError as error:
        known = bundles.champion(settings.bundles)
        if known is None:
            raise
        _LOG.warning("%s Using version %s, the champion fetched last.", error, known.version)
        found = known
    return Serving(found, RiskModel.load(bundles.folder(settings.bundles, found.digest), found.digest))


def watch(settings: Settings, environ: Mapping[str, str]) -> None:
    """Fetch again and again until stopped, or until the server that began this process is gone."""
    parent, said = environ.get(PARENT), ""
    while parent is None or os.getppid() == int(parent):
        try:
            fetch(settings, environ)
            said = ""
        except RetentionError as error:
            if str(error) != said:
                said = str(error)
                _LOG.warning("%s", said)
        time.sleep(settings.sync_seconds)


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
    except (BundleError, OSError):
        return False
    return True


def _held(opened: Registry, wanted: Version, store: Path) -> str:
    """Digest of the version's bundle, which stands proven in the store afterwards."""
    if wanted.digest and _whole(store, wanted.digest):
        return wanted.digest
    beside = Path(mkdtemp(dir=store, prefix=".fetch-"))
    try:
        fetched = opened.fetch(wanted.number, beside / "bundle")
        proof.prove(fetched.path, fetched.digest)
        _place(fetched, bundles.folder(store, fetched.digest))
        return fetched.digest
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _place(fetched: Bundle, place: Path) -> None:
    """Rename the bundle to its place, unless another process was first; a damaged one there gives way."""
    try:
        fetched.path.rename(place)
    except OSError:
        if not place.is_dir():
            raise
        if not _whole(place.parent, fetched.digest):
            _LOG.warning("The local copy of bundle %s was damaged; it is replaced.", place.name)
            place.rename(fetched.path.with_name("damaged"))
            fetched.path.rename(place)
