"""One request's people -> companies the feature engine can read; or what is wrong with the request.

Two kinds of fault are kept apart. A body that is not JSON, or whose values do not have the form of their columns, is
refused whole, with a pointer to every fault. A record of the right form that breaks a rule of its table refuses its
person alone (`Posted.invalid`). Nothing here knows HTTP, Polars or the clock.

Columns that name a protected fact are left out without a look at their values; unknown columns of a row are ignored
and counted, as in a data folder; an unknown key beside `as_of`, or an unknown table of a person, is a fault, since it is most likely a
slip.
"""

from collections.abc import Sequence
from typing import Final

from features import posted_exact, posted_together
from features.posted_body import Body
from features.posted_types import LeftOut, Limits, Part, Posted

__all__: Final = ("Body", "LeftOut", "Limits", "Part", "Posted", "read")


def read(body: bytes | Body, today: int, offboarding: Sequence[str], limits: Limits) -> Posted:
    """Read and judge a request.

    Parameters
    ----------
    body
        The JSON text.
    today
        The clock's day; a day later may be asked for, none beyond.
    offboarding
        Ticket categories that are traces of somebody leaving.

    Raises
    ------
    MalformedError
        The body is not JSON.
    FaultsError
        The body breaks rules of the request as a whole.
    """
    poured = body if isinstance(body, Body) else Body.of(body)
    found = posted_together.read(poured, today, offboarding, limits)
    return posted_exact.read(bytes(body), today, offboarding, limits) if found is None else found
