"""The slow, obvious features of a team on a day, by a loop over everybody."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from features.spec import FeatureSpec
from tests.companies import Row
from tests.oracle import Employment, Value, World, at_risk, day, exit_as_known, manager, unit, within
from tests.oracle_comments import tones
from tests.oracle_person import answers, count, held, identified, known_from, less, mean, not_held, over, quantised

GROUP = 5
Read = Callable[[list[Row]], list[tuple[dt.date, dt.date, float]]]


@dataclass
class Member:
    """One person on one day: where they belong, and what they bring along."""

    one: Employment
    t: dt.date

    @cached_property
    def manager(self) -> str | None:
        """Whose team they are in."""
        return manager(self.one, self.t)

    @cached_property
    def unit(self) -> str | None:
        """Their org unit."""
        return unit(self.one, self.t)

    @cached_property
    def scores(self) -> list[float]:
        """A year's answers under their own name."""
        return self._answers(named=True)

    @cached_property
    def private(self) -> list[float]:
        """A year's answers that were not given under their name."""
        return self._answers(named=False)

    @cached_property
    def tones(self) -> list[float]:
        """How a year's comments under their own name sound."""
        return self._tones(named=True)

    @cached_property
    def private_tones(self) -> list[float]:
        """How a year's comments that were not given under their name sound."""
        return self._tones(named=False)

    def _tones(self, *, named: bool) -> list[float]:
        rows = [row for row in self.one.surveys if identified(row) == named]
        return [v for e, k, v in tones(rows) if within(self.one, e, k, self.t, 365)]

    def _answers(self, *, named: bool) -> list[float]:
        rows = [row for row in self.one.surveys if identified(row) == named]
        return [v for e, k, v in answers(rows) if within(self.one, e, k, self.t, 365)]

    @cached_property
    def held(self) -> int:
        """Conversations held within a year."""
        return count(self.one, held(self.one.checkins), self.t, 365)

    @cached_property
    def planned(self) -> int:
        """Those held, and those missed or cancelled, within a year."""
        rows = self.one.checkins
        lost = not_held(self.one, rows, "missed", self.t) + not_held(self.one, rows, "cancelled", self.t)
        return self.held + count(self.one, lost, self.t, 365)


class Day:
    """A company on one day: everybody at risk, and who had left by then."""

    def __init__(self, world: World, t: dt.date) -> None:
        self.world, self.t = world, t
        self.people = [Member(one, t) for one in world.employments if at_risk(one, t)]

    def features(self, spec: FeatureSpec, one: Employment) -> dict[str, Value]:
        """The team's columns for one person, at risk or not."""
        me = next((member for member in self.people if member.one is one), None) or Member(one, self.t)
        team = [member for member in self.people if me.manager is not None and member.manager == me.manager]
        found: dict[str, Value] = {}
        if me.manager is not None:
            left = self.left(365, me.manager)
            company = self.left(365, None)
            rate = over(company, len(self.people) + company)
            found = {
                "team_size": float(len(team)),
                "team_leavers_90": float(self.left(90, me.manager)),
                "team_leavers_365": float(left),
                "team_leaver_rate_365": None if rate is None else (left + 10 * rate) / (len(team) + left + 10),
                **self._colleagues(me, team),
            }
        found["team_private_answers"] = self._private(me, team, "private", answers)
        found["team_private_comments"] = self._private(me, team, "private_tones", tones)
        for name in spec.team_signals:
            quarter, year = self._signal(me, name, 90), self._signal(me, name, 365)
            found |= {f"team_signal_{name}_90": quarter, f"team_signal_{name}_365": year,
                      f"team_signal_{name}_trend": less(quarter, year)}  # fmt: skip
        return found

    def _colleagues(self, me: Member, team: list[Member]) -> dict[str, Value]:
        """Means of the others in the team, five of the company's own added to each."""
        others = [member for member in team if member is not me]
        survey = kept = tone = None
        if "surveys" in self.world.sources:
            company = mean(value for member in self.people for value in member.tones)
            heard = [value for member in others for value in member.tones]
            tone = None if company is None else (math.fsum(heard) + 5 * company) / (len(heard) + 5)
            company = mean(score for member in self.people for score in member.scores)
            said = [score for member in others for score in member.scores]
            survey = None if company is None else (math.fsum(said) + 5 * company) / (len(said) + 5)
        if "checkins" in self.world.sources:
            company = over(sum(m.held for m in self.people), sum(m.planned for m in self.people))
            there, planned = sum(m.held for m in others), sum(m.planned for m in others)
            kept = None if company is None else (there + 5 * company) / (planned + 5)
        return {"team_survey_365": survey, "team_survey_gap": less(mean(me.scores), survey), "team_kept_365": kept,
                "team_comments_365": tone}  # fmt: skip

    def _private(self, me: Member, team: list[Member], what: str, read: Read) -> Value:
        """The mean of what a group said and is not identified: the team's, else the unit's, else nothing."""
        givers = [said for member in team if (said := getattr(member, what))]
        found = _enough(givers)
        if found is not None or me.unit is None:
            return found
        givers = [said for member in self.people if member.unit == me.unit and (said := getattr(member, what))]
        for row in self.world.nameless:
            alone = [v for e, _, v in read([row]) if 0 <= (self.t - e).days < 365]
            givers += [alone] if alone and row.get("org_unit") == me.unit else []
        return _enough(givers)

    def left(self, window: int, team: str | None) -> int:
        """Voluntary leavers of the window, known by now, from a manager's team on their exit day (None: from any)."""
        found = 0
        for one in self.world.employments:
            out = exit_as_known(one, self.t)
            if out is None or out[1] != "voluntary" or not 0 <= (self.t - out[0]).days < window:
                continue
            boss = manager(one, out[0])
            found += boss == team if team is not None else boss is not None
        return found

    def _signal(self, me: Member, name: str, window: int) -> Value:
        values = []
        for row in self.world.team_signals:
            if row["name"].lower() != name or "value" not in row:
                continue
            if known_from(row) > self.t or not 0 <= (self.t - day(row["occurred_at"])).days < window:
                continue
            if "manager_id" in row:
                reaches = row["manager_id"] == me.manager
            else:
                reaches = me.unit is not None and f"{me.unit}/".startswith(f"{row['org_unit']}/")
            if reaches:
                values.append(quantised(row["value"], 10**6))
        return mean(values)


def _enough(givers: list[list[float]]) -> Value:
    """The mean over all answers, if there are at least five of at least five people."""
    every = [value for one in givers for value in one]
    return mean(every) if len(givers) >= GROUP and len(every) >= GROUP else None
