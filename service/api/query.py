"""What may stand behind the question mark: known names, each once, numbers written in one way; nothing is echoed.

A name that is not known is most likely a slip, and a slip that is passed over gives an answer to another question.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from starlette.requests import Request

from features.faults import Fault, FaultsError
from models.hazard import HORIZONS
from service.api.auth import OPEN

MOST_REASONS: Final = 10
_PAIRS: Final = 100
"""No query of ours has so many parts."""
_WHOLE: Final = re.compile("0|[1-9][0-9]{0,8}")
"""A whole number as it is written: no sign, no leading zero, no blank."""


def _plain(sent: Any) -> Any:
    if isinstance(sent, str) and not _WHOLE.fullmatch(sent):
        raise ValueError("not a whole number without sign, leading zero or blank")
    return sent


Plain: Final = BeforeValidator(_plain)
"""Reads a whole number of a query only where it is written in the one way. Stands behind `Query`, whose limits the document tells."""


def _horizon(days: int) -> int:
    if days not in HORIZONS:
        raise ValueError(f"none of {', '.join(map(str, HORIZONS))}")
    return days


Horizon = Annotated[int, Plain, AfterValidator(_horizon), WithJsonSchema({"type": "integer", "enum": list(HORIZONS)})]
"""One of the horizons, in days."""


@dataclass(frozen=True)
class Wanted:
    """Which reasons a caller wants."""

    reasons: int = 5
    """At most so many a person."""
    horizon: int = 90
    """Days of the risk that they speak of."""


@lru_cache(maxsize=128)
def wanted(query: bytes) -> Wanted:
    """The reasons asked for by the query of a scoring request.

    Raises
    ------
    FaultsError
        An unknown or repeated name, or a value that is none of those allowed.
    """
    pairs = _pairs(query)
    faults = _names(pairs, ("reasons", "horizon"))
    given = dict(pairs)
    reasons = _whole(given.get("reasons", "5"))
    if reasons is None or reasons > MOST_REASONS:
        faults.append(Fault("/query/reasons", f"not a whole number from 0 to {MOST_REASONS}"))
    horizon = _whole(given.get("horizon", "90"))
    if horizon not in HORIZONS:
        faults.append(Fault("/query/horizon", f"none of {', '.join(map(str, HORIZONS))}"))
    if faults or reasons is None or horizon is None:
        raise FaultsError(faults)
    return Wanted(reasons, horizon)


async def only_known(request: Request) -> None:
    """Refuse a query with a name that the route does not know, or with a name twice.

    Open routes pass over what they do not know: what asks whether a server lives may say more than we need.

    Raises
    ------
    FaultsError
        There is such a name.
    """
    route: Any = request.scope["route"]
    query: bytes = request.scope["query_string"]
    if query and (request.method, route.path_format) not in OPEN:
        told = (route.openapi_extra or {}).get("parameters", ())
        known = [field.alias for field in get_flat_params(route.dependant) if isinstance(field.field_info, Query)]
        known += [one["name"] for one in told if one["in"] == "query"]
        if faults := _names(_pairs(query), known):
            raise FaultsError(faults)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_PAIRS)
    except ValueError:
        raise FaultsError([Fault("/query", "too many parameters")]) from None


def _names(pairs: Iterable[tuple[str, str]], known: Iterable[str]) -> list[Fault]:
    allowed, seen = sorted(known), set[str]()
    faults: dict[str, Fault] = {}
    for name, _ in pairs:
        if name not in allowed:
            told = f"Known are: {', '.join(allowed)}." if allowed else "There are none here."
            faults["/query"] = Fault("/query", "unknown parameter", told)
        elif name in seen:
            faults[f"/query/{name}"] = Fault(f"/query/{name}", "given twice")
        seen.add(name)
    return list(faults.values())


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None
