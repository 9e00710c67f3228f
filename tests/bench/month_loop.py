"""The same columns by a careful pandas loop over months: for each month end filter what is known, group, align.

It is what one writes by hand with care: tables as frames once, everything that does not depend on the day prepared
before the loop, windows cut out of each other (a quarter out of its year), rows sorted once so that the last one is the
last value. It knows no leaves and no two job rows of one day, so it is for companies without them. Who is at risk when,
and who left when, is handed to it.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from features.catalogue import catalogue
from features.comments import AVERAGE_COMMENTS, NEGATIVE
from features.company import CANCELLED_BY, EVENTS, UNIT, Company
from features.feature import slug
from features.presence import Exits
from features.spec import FeatureSpec
from features.surveys import PATIENCE_DAYS
from features.tickets import URGENT
from tests.bench.month_loop_team import Teams
from tests.bench.month_loop_tools import Columns, count, frame, mean, newest, since, spread

VALUES: Final = ["level", "fte", "base_salary", "compa_ratio"]
CODES: Final = ["manager", "unit", "job_family", "job_title"]
KINDS: Final = {0: "what", 1: "how", 2: "want"}
AGES: Final = {"role": "role", "manager": "manager", "unit": "unit", "pay": "pay", "rise": "promotion"}
COUNTS: Final = (
    ("manager", "managers_365", 365),
    ("manager", "managers_730", 730),
    ("unit", "transfers_730", 730),
    ("rise", "promotions_730", 730),
    ("pay", "pay_changes_730", 730),
    ("any", "changes_365", 365),
)


def build(company: Company, spec: FeatureSpec, at_risk: Mapping[int, Any], exits: Exits) -> pd.DataFrame:
    """All columns of the catalogue for the persons at risk on each day; rows by day, then person."""
    loop = MonthLoop(company, spec, exits)
    wanted = [feature.name for feature in catalogue(spec)]
    months = [loop.month(day, pd.Index(persons)) for day, persons in at_risk.items()]
    return pd.concat([pd.DataFrame(month)[wanted].astype(np.float32) for month in months], ignore_index=True)


class MonthLoop:
    """The tables of a company as frames, ready for any day."""

    def __init__(self, company: Company, spec: FeatureSpec, exits: Exits) -> None:
        self.cadence, names = spec.cadence, company.names
        self.hire = pd.Series(company.people.hire)
        self.drivers = {names.drivers.index(name): slug(name) for name in spec.drivers}
        self.enps = names.drivers.index("enps")
        self.categories = {names.categories.index(name): slug(name) for name in spec.categories}
        self.signal_names = {names.signals.index(name): slug(name) for name in spec.signals}
        self.jobs = _jobs(frame(company.jobs))
        self.asked, self.answers = _surveys(frame(company.surveys))
        self.comments = _comments(frame(company.tones))
        urgent = [code for code, name in enumerate(names.priorities) if name in URGENT]
        self.tickets = _tickets(frame(company.tickets), urgent)
        self.checkins = _checkins(frame(company.checkins))
        self.signals = frame(company.signals).sort_values(["occurred", "known", "value"], kind="stable")
        self.teams = Teams(company, spec, exits, self.jobs)

    def month(self, t: int, people: "pd.Index[Any]") -> Columns:
        """All columns of the people on one day, and a few more that the team needs."""
        out: Columns = {}
        self._career(t, people, out)
        self._surveys(t, people, out)
        self._comments(t, people, out)
        self._tickets(t, people, out)
        self._checkins(t, people, out)
        self._signals(t, people, out)
        self.teams.month(t, people, out)
        return out

    def _career(self, t: int, people: "pd.Index[Any]", out: Columns) -> None:
        known = self.jobs[self.jobs.starts <= t]
        held = known.groupby("person")[CODES + VALUES]
        changed = _changes(known, held.ffill().groupby(known.person).shift())
        now, start = held.last().reindex(people), held.first().reindex(people)
        old = known[known.effective <= t - 365].groupby("person")[VALUES].last().reindex(people)
        hire = self.hire.reindex(people)
        out["career_tenure_days"] = t - hire
        there = {"role": now[["level", "job_family", "job_title"]].notna().any(axis=1),
                 "manager": now.manager.notna(), "unit": now.unit.notna(), "pay": now.base_salary.notna()}  # fmt: skip
        for name, column in AGES.items():
            dates = known[changed[name]].drop_duplicates("person", keep="last").set_index("person").effective
            dates = dates.reindex(people)
            there.setdefault(name, now.level.notna() | dates.notna())
            out[f"career_{column}_days"] = (t - dates.fillna(hire)).where(there[name])
        for name, column, window in COUNTS:
            changes = count(known[changed[name] & (known.effective > t - window)], people)
            out[f"career_{column}"] = changes if name == "any" else changes.where(there[name])
        out["career_level"], out["career_level_gain"] = now.level, now.level - start.level
        out["career_fte"], out["career_base_salary"] = now.fte, now.base_salary
        paid = changed[changed.pay].groupby(known.person).growth.last()
        out["career_pay_change_last"] = paid.reindex(people)
        out["career_pay_growth"] = now.base_salary / start.base_salary - 1
        out["career_pay_change_365"] = now.base_salary / old.base_salary - 1
        out["career_compa_ratio"] = now.compa_ratio
        out["career_compa_change_365"] = now.compa_ratio - old.compa_ratio
        out["career_compa_drift"] = now.compa_ratio - start.compa_ratio
        out["career_rehired"] = (count(known[known.event == EVENTS.index("rehire")], people) > 0).astype(float)
        out["_manager"], out["_unit"] = now.manager, now.unit

    def _surveys(self, t: int, people: "pd.Index[Any]", out: Columns) -> None:
        answers = self.answers[self.answers.identified & (self.answers.answered <= t)]
        year = since(answers, "answered", t, 365)
        half, before = year[year.answered > t - 180], year[year.answered <= t - 180]
        total = year.groupby("person").score.agg(["sum", "count"]).reindex(people, fill_value=0)
        out["_score"], out["_answers"] = total["sum"], total["count"]
        out["survey_score_365"] = total["sum"] / total["count"].where(total["count"] > 0)
        out["survey_score_90"] = mean(since(half, "answered", t, 90), "score", people)
        out["survey_score_trend"] = mean(half, "score", people) - mean(before, "score", people)
        asked = {window: self._asked(t, window, people) for window in (365, 180, 90)}
        out["survey_asked_365"] = asked[365][0]
        for window in (365, 90):
            out[f"survey_response_{window}"] = asked[window][1] / asked[window][0].where(asked[window][0] > 0)
        out["survey_response_change"] = out["survey_response_90"] - out["survey_response_365"]
        out["survey_silence_days"] = t - answers.groupby("person").answered.max().reindex(people)
        out["survey_unanswered_180"] = asked[180][0] - asked[180][1]
        out["survey_onboarding_score"] = mean(answers[answers.onboarding], "score", people)
        last = answers.drop_duplicates(["person", "driver"], keep="last").set_index(["person", "driver"])
        codes = [self.enps, *self.drivers]
        scores, changes = spread(last.score, people, codes), spread(last.score - last.previous, people, codes)
        yearly, recent, earlier = (
            spread(rows.groupby(["person", "driver"]).score.mean(), people, codes) for rows in (year, half, before)
        )
        for code, stem in ((self.enps, "enps"), *((code, f"about_{name}") for code, name in self.drivers.items())):
            out[f"survey_{stem}_last"], out[f"survey_{stem}_change"] = scores[code], changes[code]
            out[f"survey_{stem}_365"] = yearly[code]
            out[f"survey_{stem}_trend"] = recent[code] - earlier[code]

    def _asked(self, t: int, window: int, people: "pd.Index[Any]") -> tuple[Any, Any]:
        """Questions that count as asked, and those of them that were answered."""
        asked = self.asked[(self.asked.sent > t - window) & (self.asked.due <= t)]
        return count(asked, people), count(asked[asked.answered <= t], people)

    def _comments(self, t: int, people: "pd.Index[Any]", out: Columns) -> None:
        said = self.comments[self.comments.answered <= t]
        year = since(said, "answered", t, 365)
        half, before = year[year.answered > t - 180], year[year.answered <= t - 180]
        total = year.groupby("person").valence.agg(["sum", "count"]).reindex(people, fill_value=0)
        out["_tone"], out["_comments"] = total["sum"], total["count"]
        out["comments_count_365"] = total["count"]
        out["comments_tone_365"], recent, earlier = (_drawn(rows, people) for rows in (year, half, before))
        out["comments_tone_last"] = newest(said, "valence", people)
        out["comments_tone_trend"] = recent - earlier
        negative = count(year[year.valence <= NEGATIVE / UNIT], people)
        out["comments_negative_365"] = negative / total["count"].where(total["count"] > 0)

    def _tickets(self, t: int, people: "pd.Index[Any]", out: Columns) -> None:
        opened = self.tickets[self.tickets.opened <= t]
        year, still = since(opened, "opened", t, 365), opened[opened.resolved > t]
        quarter = since(year, "opened", t, 90)
        out["tickets_count_30"] = count(since(quarter, "opened", t, 30), people)
        out["tickets_count_90"], out["tickets_count_365"] = count(quarter, people), count(year, people)
        out["tickets_surge"] = out["tickets_count_90"] * 365 / (out["tickets_count_365"] * 90)
        out["tickets_last_days"] = t - opened.groupby("person").opened.max().reindex(people)
        out["tickets_open"] = count(still, people)
        out["tickets_open_days"] = t - still.groupby("person").opened.min().reindex(people)
        out["tickets_unanswered"] = count(still[still.responded > t], people)
        responded = since(opened[opened.responded <= t], "responded", t, 365)
        done = opened[opened.resolved <= t]
        resolved = since(done, "resolved", t, 365)
        for name, rows, column in (
            ("response_hours", responded, "responded"),
            ("resolution_days", resolved, "resolved"),
        ):
            out[f"tickets_{name}_365"] = mean(rows, name, people)
            out[f"tickets_{name}_90"] = mean(since(rows, column, t, 90), name, people)
        out["tickets_csat_last"] = newest(done[done.csat.notna()], "csat", people)
        out["tickets_csat_365"] = mean(resolved, "csat", people)
        out["tickets_escalated_365"] = count(resolved[resolved.escalated == 1], people)
        out["tickets_reopened_365"] = resolved.groupby("person").reopened.sum().reindex(people, fill_value=0)
        out["tickets_urgent_365"] = count(year[year.urgent], people)
        about = spread(year.groupby(["person", "category"]).size(), people, self.categories, 0)
        for code, name in self.categories.items():
            out[f"tickets_about_{name}_365"] = about[code]

    def _checkins(self, t: int, people: "pd.Index[Any]", out: Columns) -> None:
        planned = self.checkins[self.checkins.scheduled <= t]
        held = planned[planned.held <= t]
        missed, cancelled = since(planned[planned.missed <= t], "missed", t, 365), planned[planned.cancelled <= t]
        cancelled = since(cancelled, "cancelled", t, 365)
        year = since(held, "held", t, 365)
        out["checkins_held_days"] = t - held.groupby("person").held.max().reindex(people)
        for window in (365, 90):
            out[f"checkins_held_{window}"] = kept = count(since(year, "held", t, window), people)
            out[f"checkins_missed_{window}"] = lost = count(since(missed, "missed", t, window), people)
            off = count(since(cancelled, "cancelled", t, window), people)
            out[f"checkins_kept_{window}"] = kept / (kept + lost + off).where(kept + lost + off > 0)
            if window == 365:
                out["_planned"] = kept + lost + off
        out["checkins_kept_change"] = out["checkins_kept_90"] - out["checkins_kept_365"]
        by_employee = cancelled[cancelled.cancelled_by == CANCELLED_BY.index("employee")]
        by_manager = cancelled[cancelled.cancelled_by == CANCELLED_BY.index("manager")]
        out["checkins_cancelled_manager_365"] = count(by_manager, people)
        out["checkins_cancelled_employee_365"] = count(by_employee, people)
        out["checkins_cancelled_employee_90"] = count(since(by_employee, "cancelled", t, 90), people)
        hire = self.hire.reindex(people)
        kinds = spread(year.groupby(["person", "conversation"]).size(), people, KINDS, 0)
        last = spread(held.groupby(["person", "conversation"]).held.max(), people, KINDS)
        for code, name in KINDS.items():
            expected = np.minimum(t - hire, 365) * self.cadence[code] / 365
            out[f"checkins_{name}_adherence"] = kinds[code] / expected.where(expected >= 0.5)
            out[f"checkins_{name}_overdue_days"] = t - last[code].fillna(hire) - 365 / self.cadence[code]

    def _signals(self, t: int, people: "pd.Index[Any]", out: Columns) -> None:
        known = self.signals[self.signals.known <= t]
        year = since(known, "occurred", t, 365)
        keys, codes = ["person", "name"], list(self.signal_names)
        days = spread(known.groupby(keys).occurred.max(), people, codes)
        total = spread(year.groupby(keys).value.sum(min_count=1), people, codes)
        valued = known[known.value.notna()]
        last = valued.drop_duplicates(keys, keep="last").set_index(keys).value
        rest = valued[valued.duplicated(keys, keep="last")]
        before = rest.drop_duplicates(keys, keep="last").set_index(keys).value
        last, change = spread(last, people, codes), spread(last - before, people, codes)
        counts, means = {}, {}
        for window in (365, 90):
            found = since(year, "occurred", t, window).groupby(keys).value.agg(["size", "mean"])
            counts[window] = spread(found["size"], people, codes, 0)
            means[window] = spread(found["mean"], people, codes)
        for code, name in self.signal_names.items():
            stem = f"signal_{name}"
            for window in (90, 365):
                out[f"{stem}_count_{window}"], out[f"{stem}_mean_{window}"] = counts[window][code], means[window][code]
            out[f"{stem}_trend"] = means[90][code] - means[365][code]
            out[f"{stem}_days"], out[f"{stem}_sum_365"] = t - days[code], total[code]
            out[f"{stem}_last"], out[f"{stem}_change"] = last[code], change[code]


def _jobs(jobs: pd.DataFrame) -> pd.DataFrame:
    """In the order in which rows win; codes that are not given as NaN."""
    jobs[CODES] = jobs[CODES].where(jobs[CODES] >= 0)
    jobs["starts"] = jobs[["effective", "known"]].max(axis=1)
    return jobs.sort_values(["person", "effective", "known"], kind="stable", ignore_index=True)


def _changes(known: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """What each job row changes against the state before it; corrections change nothing."""
    counts = ~known.repeat
    differ = {column: known[column].notna() & before[column].notna() & (known[column] != before[column])
              for column in [*CODES, "level", "base_salary"]}  # fmt: skip
    promoted = (known.event == EVENTS.index("promotion")) | (known.level > before.level)
    role = differ["level"] | differ["job_family"] | differ["job_title"]
    changed = pd.DataFrame({
        "role": role & counts,
        "manager": differ["manager"] & counts,
        "unit": differ["unit"] & counts,
        "pay": differ["base_salary"] & counts,
        "rise": promoted & counts,
    })  # fmt: skip
    changed["any"] = changed.any(axis=1)
    changed["growth"] = known.base_salary / before.base_salary - 1
    return changed


def _surveys(surveys: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The questions asked under a name, and all answers by (answered, score) with the answer before of the driver."""
    surveys["score"] = surveys.score.where(surveys.score >= 0) / UNIT
    surveys["due"] = np.minimum(surveys.answered, surveys.sent + PATIENCE_DAYS)
    answers = surveys[surveys.score.notna()].sort_values(["answered", "score"], kind="stable")
    answers["previous"] = answers.groupby(["person", "driver", "identified"]).score.shift()
    return surveys.loc[surveys.identified, ["person", "sent", "due", "answered"]], answers


