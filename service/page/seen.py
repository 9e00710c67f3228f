"""`/seen/{employee_id}`: who was shown this person's risk, for the person to ask and for us to answer."""

from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.responses import Response

from service.api.oversight import Oversight, oversight
from service.api.paths import EMPLOYEE
from service.audit import who
from service.page import known
from service.page.person import found
from service.page.rendering import render
from service.page.routing import router as page_router

router = page_router()

_MOST: Final = 200
DID: Final = {
    "list": "saw them in a list",
    "csv": "took them out in a file",
    "person": "read their risk",
    "warnings": "saw them in a warning",
    "page": "saw them on the page of the week",
    "page person": "read their page",
    "page seen": "read who saw them",
    "page record": "was shown their name in a form",
    "object": "recorded their objection",
    "withdraw": "recorded the end of their objection",
}
"""What a row of the access log says, in words."""


@router.get(f"/seen/{EMPLOYEE}")
def get_seen(request: Request, employee_id: str, watched: Annotated[Oversight, Depends(oversight)]) -> Response:
    """Everybody who was shown this person's risk, the newest first; reading this is written down too."""
    seen, _ = found(watched, employee_id)
    watched.write("page seen", seen.run, [employee_id])
    views = list(who.views(watched.service.store, employee_id))[::-1]
    names = known.names(watched.service.store, [employee_id])
    values = {
        "id": employee_id,
        "who": names[employee_id],
        "views": views[:_MOST],
        "more": len(views) > _MOST,
        "did": DID,
    }
    return render(request, "seen.html", values)
