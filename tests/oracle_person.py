"""The slow, obvious features of one person on one day: career, surveys, tickets, check-ins, signals.

Each function returns name -> value (None for null) out of plain rows; see `tests.oracle` for the questions they ask.
"""

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from features.spec import FeatureSpec
from tests.companies import Row
from tests.oracle import Employment, Value, World, active_since, day, jobs_known, last_of, on_leave, within
from tests.oracle_comments import comments

Dated = tuple[dt.date, dt.date, float]
"""An event: its day, the day it became known, its value."""

URGENT = {"urgent", "critical", "high", "1", "p1", "2", "p2"}
PATIENCE = dt.timedelta(days=14)


def person_features(world: World, spec: FeatureSpec, one: Employment, t: dt.date) -> dict[str, Value]:
    """Everything but the team's columns; a missing source's columns are absent (null)."""
    found = career(one, t)
    if "surveys" in world.sources:
        found |= surveys(one, t, spec.drivers) | comments(world, one, t)
    if "tickets" in world.sources:
        found |= tickets(one, t, spec.categories)
    if "checkins" in world.sources:
        found |= checkins(one, t, spec.cadence)
    if "signals" in world.sources:
        for name in spec.signals:
            found |= signals(one, t, name)
    return found


def mean(values: Iterable[float]) -> Value:
    """The mean, None of nothing."""
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else None


def less(one: Value, other: Value) -> Value:
    """The difference, None where either is null."""
    return None if one is None or other is None else one - other


def over(one: float, other: float) -> Value:
    """The quotient, None where the divisor is not positive."""
    return one / other if other > 0 else None


def quantised(value: float, unit: int) -> float:
    """A value as the arrays hold it: a whole number of `unit`-ths."""
    return round(value * unit) / unit


def count(one: Employment, events: Iterable[Dated], t: dt.date, window: int) -> int:
    """How many events lie in the window."""
    return sum(within(one, event, known, t, window) for event, known, _ in events)


def mean_in(one: Employment, events: Iterable[Dated], t: dt.date, window: int) -> Value:
    """The mean value of the events in the window."""
    return mean(value for event, known, value in events if within(one, event, known, t, window))


def trend(one: Employment, events: Sequence[Dated], t: dt.date) -> Value:
    """Mean of the last 180 active days less that of the 185 before."""
    half = [e for e in events if within(one, e[0], e[1], t, 180)]
    before = [e for e in events if within(one, e[0], e[1], t, 365) and not within(one, e[0], e[1], t, 180)]
    return less(mean(e[2] for e in half), mean(e[2] for e in before))


def latest(events: Iterable[Dated], t: dt.date) -> list[Dated]:
    """The events known and happened by `t`, the last first: by day, then known day, then value."""
    return sorted((e for e in events if e[0] <= t and e[1] <= t), reverse=True)


def last_and_change(events: Iterable[Dated], t: dt.date) -> tuple[Value, Value]:
    """The last value, and by how much it differs from the one before."""
    found = [e[2] for e in latest(events, t)[:2]]
    last = found[0] if found else None
    return last, less(last, found[1] if len(found) > 1 else None)


# --- career ---------------------------------------------------------------------------------------------------------


def level(row: Row) -> Value:
    """The number that ends a job level."""
    found = re.search(r"(\d+(?:\.\d+)?)\s*$", row.get("job_level") or "")
    return float(found.group(1)) if found else None


def differs(before: Iterable[Row], row: Row, column: str) -> bool:
    """Whether a row gives a column another value than the rows before it left it with."""
    old, new = last_of(before, column), row.get(column)
    return old is not None and new is not None and old != new


def changes(rows: Sequence[Row]) -> list[tuple[Row, dict[str, Any]]]:
    """What each row changes against the state that the rows before it leave."""
    found = []
    rows = [{**row, "level": level(row)} for row in rows]
    for place, row in enumerate(rows):
        before = rows[:place]
        old_level, old_pay, new_pay = last_of(before, "level"), last_of(before, "base_salary"), row.get("base_salary")
        rises = row["level"] is not None and old_level is not None and row["level"] > old_level
        what = {
            "role": any(differs(before, row, column) for column in ("job_family", "job_title", "level")),
            "manager": differs(before, row, "manager_id"),
            "unit": differs(before, row, "org_unit"),
            "pay": new_pay is not None and old_pay is not None and old_pay > 0 and new_pay != old_pay,
            "promotion": row["event"] == "promotion" or rises,
        }
        if not row["_correction"]:
            found.append((row, {**what, "by": new_pay / old_pay - 1 if what["pay"] else None}))
    return found