def _comments(tones: pd.DataFrame) -> pd.DataFrame:
    """The comments under a name by (answered, valence)."""
    tones["valence"] = tones.valence / UNIT
    return tones[tones.identified].sort_values(["answered", "valence"], kind="stable")


def _drawn(said: pd.DataFrame, people: "pd.Index[Any]") -> Any:
    """The mean with some average comments (0) among them; NaN for nobody's."""
    total = said.groupby("person").valence.agg(["sum", "count"])
    return (total["sum"] / (total["count"] + AVERAGE_COMMENTS)).reindex(people)


def _tickets(tickets: pd.DataFrame, urgent: list[int]) -> pd.DataFrame:
    tickets["response_hours"] = (tickets.responded_seconds - tickets.opened_seconds) / 3600
    tickets["resolution_days"] = (tickets.resolved_seconds - tickets.opened_seconds) / 86400
    tickets["csat"] = tickets.csat.where(tickets.csat >= 0) / UNIT
    tickets["reopened"] = tickets.reopened.clip(lower=0)
    tickets["urgent"] = tickets.priority.isin(urgent)
    return tickets.sort_values(["resolved", "csat"], kind="stable")


def _checkins(checkins: pd.DataFrame) -> pd.DataFrame:
    checkins["outcome"] = checkins[["held", "missed", "cancelled"]].min(axis=1)
    return checkins
