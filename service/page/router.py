"""Every route of the page."""

from service.page import dashboard, guide, model, person, record, seen, sign_in, teams, week
from service.page.routing import router as page_router

router = page_router()

for _page in (sign_in, week, record, person, seen, teams, dashboard, model, guide):
    router.include_router(_page.router)
