"""Posted people, read, to answers: in blocks, so that other requests get their turn between two of them.

Work of a millisecond is faster done at once, in the event loop, than handed to a thread.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from features import posted_json
from features.company import Company
from features.posted import Part, Posted
from features.sentiment import valued
from service import published, scoring
from service.access import scope
from service.access.keys import Caller
from service.api import answers
from service.api.answers import PersonScore
from service.api.query import Wanted
from service.api.state import Service
from service.published import Teams
from service.serving import Serving

_TURN_SECONDS: Final = 0.01
"""So long the event loop is kept at most, as far as the block before tells."""
_FIRST, _LEAST, _MOST = 32, 8, 4_000
"""People of the first block, and of any."""


class Pace:
    """How many people are scored between two turns of the event loop: as many as the time allows."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.people = _FIRST

    def learn(self, people: int, seconds: float) -> None:
        """Take the next block by how long the last one took."""
        self.people = min(_MOST, max(_LEAST, int(people * _TURN_SECONDS / max(seconds, 1e-6))))


@dataclass(frozen=True)
class Task:
    """What all people of one request share: one model and one published run, from the first to the last."""

    service: Service
    serving: Serving
    wanted: Wanted
    pace: Pace
    caller: Caller

    async def scores(self, asked: Posted, teams: Teams) -> list[PersonScore]:
        """Everybody's answer, in the order asked.

        Parameters
        ----------
        teams
            The published run of the as-of date.

        Raises
        ------
        RateError
            The caller has posted too many people in too short a time.
        """
        self.service.rates.take(self.caller, len(asked.employee_ids))
        found: list[Any] = [None] * len(asked.employee_ids)
        for entry, detail in asked.invalid.items():
            refused = scoring.refusal(asked.employee_ids[entry], "invalid_input", detail)
            found[entry] = answers.person_score(refused, published.NONE, ())
        for part in asked.parts:
            company = valued(part.company, self.serving.model.valence)
            missing = [name for name in scoring.missing_sources(company) if name in posted_json.TABLES]
            start = 0
            while start < len(part.entries):
                if start:
                    await asyncio.sleep(0)
                began, stop = self.pace.clock(), min(len(part.entries), start + self.pace.people)
                for entry, score in self._scored(asked.as_of, teams, company, part, slice(start, stop), missing):
                    found[entry] = score
                self.pace.learn(stop - start, self.pace.clock() - began)
                start = stop
        self._count(found)
        return found

    def _scored(
        self, as_of: int, teams: Teams, company: Company, part: Part, block: slice, missing: list[str]
    ) -> Iterator[tuple[int, PersonScore]]:
        """Some people of a part: their places in the request and their answers."""
        model, wanted, units = self.serving.model, self.wanted, self.caller.units
        persons = np.asarray(part.persons[block], dtype=np.int32)
        team = teams.values(company, persons, as_of, model.team_columns, units)
        bands = self.service.bands or model.bands
        request = scoring.Request(
            company,
            persons,
            as_of,
            team.values,
            bands,
            wanted.reasons,
            wanted.horizon,
            blocked=self.service.blocks.now(),
        )
        scored = scoring.score(request, model)
        for place in scope.outside(scoring.places(company, persons, as_of)[1], units) if units != scope.WHOLE else ():
            scored[place] = scoring.refusal(scored[place].employee_id, "invalid_input", scope.OUTSIDE)
        for entry, one, source in zip(part.entries[block], scored, team.source, strict=True):
            yield entry, answers.person_score(one, published.NONE if one.no_score else source, missing)

    def _count(self, scores: list[PersonScore]) -> None:
        counted: dict[str, int] = {}
        for score in scores:
            outcome = score.no_score.code if score.no_score else "scored"
            counted[outcome] = counted.get(outcome, 0) + 1
        for outcome, people in counted.items():
            self.service.metrics.people.labels(outcome, self.serving.champion.version).inc(people)
        risks = [score.risk.by_90 for score in scores if score.risk is not None]
        self.service.metrics.scored(self.serving.champion.version, risks)
