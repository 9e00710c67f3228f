"""The month loop's team columns: the people at risk with the same manager on the day, merged back to each of them."""

from typing import Any, Final

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from features.company import UNIT, VOLUNTARY, Company
from features.feature import slug
from features.presence import Exits
from features.spec import FeatureSpec
from features.team import GROUP_ANSWERS, LEAVER_WEIGHT, OWN_WEIGHT
from tests.bench.month_loop_tools import Columns, frame, since, spread

PRIVATE: Final = ("answers", "comments")
SUMS: Final = ["score", "answers", "tone", "comments", "held", "planned", "one",
               *(f"{what}_{part}" for what in PRIVATE for part in ("total", "number", "people"))]  # fmt: skip


class Teams:
    """What the team columns need of a company, ready for any day."""

    def __init__(self, company: Company, spec: FeatureSpec, exits: Exits, jobs: pd.DataFrame) -> None:
        names = company.names
        own = {manager: code for code, manager in enumerate(names.managers)}
        self.own = pd.Series([own.get(employee, -1) for employee in company.people.employee_id])
        self.signal_names = {names.team_signals.index(name): slug(name) for name in spec.team_signals}
        answers, comments = frame(company.surveys), frame(company.tones)
        self.private = {
            what: rows[~rows.identified].assign(value=rows[value] / UNIT)[["person", "answered", "value"]]
            for what, rows, value in zip(
                PRIVATE, (answers[answers.score >= 0], comments), ("score", "valence"), strict=True
            )
        }
        self.leavers = self._leavers(exits, jobs)
        signals = frame(company.team_signals)
        self.of_managers = signals[(signals.manager >= 0) & signals.value.notna()]
        self.of_units = signals[(signals.unit >= 0) & signals.value.notna()]
        self.above = _above(names.units)

    def _leavers(self, exits: Exits, jobs: pd.DataFrame) -> pd.DataFrame:
        """Voluntary exits, the day each became known, and the manager of the exit day."""
        gone = pd.DataFrame({"day": exits.day, "known": np.maximum(exits.day, exits.known)})[exits.kind == VOLUNTARY]
        rows = jobs.merge(gone, left_on="person", right_index=True)
        manager = rows[rows.starts <= rows.day].groupby("person").manager.last()
        gone["manager"] = manager.where(manager != self.own.reindex(manager.index))
        return gone[gone.manager.notna()]

    def month(self, t: int, people: "pd.Index[Any]", out: Columns) -> None:
        """Adds the team's columns of one day."""
        manager = out["_manager"].where(out["_manager"] != self.own.reindex(people))
        cells = pd.DataFrame({
            "manager": manager, "unit": out["_unit"], "score": out["_score"], "answers": out["_answers"],
            "held": out["checkins_held_365"], "planned": out["_planned"], "tone": out["_tone"],
            "comments": out["_comments"], "one": 1, **self._private(t, people),
        })  # fmt: skip
        everybody = cells[SUMS].sum()
        teams, units = cells.groupby("manager")[SUMS].sum(), cells.groupby("unit")[SUMS].sum()
        team = teams.reindex(manager).set_axis(people)
        out["team_size"] = team.one
        for column, total, number in (
            ("survey_365", "score", "answers"),
            ("comments_365", "tone", "comments"),
            ("kept_365", "held", "planned"),
        ):
            drawn = OWN_WEIGHT * everybody[total] / everybody[number]
            others, answers = team[total] - cells[total], team[number] - cells[number]
            out[f"team_{column}"] = (others + drawn) / (answers + OWN_WEIGHT)
        out["team_survey_gap"] = out["survey_score_365"] - out["team_survey_365"]
        for what in PRIVATE:
            of_unit = _private(units, what).reindex(out["_unit"]).set_axis(people)
            out[f"team_private_{what}"] = _private(teams, what).reindex(manager).set_axis(people).fillna(of_unit)
        self._leaving(t, manager, out)
        self._outside(t, manager, out)

    def _private(self, t: int, people: "pd.Index[Any]") -> Columns:
        """What each person said without their name within a year."""
        found: Columns = {}
        for what, rows in self.private.items():
            year = since(rows[rows.answered <= t], "answered", t, 365)
            said = year.groupby("person").value.agg(["sum", "count"]).reindex(people, fill_value=0)
            found[f"{what}_total"], found[f"{what}_number"] = said["sum"], said["count"]
            found[f"{what}_people"] = (said["count"] > 0).astype(int)
        return found

    def _leaving(self, t: int, manager: Any, out: Columns) -> None:
        year = since(self.leavers[self.leavers.known <= t], "day", t, 365)
        for window in (90, 365):
            left = since(year, "day", t, window).groupby("manager").size()
            found = left.reindex(manager, fill_value=0).set_axis(manager.index)
            out[f"team_leavers_{window}"] = found.where(manager.notna())
        rate = LEAVER_WEIGHT * len(year) / (len(manager) + len(year))
        left = out["team_leavers_365"]
        out["team_leaver_rate_365"] = (left + rate) / (out["team_size"] + left + LEAVER_WEIGHT)

    def _outside(self, t: int, manager: Any, out: Columns) -> None:
        for window in (90, 365):
            of_managers, of_units = (
                since(rows[rows.known <= t], "occurred", t, window) for rows in (self.of_managers, self.of_units)
            )
            above = of_units.merge(self.above, left_on="unit", right_on="above", suffixes=("_of", ""))
            teams = of_managers.groupby(["manager", "name"]).value.agg(["sum", "count"])
            units = above.groupby(["unit", "name"]).value.agg(["sum", "count"])
            sums, counts = (
                spread(teams[part], manager, self.signal_names, 0).to_numpy()
                + spread(units[part], out["_unit"], self.signal_names, 0).to_numpy()
                for part in ("sum", "count")
            )
            for place, name in enumerate(self.signal_names.values()):
                number = np.where(counts[:, place] > 0, counts[:, place], np.nan)
                out[f"team_signal_{name}_{window}"] = pd.Series(sums[:, place] / number, index=manager.index)
        for name in self.signal_names.values():
            out[f"team_signal_{name}_trend"] = out[f"team_signal_{name}_90"] - out[f"team_signal_{name}_365"]


def _private(groups: pd.DataFrame, what: str) -> Any:
    """The mean of what each group said and is not identified, where enough people said enough."""
    total, number, people = (groups[f"{what}_{part}"] for part in ("total", "number", "people"))
    return (total / number).where((people >= GROUP_ANSWERS) & (number >= GROUP_ANSWERS))


def _above(units: tuple[str, ...]) -> pd.DataFrame:
    """Pairs of a unit and a unit that is itself or above it."""
    code = {unit: number for number, unit in enumerate(units)}
    parts = {number: unit.split("/") for unit, number in code.items()}
    pairs = [
        (number, code["/".join(path[:depth])]) for number, path in parts.items() for depth in range(1, len(path) + 1)
    ]
    return pd.DataFrame(pairs, columns=["unit", "above"])
