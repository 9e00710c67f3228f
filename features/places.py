"""Where people stand on a day: their manager and their org unit, by the job state known by then."""

import numpy as np

from features import career
from features.blocks import Snapshots
from features.company import Codes, Company


def places(company: Company, snapshots: Snapshots) -> tuple[Codes, Codes]:
    """Manager and unit of each snapshot, as codes of `company.names`; -1 where not known.

    Who is on record as their own manager has none: a manager is not in the team.
    """
    jobs, person, day = career.in_winning_order(company.jobs), snapshots.person, snapshots.day
    if len(person) > 1 and (person[1:] < person[:-1]).any():
        order = np.argsort(person, kind="stable")
        found = np.empty((len(person), 2), np.int32)
        found[order] = career.last_codes(jobs, person[order], day[order])
    else:
        found = career.last_codes(jobs, person, day)
    names, ids = company.names.managers, company.people.employee_id
    for row, (manager, one) in enumerate(zip(found[:, 0].tolist(), person.tolist(), strict=True)):
        if manager >= 0 and names[manager] == ids[one]:
            found[row, 0] = -1
    return found[:, 0], found[:, 1]