def career(one: Employment, t: dt.date) -> dict[str, Value]:
    """Role, manager, unit, pay and level, and how long each has stood."""
    rows, tenure = [{**row, "level": level(row)} for row in jobs_known(one, t)], (t - one.hire).days
    found = changes(rows)

    def age(kind: str) -> float:
        dates = [row["effective_date"] for row, what in found if what[kind]]
        return float((t - dates[-1]).days if dates else tenure)

    def times(kinds: Sequence[str], days: int) -> float:
        return float(sum(any(w[k] for k in kinds) and (t - row["effective_date"]).days < days for row, w in found))

    def start(column: str) -> Value:
        dates = [row["effective_date"] for row in rows if row.get(column) is not None]
        value: Value = last_of((row for row in rows if dates and row["effective_date"] <= dates[0]), column)
        return value

    def year_ago(column: str) -> Value:
        value: Value = last_of((row for row in rows if (t - row["effective_date"]).days >= 365), column)
        return value

    def where(known: bool, value: float) -> Value:
        return value if known else None

    pay, compa = last_of(rows, "base_salary"), last_of(rows, "compa_ratio")
    manager, unit = last_of(rows, "manager_id") is not None, last_of(rows, "org_unit") is not None
    graded = last_of(rows, "level") is not None
    role = graded or last_of(rows, "job_family") is not None or last_of(rows, "job_title") is not None
    rises = graded or any(what["promotion"] and row["effective_date"] != one.hire for row, what in found)
    paid = [what["by"] for _, what in found if what["by"] is not None]
    return {
        "career_tenure_days": float(tenure),
        "career_role_days": where(role, age("role")),
        "career_manager_days": where(manager, age("manager")),
        "career_unit_days": where(unit, age("unit")),
        "career_pay_days": where(pay is not None, age("pay")),
        "career_promotion_days": where(rises, age("promotion")),
        "career_managers_365": where(manager, times(["manager"], 365)),
        "career_managers_730": where(manager, times(["manager"], 730)),
        "career_transfers_730": where(unit, times(["unit"], 730)),
        "career_promotions_730": where(rises, times(["promotion"], 730)),
        "career_pay_changes_730": where(pay is not None, times(["pay"], 730)),
        "career_changes_365": times(["role", "manager", "unit", "pay", "promotion"], 365),
        "career_level": last_of(rows, "level"),
        "career_level_gain": less(last_of(rows, "level"), start("level")),
        "career_fte": last_of(rows, "fte"),
        "career_base_salary": pay,
        "career_pay_change_last": paid[-1] if paid else None,
        "career_pay_growth": _growth(pay, start("base_salary")),
        "career_pay_change_365": _growth(pay, year_ago("base_salary")),
        "career_compa_ratio": compa,
        "career_compa_change_365": less(compa, year_ago("compa_ratio")),
        "career_compa_drift": less(compa, start("compa_ratio")),
        "career_rehired": float(any(row["event"] == "rehire" for row in rows)),
    }


def _growth(now: Value, then: Value) -> Value:
    return now / then - 1 if now is not None and then is not None and then > 0 else None


# --- surveys --------------------------------------------------------------------------------------------------------


def share(row: Row) -> float:
    """A score as a share of its scale."""
    enps = row["driver"].lower() == "enps"
    low, high = row.get("scale_min", 0.0 if enps else 1.0), row.get("scale_max", 10.0 if enps else 5.0)
    return quantised((row["score"] - low) / (high - low), 2**20)


def identified(row: Row) -> bool:
    """Given under one's own name."""
    return row.get("attribution", "identified") == "identified" and row.get("employee_id") is not None


def answers(rows: Iterable[Row]) -> list[Dated]:
    """The answers with a score, dated by the day they were given."""
    given = (row for row in rows if "responded_at" in row and "score" in row)
    return [(day(row["responded_at"]), day(row["responded_at"]), share(row)) for row in given]


def asked(one: Employment, t: dt.date) -> list[tuple[Dated, bool]]:
    """The questions that count as asked by `t`, and whether each has been answered by then."""
    found: list[tuple[Dated, bool]] = []
    for row in filter(identified, one.surveys):
        sent = day(row["sent_at"])
        if "responded_at" in row and day(row["responded_at"]) <= t:
            found.append(((sent, sent, 1.0), True))
        elif sent + PATIENCE <= t and not on_leave(one, sent, t):
            found.append(((sent, sent, 1.0), False))
    return found


