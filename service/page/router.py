"""Every route of the page."""

from service.page import guide, model, person, record, seen, sign_in, week
from service.page.routing import router as page_router

router = page_router()

for _page in (sign_in, week, record, person, seen, model, guide):
    router.include_router(_page.router)
