"""What oversight does around the nightly run: erased people stay out before it, what was kept for its time goes after it."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine

from service.audit.erase import replay
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.retention import NIGHTLY, purge
from service.settings import Settings

_LOG: Final = logging.getLogger("service.audit")


def before(store: Engine, settings: Settings, clock: Callable[[], float]) -> None:
    """Erase whom a tombstone outside the store names and the store still holds.

    Raises
    ------
    StoreError
        The tombstones cannot be read, so somebody who was erased might come back.
    """
    if back := replay(AccessLog(store, settings, clock), Kept(settings), NIGHTLY):
        _LOG.warning("%d people who had been erased were in the store again, and were erased again", back)


def after(store: Engine, settings: Settings, clock: Callable[[], float], today: dt.date) -> None:
    """Take out what was kept for its time.

    Raises
    ------
    StoreError
        It could not be done, or the access log was tampered with; the run is published all the same.
    """
    if gone := purge(AccessLog(store, settings, clock), settings, today):
        _LOG.info("Kept for its time, and gone: %s", ", ".join(f"{rows:,} of {name}" for name, rows in gone.items()))
