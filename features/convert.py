"""Clean frames -> the arrays of a `Company`, table by table; every fact table in order of person, then of the file."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from features.arrays import codes_of, days, flags, names_of, numbers, seconds, shares
from features.company import (
    CANCELLED_BY,
    COMPETING,
    CONVERSATIONS,
    EVENTS,
    VOLUNTARY,
    Absences,
    Checkins,
    Codes,
    Comments,
    Company,
    Jobs,
    Names,
    Objections,
    People,
    Signals,
    Surveys,
    TeamSignals,
    Tickets,
    Traces,
)
from features.employments import Employments
from features.grams import unpacked

Frames = Mapping[str, pl.DataFrame]
_LEVEL: Final = r"(\d+(?:\.\d+)?)\s*$"
"""The number that ends a job level."""
_TAG: Final = r"^([a-z]{2,3})(?:[-_]|$)"
"""The primary tag that begins a language tag."""


def company(frames: Frames, held: Employments) -> Company:
    """All tables of the door's `frames`; a table that has none is None."""
    names = _names(frames)

    def rows(table: str) -> pl.DataFrame | None:
        return frames[table].filter(~pl.col("_trace")).sort("_person", maintain_order=True) if table in frames else None

    surveys, tickets, checkins, signals = rows("surveys"), rows("tickets"), rows("checkins"), rows("signals")
    team_signals, absences, objections = frames.get("team_signals"), rows("absences"), frames.get("objections")
    return Company(
        names=names,
        people=_people(frames["employees"], held),
        jobs=_jobs(frames["job_history"], names),
        traces=_traces(frames),
        surveys=None if surveys is None else _surveys(surveys, names),
        tickets=None if tickets is None else _tickets(tickets, names),
        checkins=None if checkins is None else _checkins(checkins),
        signals=None if signals is None else _signals(signals, names),
        team_signals=None if team_signals is None else _team_signals(team_signals, names),
        absences=None if absences is None else _absences(absences),
        objections=None if objections is None else _objections(objections),
        comments=None if surveys is None else _comments(surveys, names),
    )


def _names(frames: Frames) -> Names:
    def texts(*columns: tuple[str, str]) -> tuple[str, ...]:
        return names_of(frames[table].filter(~pl.col("_trace"))[column] for table, column in columns if table in frames)

    return Names(
        units=texts(("job_history", "org_unit"), ("surveys", "org_unit"), ("team_signals", "org_unit")),
        managers=texts(("job_history", "manager_id"), ("team_signals", "manager_id")),
        job_families=texts(("job_history", "job_family")),
        job_titles=texts(("job_history", "job_title")),
        locations=texts(("job_history", "location")),
        employment_types=texts(("job_history", "employment_type")),
        drivers=texts(("surveys", "driver")),
        categories=texts(("tickets", "category")),
        priorities=texts(("tickets", "priority")),
        signals=texts(("signals", "name")),
        languages=_languages(frames),
        team_signals=texts(("team_signals", "name")),
    )


def _languages(frames: Frames) -> tuple[str, ...]:
    return names_of(_language(frames[table].filter(~pl.col("_trace"))) for table in ("surveys",) if table in frames)


def _language(surveys: pl.DataFrame) -> pl.Series:
    """The primary tag of each row's language."""
    return surveys.select(pl.col("language").str.to_lowercase().str.extract(_TAG)).to_series()


def _person(frame: pl.DataFrame) -> Codes:
    return frame["_person"].to_numpy().astype(np.int32)


def _people(frame: pl.DataFrame, held: Employments) -> People:
    gone, resigned = pl.col("termination_date").is_not_null(), pl.col("resignation_date").is_not_null()
    voluntary = (pl.col("termination_type") == "voluntary").fill_null(resigned)
    kind = frame.select(
        pl.when(~gone & ~resigned).then(0).when(voluntary).then(VOLUNTARY).otherwise(COMPETING).cast(pl.Int8)
    ).to_series()
    return People(
        employee_id=tuple(frame["employee_id"].to_list()),
        employee=held.employee.astype(np.int32),
        hire=held.hire,
        next_hire=held.next_hire,
        resignation=days(frame["resignation_date"]),
        termination=days(frame["termination_date"]),
        exit_kind=kind.to_numpy(),
        exit_recorded=days(frame["exit_recorded_at"]),
    )


