"""What `sync` last found out, for the server beside it: a small file in the bundle store, replaced whole.

    RETENTION_HOME/bundles/sync.json

The server cannot ask the registry; it reads here whether what it serves may be out of date, and says so.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = "sync.json"
OK: Final = ""
AWAY: Final = "registry_away"
"""The registry does not answer, or not in time."""
REFUSING: Final = "registry_refused"
"""The registry answers, but not with what was asked."""
NO_CHAMPION: Final = "no_champion"
"""No version carries the alias."""
STOPPED: Final = "sync_stopped"
"""Whoever follows the registry has not been heard of for too long."""
BUNDLE: Final = "bundle_refused:"
"""The champion's bundle was refused, and the reason follows (`models.errors.REFUSALS`)."""

QUIET_SECONDS: Final = 320.0
"""One look may take so long at the very most: a start, a download and a proof, each to its limit."""


class Status(msgspec.Struct, frozen=True):
    """The last look at the registry. Times are seconds since 1970, 0 for never."""

    tried: float = 0.0
    """When it was asked last."""
    reached: float = 0.0
    """When it last named its champion."""
    outcome: str = OK
    """`OK` or one of the words above."""
    since: float = 0.0
    """When the outcome became this one."""
    every: float = 0.0
    """It is asked again after so many seconds; 0 where nobody is watching."""
    refused: dict[str, int] = {}
    """Bundles refused so far, by reason."""

    def fault(self, now: float) -> tuple[str, float]:
        """Why what is served may be out of date, and since when; `OK` where nothing says so."""
        if self.outcome:
            return self.outcome, self.since
        if self.every and now - self.tried > self.every + QUIET_SECONDS:
            return STOPPED, self.tried
        return OK, 0.0

    def after(self, now: float, outcome: str, every: float) -> "Status":
        """The status once the registry was asked again."""
        reached = outcome in {OK, NO_CHAMPION} or outcome.startswith(BUNDLE)
        return Status(
            tried=now,
            reached=now if reached else self.reached,
            outcome=outcome,
            since=self.since if outcome == self.outcome and self.since else now,
            every=every,
            refused=self.refused,
        )

    def counted(self) -> "Status":
        """The status with the bundle that was refused counted, if one was."""
        if not self.outcome.startswith(BUNDLE):
            return self
        reason = self.outcome.removeprefix(BUNDLE)
        return msgspec.structs.replace(self, refused={**self.refused, reason: self.refused.get(reason, 0) + 1})


def read(store: Path) -> Status | None:
    """The status in a bundle store; None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode((store / FILE).read_bytes(), type=Status)
    except (OSError, msgspec.DecodeError):
        return None


def write(store: Path, found: Status) -> None:
    """Replace the status in a bundle store, in one step."""
    store.mkdir(parents=True, exist_ok=True)
    beside = store / f".{FILE}.{os.getpid()}"
    beside.write_bytes(msgspec.json.encode(found))
    beside.replace(store / FILE)
