"""Moments as text: RFC 3339 in UTC, ending in ``Z``, in answers, files, messages and the store alike."""

import datetime as dt
from typing import Literal


def text(moment: dt.datetime | float, timespec: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """A moment as text; such texts sort as the moments do.

    Parameters
    ----------
    moment
        With its zone, or in seconds since 1970.

    >>> text(0)
    '1970-01-01T00:00:00Z'
    """
    known = moment if isinstance(moment, dt.datetime) else dt.datetime.fromtimestamp(moment, dt.UTC)
    return known.astimezone(dt.UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
