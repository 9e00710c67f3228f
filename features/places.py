"""Where people stand on a day: their manager and their org unit, by the job state known by then."""

import numpy as np

from features import career
from features.blocks import Snapshots, blocks
from features.company import Codes, Company
from features.streams import leaves


def places(company: Company, snapshots: Snapshots) -> tuple[Codes, Codes]:
    """Manager and unit of each snapshot, as codes of `company.names`; -1 where not known."""
    jobs, own = career.in_winning_order(company.jobs), career.own_codes(company)
    manager, unit = (np.full(len(snapshots), -1, dtype=np.int32) for _ in range(2))
    for place, block in blocks(snapshots, leaves(None, len(company.people))):
        manager[place], unit[place] = career.team_codes(jobs, block, own)
    return manager, unit
