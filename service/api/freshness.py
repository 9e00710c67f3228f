"""How fresh the loaded model is: since when it answers, and what is known of the registry it came from."""

import datetime as dt
from typing import Literal

from msgspec import Struct

from service.api.answers import ModelNamed
from service.serving import Models


class Freshness(Struct, frozen=True):
    """What a caller may want to know of a model that cannot ask the registry itself. Times are RFC 3339, UTC."""

    loaded_at: str | None
    degraded: str | None
    """Why what is served may be out of date: `registry_away`, `registry_refused`, `no_champion`, `sync_stopped` or
    `bundle_refused:REASON`; null where nothing says so."""
    degraded_since: str | None
    registry_reached: str | None
    """When the registry last named its champion; null where nothing was fetched from here."""
    last_refusal: str | None
    """Why a champion's bundle was refused last, since this process began; null where none was."""


class Ready(Struct, frozen=True):
    """A verified model is loaded; `degraded` where it may be out of date, which does not make it less ready."""

    status: Literal["ready", "degraded"]
    model: ModelNamed
    freshness: Freshness


def of(models: Models) -> Freshness:
    """The freshness of what is loaded."""
    return Freshness(
        loaded_at=_time(models.loaded_at),
        degraded=models.degraded or None,
        degraded_since=_time(models.degraded_since),
        registry_reached=_time(models.reached),
        last_refusal=models.refusal or None,
    )


def _time(seconds: float) -> str | None:
    if not seconds:
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
