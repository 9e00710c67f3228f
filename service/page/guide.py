"""`/guide`: what a score is, what it is not, and what to do with it."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from service.api.oversight import Oversight, oversight
from service.page.rendering import render
from service.page.routing import router as page_router

router = page_router()


@router.get("/guide")
def get_guide(request: Request, watched: Annotated[Oversight, Depends(oversight)]) -> Response:
    """What a score is, in five sentences, and the words and signs of the page."""
    serving = watched.service.models.serving
    bands = watched.service.bands or (serving.model.bands if serving else None)
    limits = dict(zip(("elevated", "high", "critical"), bands.limits, strict=True)) if bands else {}
    return render(request, "guide.html", {"limits": limits})