def surveys(one: Employment, t: dt.date, drivers: Sequence[str]) -> dict[str, Value]:
    """What was said, how it moved, and whether anything is said at all."""
    mine = [row for row in one.surveys if identified(row)]
    said, enps = answers(mine), answers(row for row in mine if row["driver"].lower() == "enps")
    question = asked(one, t)

    def rate(window: int) -> Value:
        inside = [given for (event, known, _), given in question if within(one, event, known, t, window)]
        return over(sum(inside), len(inside))

    enps_last, enps_change = last_and_change(enps, t)
    given = latest(said, t)
    found: dict[str, Value] = {
        "survey_score_365": mean_in(one, said, t, 365),
        "survey_score_90": mean_in(one, said, t, 90),
        "survey_score_trend": trend(one, said, t),
        "survey_asked_365": float(count(one, [event for event, _ in question], t, 365)),
        "survey_response_365": rate(365),
        "survey_response_90": rate(90),
        "survey_response_change": less(rate(90), rate(365)),
        "survey_silence_days": float(active_since(one, given[0][0], t)) if given else None,
        "survey_unanswered_180": float(count(one, [event for event, replied in question if not replied], t, 180)),
        "survey_onboarding_score": mean(
            e[2] for e in latest(answers(row for row in mine if row.get("survey_type") == "onboarding"), t)
        ),
        "survey_enps_last": enps_last,
        "survey_enps_change": enps_change,
        "survey_enps_365": mean_in(one, enps, t, 365),
        "survey_enps_trend": trend(one, enps, t),
    }
    for driver in drivers:
        about = answers(row for row in mine if row["driver"].lower() == driver)
        last, change = last_and_change(about, t)
        found |= {
            f"survey_about_{driver}_last": last,
            f"survey_about_{driver}_365": mean_in(one, about, t, 365),
            f"survey_about_{driver}_change": change,
            f"survey_about_{driver}_trend": trend(one, about, t),
        }
    return found


# --- tickets --------------------------------------------------------------------------------------------------------


def _by(row: Row, column: str, t: dt.date) -> bool:
    """Whether a dated column has come about by `t`."""
    return column in row and day(row[column]) <= t


def _seconds(row: Row, column: str) -> float:
    return max(0.0, float(math.floor((row[column] - row["opened_at"]).total_seconds())))


def tickets(one: Employment, t: dt.date, categories: Sequence[str]) -> dict[str, Value]:
    """How much was asked of HR, and how it was served."""
    rows = [row for row in one.tickets if day(row["opened_at"]) <= t]

    def dated(column: str, value: Any, picked: Iterable[Row]) -> list[Dated]:
        return [(day(row[column]), day(row[column]), value(row)) for row in picked if _by(row, column, t)]

    opened = dated("opened_at", lambda _: 1.0, rows)
    urgent = dated("opened_at", lambda _: 1.0, (r for r in rows if (r.get("priority") or "").lower() in URGENT))
    response = dated("first_response_at", lambda row: _seconds(row, "first_response_at"), rows)
    resolution = dated("resolved_at", lambda row: _seconds(row, "resolved_at"), rows)
    csat = dated("resolved_at", lambda row: quantised(row["csat"] / row.get("csat_max", 5.0), 2**20),
                 (row for row in rows if "csat" in row))  # fmt: skip
    escalated = dated("resolved_at", lambda _: 1.0, (row for row in rows if row.get("escalated") is True))
    reopened = dated("resolved_at", lambda row: float(row["reopen_count"]), (r for r in rows if "reopen_count" in r))
    waiting = [row for row in rows if not _by(row, "resolved_at", t)]
    last = latest(opened, t)
    found: dict[str, Value] = {
        "tickets_count_30": float(count(one, opened, t, 30)),
        "tickets_count_90": float(count(one, opened, t, 90)),
        "tickets_count_365": float(count(one, opened, t, 365)),
        "tickets_surge": over(count(one, opened, t, 90) * 365, count(one, opened, t, 365) * 90),
        "tickets_last_days": float(active_since(one, last[0][0], t)) if last else None,
        "tickets_open": float(len(waiting)),
        "tickets_open_days": float(max((t - day(row["opened_at"])).days for row in waiting)) if waiting else None,
        "tickets_unanswered": float(sum(not _by(row, "first_response_at", t) for row in waiting)),
        "tickets_response_hours_365": _scaled(mean_in(one, response, t, 365), 3_600),
        "tickets_response_hours_90": _scaled(mean_in(one, response, t, 90), 3_600),
        "tickets_resolution_days_365": _scaled(mean_in(one, resolution, t, 365), 86_400),
        "tickets_resolution_days_90": _scaled(mean_in(one, resolution, t, 90), 86_400),
        "tickets_csat_last": last_and_change(csat, t)[0],
        "tickets_csat_365": mean_in(one, csat, t, 365),
        "tickets_escalated_365": float(count(one, escalated, t, 365)),
        "tickets_reopened_365": math.fsum(v for e, k, v in reopened if within(one, e, k, t, 365)),
        "tickets_urgent_365": float(count(one, urgent, t, 365)),
    }
    for name in categories:
        about = dated("opened_at", lambda _: 1.0, (row for row in rows if (row.get("category") or "").lower() == name))
        found[f"tickets_about_{name}_365"] = float(count(one, about, t, 365))
    return found


