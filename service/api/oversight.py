"""What stands between a caller and people's risks: who may be shown, and the access log that is written first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from service.access.keys import Caller
from service.api.auth import authorise
from service.api.state import Service
from service.audit.blocks import Blocked
from service.errors import BadKeyError
from service.store.runs import Run


@dataclass(frozen=True)
class Oversight:
    """One request's caller, and what is owed to the people it asks about."""

    service: Service
    caller: Caller

    def blocked(self) -> Blocked:
        """Whom no list may hold: who objects, and units that are switched off.

        Raises
        ------
        StoreError
            It cannot be read: then nothing may be shown.
        """
        return self.service.blocks.now()

    def write(self, action: str, run: Run, employee_ids: Sequence[str]) -> None:
        """Write down that these people's risks are shown.

        Raises
        ------
        StoreError
            It cannot be written: then nothing may be shown.
        """
        self.service.log.write(self.caller, action, run.id, employee_ids)


async def oversight(request: Request, caller: Annotated[Caller | None, Depends(authorise)]) -> Oversight:
    """The oversight of a request."""
    if caller is None:
        raise BadKeyError("People's risks are shown to nobody without a key.")
    return Oversight(request.app.state.service, caller)
