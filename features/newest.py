"""How old what is known of a person is: by source, the day of the newest fact that was known on a day."""

from collections.abc import Iterator, Mapping

import numpy as np

from features.company import Codes, Company
from features.compiled import compiled
from features.days import NEVER, Days


def newest_facts(company: Company, day: int) -> Mapping[str, Days]:
    """By source, the date of each employment's newest fact known on `day`; NEVER where there is none.

    A source that does not exist is absent. Job history dates from its effective day, a survey from its answer, a ticket
    from its opening, a check-in from the day it was held, a signal from the day it happened. What a confidential or
    anonymous answer says belongs to nobody and counts for nobody.
    """
    found = {}
    for source, person, dated, known in _facts(company):
        found[source] = np.full(len(company.people), NEVER, np.int32)
        _newest(person, dated, known, day, found[source])
    return found


@compiled
def _newest(person: Codes, dated: Days, known: Days, day: int, newest: Days) -> None:
    for row in range(len(person)):
        p = person[row]
        if p >= 0 and known[row] <= day and dated[row] <= day and (newest[p] == NEVER or newest[p] < dated[row]):
            newest[p] = dated[row]


def _facts(company: Company) -> Iterator[tuple[str, Codes, Days, Days]]:
    """Each source's person, date and day of knowledge."""
    jobs = company.jobs
    yield "job_history", jobs.person, jobs.effective, np.maximum(jobs.known, jobs.effective)
    if (surveys := company.surveys) is not None:
        yield "surveys", np.where(surveys.identified, surveys.person, -1), surveys.answered, surveys.answered
    if (tickets := company.tickets) is not None:
        yield "tickets", tickets.person, tickets.opened, tickets.opened
    if (checkins := company.checkins) is not None:
        yield "checkins", checkins.person, checkins.held, np.maximum(checkins.held, checkins.scheduled)
    if (signals := company.signals) is not None:
        yield "signals", signals.person, signals.occurred, signals.known
