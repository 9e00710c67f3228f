"""Posted people, read, to answers: in blocks, so that other requests get their turn between two of them.

Work of a millisecond is faster done at once, in the event loop, than handed to a thread.
"""

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from features import posted_json
from features.facts import Asked, Facts
from features.posted import Posted
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
FEW: Final = 32
"""People who are scored without a pause."""
_ALL: Final = slice(0, None)
_FIRST, _LEAST, _MOST = FEW, 8, 4_000
"""People of the first block, and of any."""


class Pace:
    """How many people are scored between two turns of the event loop: as many as the time allows."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.people = _FIRST

    def learn(self, people: int, seconds: float) -> None:
        """Take the next block by how long the last one took."""
        self.people = min(_MOST, max(_LEAST, int(people * _TURN_SECONDS / max(seconds, 1e-6))))


class Task(NamedTuple):
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
        found = self._begun(asked)
        question = self._question(asked)
        for part in asked.parts:
            start = 0
            while start < len(part.entries):
                if start:
                    await asyncio.sleep(0)
                began, stop = self.pace.clock(), min(len(part.entries), start + self.pace.people)
                facts = part.people.facts(question, slice(start, stop))
                for entry, score in zip(part.entries[start:stop], self._scored(facts, teams), strict=True):
                    found[entry] = score
                self.pace.learn(stop - start, self.pace.clock() - began)
                start = stop
        self._count(found)
        return found

    def few(self, asked: Posted, teams: Teams) -> list[PersonScore]:
        """`scores` of people who are few enough to be scored without a pause."""
        found = self._begun(asked)
        question = self._question(asked)
        for part in asked.parts:
            scored = self._scored(part.people.facts(question, _ALL), teams)
            for entry, score in zip(part.entries, scored, strict=True):
                found[entry] = score
        self._count(found)
        return found

    def known(self, facts: Facts, teams: Teams) -> list[PersonScore]:
        """The same of people whose facts are there, in their order."""
        self.service.rates.take(self.caller, len(facts.ids))
        found = self._scored(facts, teams)
        self._count(found)
        return found

    def _begun(self, asked: Posted) -> list[Any]:
        """The answers so far: of those that are refused without a look at their facts."""
        self.service.rates.take(self.caller, len(asked.employee_ids))
        found: list[Any] = [None] * len(asked.employee_ids)
        for entry, detail in asked.invalid.items():
            refused = scoring.refusal(asked.employee_ids[entry], "invalid_input", detail)
            found[entry] = answers.person_score(refused, published.NONE, ())
        return found

    def _question(self, asked: Posted) -> Asked:
        model = self.serving.model
        return Asked(asked.as_of, model.spec, model.valence)

    def _scored(self, facts: Facts, teams: Teams) -> list[PersonScore]:
        """The answers of some people of a part."""
        model, wanted, units = self.serving.model, self.wanted, self.caller.units
        columns = model.team_columns
        sources = teams.fill(facts.matrix[:, -len(columns) :], columns, facts.ids, facts.managers, units)
        how = scoring.How(self.service.bands or model.bands, wanted.reasons, wanted.horizon)
        scored = scoring.score_known(facts, how, self.service.blocks.now(), model)
        for place in scope.outside(facts.units, units):
            scored[place] = scoring.refusal(scored[place].employee_id, "invalid_input", scope.OUTSIDE)
        missing = _posted(facts.missing)
        return [
            answers.person_score(one, published.NONE if one.no_score else source, missing)
            for one, source in zip(scored, sources, strict=True)
        ]

    def _count(self, scores: list[PersonScore]) -> None:
        metrics, version = self.service.metrics, self.serving.champion.version
        risks = []
        for score in scores:
            if score.risk is None:
                metrics.people.labels(score.no_score.code if score.no_score else "", version).inc()
            else:
                risks.append(score.risk.by_90)
        if risks:
            metrics.people.labels("scored", version).inc(len(risks))
            metrics.scored(version, risks)


@lru_cache(maxsize=64)
def _posted(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the sources that can be posted."""
    return tuple(name for name in sources if name in posted_json.TABLES)