def _scaled(value: Value, unit: float) -> Value:
    return None if value is None else value / unit


# --- check-ins ------------------------------------------------------------------------------------------------------


def held_on(row: Row) -> dt.date | None:
    """The day a conversation took place: `held_at`, or the planned day of one that is held without it."""
    if "held_at" in row:
        return day(row["held_at"])
    return day(row["scheduled_at"]) if row.get("status") == "held" else None


def held(rows: Iterable[Row]) -> list[Dated]:
    """The conversations held; a row is not known before its planned day."""
    days = [(held_on(row), day(row["scheduled_at"])) for row in rows]
    return [(when, max(when, planned), 1.0) for when, planned in days if when is not None]


def not_held(one: Employment, rows: Iterable[Row], status: str, t: dt.date) -> list[Dated]:
    """The missed or cancelled ones, but not those planned into a leave."""
    days = [day(row["scheduled_at"]) for row in rows if row.get("status") == status]
    return [(when, when, 1.0) for when in days if when <= t and not on_leave(one, when, t)]


def checkins(one: Employment, t: dt.date, cadence: tuple[int, int, int]) -> dict[str, Value]:
    """What was held, missed and cancelled, and how far behind the rhythm things are."""
    rows = [row for row in one.checkins if day(row["scheduled_at"]) <= t]
    done, missed = held(rows), not_held(one, rows, "missed", t)
    cancelled = not_held(one, rows, "cancelled", t)
    by = {who: not_held(one, (r for r in rows if r.get("cancelled_by") == who), "cancelled", t)
          for who in ("employee", "manager")}  # fmt: skip

    def kept(window: int) -> Value:
        there = count(one, done, t, window)
        return over(there, there + count(one, missed, t, window) + count(one, cancelled, t, window))

    last = latest(done, t)
    found: dict[str, Value] = {
        "checkins_held_days": float(active_since(one, last[0][0], t)) if last else None,
        "checkins_held_90": float(count(one, done, t, 90)),
        "checkins_held_365": float(count(one, done, t, 365)),
        "checkins_kept_90": kept(90),
        "checkins_kept_365": kept(365),
        "checkins_kept_change": less(kept(90), kept(365)),
        "checkins_missed_90": float(count(one, missed, t, 90)),
        "checkins_missed_365": float(count(one, missed, t, 365)),
        "checkins_cancelled_manager_365": float(count(one, by["manager"], t, 365)),
        "checkins_cancelled_employee_365": float(count(one, by["employee"], t, 365)),
        "checkins_cancelled_employee_90": float(count(one, by["employee"], t, 90)),
    }
    for kind, norm in zip(("what", "how", "want"), cadence, strict=True):
        of_kind = held(row for row in rows if row.get("conversation_type", "other") == kind)
        expected = min(active_since(one, one.hire, t), 365) * norm / 365
        since = latest(of_kind, t)
        waited = active_since(one, since[0][0] if since else one.hire, t)
        found[f"checkins_{kind}_adherence"] = count(one, of_kind, t, 365) / expected if expected >= 0.5 else None
        found[f"checkins_{kind}_overdue_days"] = waited - 365 / norm
    return found


# --- signals --------------------------------------------------------------------------------------------------------


def known_from(row: Row) -> dt.date:
    """The day a dated fact was known: when it happened, or later when it was recorded."""
    return max(day(row["occurred_at"]), day(row.get("recorded_at") or row["occurred_at"]))


def signals(one: Employment, t: dt.date, name: str) -> dict[str, Value]:
    """The nine columns of one name."""
    rows = [row for row in one.signals if row["name"].lower() == name]
    every = [(day(row["occurred_at"]), known_from(row), 0.0) for row in rows]
    valued = [
        (day(row["occurred_at"]), known_from(row), quantised(row["value"], 10**6)) for row in rows if "value" in row
    ]
    year = [value for event, known, value in valued if within(one, event, known, t, 365)]
    quarter_mean, year_mean = mean_in(one, valued, t, 90), mean(year)
    last, change = last_and_change(valued, t)
    seen = latest(every, t)
    return {
        f"signal_{name}_count_90": float(count(one, every, t, 90)),
        f"signal_{name}_count_365": float(count(one, every, t, 365)),
        f"signal_{name}_days": float(active_since(one, seen[0][0], t)) if seen else None,
        f"signal_{name}_last": last,
        f"signal_{name}_change": change,
        f"signal_{name}_mean_90": quarter_mean,
        f"signal_{name}_mean_365": year_mean,
        f"signal_{name}_trend": less(quarter_mean, year_mean),
        f"signal_{name}_sum_365": math.fsum(year) if year else None,
    }
