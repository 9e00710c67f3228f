"""What stands between a caller and people's risks: who may be shown, and the access log that is written first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, NoReturn

from fastapi import Depends, Request

from service.access.keys import Caller
from service.access.scope import inside
from service.api.auth import authorise
from service.api.cursors import Cursor
from service.api.state import Service
from service.audit.blocks import Blocked
from service.errors import BadKeyError, NotFoundError
from service.lists.view import UNKNOWN, View, view
from service.store.engine import faults_named
from service.store.runs import Run

REFUSED: Final = "refused"
"""What the access log says of somebody who asks for a list when their units are no longer theirs."""


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

    def view(self, org_unit: str = "", place: Cursor | None = None) -> View:
        """What the caller may see now.

        Parameters
        ----------
        org_unit
            The unit asked for; empty: all that the caller may see.
        place
            Where an earlier page of the same list ended.

        Raises
        ------
        NotFoundError
            Nothing was published, or the unit is unknown or not the caller's: alike. Or no unit is the caller's any more,
            or not the one that the earlier page was of: that is written into the access log.
        """
        units = self.caller.units
        if not units or (place is not None and not all(inside(unit, units) for unit in place.units)):
            self._refuse()
        seen = view(self.service.store, self.caller, self.blocked(), org_unit, place.run if place else None)
        if place is not None and place.units != seen.units:
            raise NotFoundError(UNKNOWN)
        return seen

    def _refuse(self) -> NoReturn:
        """Write down that somebody asked whose time is over, and say no more than to anybody else."""
        log = self.service.log
        with faults_named(), self.service.store.begin() as connection:
            log.note(connection, self.caller, REFUSED)
        log.soon()
        raise NotFoundError(UNKNOWN)

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
