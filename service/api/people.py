"""Posted people, read, to answers: in blocks, so that other requests get their turn between two of them.

Work of a millisecond is faster done at once, in the event loop, than handed to a thread.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from features import posted_json
from features.facts import Asked, Facts, some
from features.posted import Posted
from models.telling import Background
from service import scoring
from service.access import scope
from service.access.keys import Caller
from service.api import answers
from service.api.answers import Refusal
from service.api.query import Wanted
from service.api.state import Service
from service.published import Teams
from service.serving import Serving

_TURN_SECONDS: Final = 0.01
"""So long the event loop is kept at most, as far as the block before tells."""
FEW: Final = 32
"""People who are scored without a pause."""
_ALL: Final = slice(0, None)
_SIDE_BY_SIDE: Final = 64
"""People who go through the model together: some fewer take as long as so many."""
_LEAST: Final = 8
"""People of any block."""


class Pace:
    """How many people are scored between two turns of the event loop: as many as the time allows."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.people = _SIDE_BY_SIDE

    def learn(self, people: int, seconds: float) -> None:
        """Take the next block by how long the last one took."""
        able = int(people * _TURN_SECONDS / max(seconds, 1e-6))
        self.people = max(_LEAST, able if able < _SIDE_BY_SIDE else able - able % _SIDE_BY_SIDE)


class _Found:
    """Answers to a request so far, and what is counted of them."""

    def __init__(self, people: int) -> None:
        self.lines = [b""] * people
        """In the order asked."""
        self.refused: dict[str, int] = {}
        """How many, by code."""
        self.by_90: list[float] = []

    def put(self, entries: Sequence[int], lines: list[bytes]) -> None:
        """Add the answers to these entries."""
        for entry, line in zip(entries, lines, strict=True):
            self.lines[entry] = line

    def refusal(self, employee_id: str, refused: Refusal, missing_sources: Sequence[str]) -> bytes:
        """The answer to a person who is not scored."""
        self.refused[refused.code] = self.refused.get(refused.code, 0) + 1
        return answers.refused(employee_id, refused, missing_sources)


class Task(NamedTuple):
    """What all people of one request share: one model and one published run, from the first to the last."""

    service: Service
    serving: Serving
    wanted: Wanted
    pace: Pace
    caller: Caller

    async def scores(self, asked: Posted, teams: Teams) -> list[bytes]:
        """Everybody's answer, a `PersonScore` as JSON, in the order asked.

        Parameters
        ----------
        teams
            The published run of the as-of date.

        Raises
        ------
        RateError
            The caller has posted too many people in too short a time.
        """
        found, question = self._begun(asked), self._question(asked)
        for part in asked.parts:
            start = 0
            while start < len(part.entries):
                if start:
                    await asyncio.sleep(0)
                began, stop = self.pace.clock(), min(len(part.entries), start + self.pace.people)
                facts = part.people.facts(question, slice(start, stop))
                found.put(part.entries[start:stop], self._answers(facts, teams, found))
                self.pace.learn(stop - start, self.pace.clock() - began)
                start = stop
        return self._counted(found)

    def few(self, asked: Posted, teams: Teams) -> list[bytes]:
        """`scores` of people who are few enough to be scored without a pause."""
        found, question = self._begun(asked), self._question(asked)
        for part in asked.parts:
            found.put(part.entries, self._answers(part.people.facts(question, _ALL), teams, found))
        return self._counted(found)

    def known(self, facts: Facts, teams: Teams) -> list[bytes]:
        """The same of people whose facts are there, in their order."""
        self.service.rates.take(self.caller, len(facts.ids))
        found = _Found(0)
        found.lines = self._answers(facts, teams, found)
        return self._counted(found)

    def _begun(self, asked: Posted) -> _Found:
        """The answers to those who are refused without a look at their facts."""
        self.service.rates.take(self.caller, len(asked.employee_ids))
        found = _Found(len(asked.employee_ids))
        for entry, detail in asked.invalid.items():
            found.lines[entry] = found.refusal(asked.employee_ids[entry], Refusal("invalid_input", detail), ())
        return found

    def _question(self, asked: Posted) -> Asked:
        model = self.serving.model
        return Asked(asked.as_of, model.spec, model.valence)

    def _answers(self, facts: Facts, teams: Teams, found: _Found) -> list[bytes]:
        """The answers to some people of a part, in their order."""
        columns, missing = self.serving.model.team_columns, _posted(facts.missing)
        values = facts.matrix[:, -len(columns) :]
        sources = teams.fill(values, columns, facts.ids, facts.managers, self.caller.units)
        refused = self._refused(facts)
        if not refused:
            return self._scored(facts, missing, sources, found)
        here = [place for place in range(len(facts.ids)) if place not in refused]
        scored = iter(self._scored(some(facts, here), missing, [sources[place] for place in here], found))
        return [
            found.refusal(id_, refused[place], missing) if place in refused else next(scored)
            for place, id_ in enumerate(facts.ids)
        ]

    def _refused(self, facts: Facts) -> dict[int, Refusal]:
        """By place, who may not be scored."""
        codes = scoring.refused(facts, self.service.blocks.now())
        found = {place: Refusal(code, scoring.DETAILS[code]) for place, code in enumerate(codes) if code}
        for place in scope.outside(facts.units, self.caller.units):
            found[place] = Refusal("invalid_input", scope.OUTSIDE)
        return found

    def _scored(self, facts: Facts, missing: Sequence[str], sources: Sequence[str], found: _Found) -> list[bytes]:
        """The answers to people who are all scored."""
        if not facts.ids:
            return []
        model, wanted = self.serving.model, self.wanted
        how = scoring.How(self.service.bands or model.bands, wanted.reasons, wanted.horizon)
        told = scoring.told(facts.matrix, Background(facts.missing, facts.dates), how, model)
        found.by_90 += told.by_90
        return answers.scored(facts.ids, told, missing, sources)

    def _counted(self, found: _Found) -> list[bytes]:
        """The answers, once they are counted."""
        metrics, version = self.service.metrics, self.serving.champion.version
        for code, people in found.refused.items():
            metrics.people.labels(code, version).inc(people)
        if found.by_90:
            metrics.people.labels("scored", version).inc(len(found.by_90))
            metrics.scored(version, found.by_90)
        return found.lines


@lru_cache(maxsize=64)
def _posted(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the sources that can be posted."""
    return tuple(name for name in sources if name in posted_json.TABLES)