def _jobs(frame: pl.DataFrame, names: Names) -> Jobs:
    midnight = pl.col("effective_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    known = pl.coalesce("recorded_at", midnight)
    # Within a day the clock decides which correction is the last; days alone could not say.
    rows = frame.with_columns(known=known).sort("_person", "effective_date", "known", "_row")
    return Jobs(
        person=_person(rows),
        effective=days(rows["effective_date"]),
        known=days(rows["known"]),
        event=codes_of(rows["event"], EVENTS).astype(np.int8),
        repeat=rows["_repeat"].to_numpy(),
        manager=codes_of(rows["manager_id"], names.managers),
        unit=codes_of(rows["org_unit"], names.units),
        job_family=codes_of(rows["job_family"], names.job_families),
        job_title=codes_of(rows["job_title"], names.job_titles),
        location=codes_of(rows["location"], names.locations),
        employment_type=codes_of(rows["employment_type"], names.employment_types),
        level=numbers(rows["job_level"].str.extract(_LEVEL).cast(pl.Float64, strict=False)),
        fte=numbers(rows["fte"]),
        base_salary=numbers(rows["base_salary"]),
        compa_ratio=numbers(rows["compa_ratio"]),
    )


def _surveys(frame: pl.DataFrame, names: Names) -> Surveys:
    answered = frame["responded_at"]
    score = frame.select(pl.when(pl.col("responded_at").is_not_null()).then("score")).to_series()
    identified = frame.select((pl.col("attribution") == "identified") & pl.col("employee_id").is_not_null()).to_series()
    return Surveys(
        person=_person(frame),
        unit=codes_of(frame["org_unit"], names.units),
        sent=days(frame["sent_at"]),
        answered=days(answered),
        onboarding=(frame["survey_type"] == "onboarding").fill_null(value=False).to_numpy(),
        driver=codes_of(frame["driver"], names.drivers),
        score=shares(score, frame["scale_min"], frame["scale_max"]),
        identified=identified.to_numpy(),
    )


def _comments(frame: pl.DataFrame, names: Names) -> Comments:
    """The comments of the answered rows of `surveys`."""
    said = frame.filter(pl.col("comment").is_not_null() & pl.col("responded_at").is_not_null())
    rows, (first, gram) = _surveys(said, names), unpacked(said["comment"].to_list())
    return Comments(
        row=said["_row"].to_numpy().astype(np.int64),
        person=rows.person,
        unit=rows.unit,
        answered=rows.answered,
        identified=rows.identified,
        score=rows.score,
        language=codes_of(_language(said), names.languages),
        first=first,
        gram=gram,
    )


def _tickets(frame: pl.DataFrame, names: Names) -> Tickets:
    opened = seconds(frame["opened_at"])
    return Tickets(
        person=_person(frame),
        opened=days(frame["opened_at"]),
        responded=days(frame["first_response_at"]),
        resolved=days(frame["resolved_at"]),
        opened_seconds=opened,
        responded_seconds=_not_before(opened, frame["first_response_at"]),
        resolved_seconds=_not_before(opened, frame["resolved_at"]),
        category=codes_of(frame["category"], names.categories),
        priority=codes_of(frame["priority"], names.priorities),
        escalated=flags(frame["escalated"]),
        reopened=frame["reopen_count"].fill_null(-1).to_numpy().astype(np.int32),
        csat=shares(frame["csat"], 0.0, frame["csat_max"]),
    )


def _not_before(
    opened: np.ndarray[tuple[int], np.dtype[np.int64]], at: pl.Series
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Seconds of `at`, -1 for null: a day without an hour (its midnight) counts as the ticket's own opening hour."""
    later = seconds(at)
    return np.where(at.is_null().to_numpy(), -1, np.maximum(later, opened))


def _checkins(frame: pl.DataFrame) -> Checkins:
    def on(status: str) -> pl.Series:
        return frame.select(pl.when(pl.col("status") == status).then("scheduled_at")).to_series()

    return Checkins(
        person=_person(frame),
        scheduled=days(frame["scheduled_at"]),
        held=days(frame["held_at"]),
        missed=days(on("missed")),
        cancelled=days(on("cancelled")),
        cancelled_by=codes_of(frame["cancelled_by"], CANCELLED_BY),
        conversation=codes_of(frame["conversation_type"], CONVERSATIONS),
    )


def _known(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.max_horizontal("occurred_at", "recorded_at")).to_series()


def _signals(frame: pl.DataFrame, names: Names) -> Signals:
    return Signals(
        person=_person(frame),
        occurred=days(frame["occurred_at"]),
        known=days(_known(frame)),
        name=codes_of(frame["name"], names.signals),
        value=numbers(frame["value"]),
    )


def _team_signals(frame: pl.DataFrame, names: Names) -> TeamSignals:
    manager = codes_of(frame["manager_id"], names.managers)
    return TeamSignals(
        manager=manager,
        # A row that names both speaks of the manager's team, the narrower of the two.
        unit=np.where(manager >= 0, -1, codes_of(frame["org_unit"], names.units)).astype(np.int32),
        occurred=days(frame["occurred_at"]),
        known=days(_known(frame)),
        name=codes_of(frame["name"], names.team_signals),
        value=numbers(frame["value"]),
    )


def _absences(frame: pl.DataFrame) -> Absences:
    return Absences(person=_person(frame), start=days(frame["start_date"]), end=days(frame["end_date"]))


def _objections(frame: pl.DataFrame) -> Objections:
    return Objections(
        employee=frame["_employee"].to_numpy().astype(np.int32),
        objected=days(frame["objected_at"]),
        withdrawn=days(frame["withdrawn_at"]),
    )


def _traces(frames: Frames) -> Traces:
    parts = [
        frames[table]
        .filter(pl.col("_trace") & (pl.col("_person") >= 0))
        .select("_person", day=pl.col(column).dt.date())
        for table, column in (("tickets", "opened_at"), ("surveys", "sent_at"))
        if table in frames
    ]
    empty = pl.DataFrame(schema={"_person": pl.Int64, "day": pl.Date})
    traces = pl.concat([empty, *parts]).sort("_person", "day")
    return Traces(person=_person(traces), day=days(traces["day"]))
