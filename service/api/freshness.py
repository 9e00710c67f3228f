"""How fresh the loaded model is: since when it answers, and what is known of the registry it came from."""

from typing import Literal

from msgspec import Struct

from service import moments
from service.api.answers import Freshness, ModelNamed
from service.serving import Models


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
    return moments.text(seconds) if seconds else None
