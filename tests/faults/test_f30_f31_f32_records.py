"""F30, F31, F32: records that came late, that contradict themselves, or that speak of people who cannot be scored."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from tests import stores
from tests.exports import FIRST, NEXT, added, score
from tests.served import shared_toy

Night = Callable[[Path, Path, str], pl.DataFrame]
BETWEEN: Final = dt.date(2026, 9, 8)
"""A day between the two nights."""
YESTERDAY: Final = dt.date(2026, 9, 14)


@pytest.fixture(name="night", params=stores.KINDS)
def fixture_night(request: pytest.FixtureRequest) -> Iterator[Night]:
    """What a run on some data writes, by id, in a store of either kind, one for each folder."""
    with ExitStack() as held:
        urls: dict[Path, str] = {}

        def night(folder: Path, data: Path, as_of: str) -> pl.DataFrame:
            if folder not in urls:
                folder.mkdir()
                urls[folder] = held.enter_context(stores.settings(request.param, folder / "home")).store_url
            out, home = folder / f"{as_of}.parquet", shared_toy().home(folder / "home")
            assert score(home, data, as_of, "--out", str(out), "--accept", RETENTION_STORE_URL=urls[folder]) == 0
            return pl.read_parquet(out).sort("employee_id")

        yield night


def risks(scores: pl.DataFrame) -> dict[str, float | None]:
    """The 90-day risk by id."""
    return dict(scores.select("employee_id", "risk_90").iter_rows())


def refusals(scores: pl.DataFrame) -> dict[str, str | None]:
    """The reason why somebody was not scored, by id."""
    return dict(scores.select("employee_id", "no_score").iter_rows())


def staying() -> list[str]:
    """Ids of people with one employment, long ago begun and not ended, who do not object."""
    people = pl.read_parquet(shared_toy().data / "employees.parquet")
    objecting = pl.read_parquet(shared_toy().data / "objections.parquet")["employee_id"].to_list()
    once = people.filter(pl.len().over("employee_id") == 1, ~pl.col("employee_id").is_in(objecting))
    here = once.filter(pl.col("termination_date").is_null(), pl.col("hire_date") < dt.date(2025, 1, 1))
    return here["employee_id"].sort().to_list()


def told(data: Path, employee_id: str, **facts: Any) -> Path:
    """The folder, with these facts in one person's row of `employees`."""
    place = data / "employees.parquet"
    mine = pl.col("employee_id") == employee_id
    known = [pl.when(mine).then(pl.lit(fact)).otherwise(pl.col(name)).alias(name) for name, fact in facts.items()]
    pl.read_parquet(place).with_columns(known).write_parquet(place)
    return data


def hired(employee_id: str, day: dt.date, **more: Any) -> dict[str, Any]:
    """A row of `employees`."""
    return {"employee_id": employee_id, "hire_date": day, **more}


def placed(employee_id: str, day: dt.date, event: str = "hire", **more: Any) -> dict[str, Any]:
    """A row of `job_history`."""
    return {"employee_id": employee_id, "effective_date": day, "event": event, "org_unit": "Sales/North", **more}


def answers(employee_id: str, sent: dt.date, answered: dt.date) -> list[dict[str, Any]]:
    """Rows of `surveys`: the worst answer to two questions."""
    moments = [dt.datetime.combine(day, dt.time(9), dt.UTC) for day in (sent, answered)]
    return [
        {"survey_id": f"late-{driver}", "employee_id": employee_id, "survey_type": "pulse", "driver": driver,
         "sent_at": moments[0], "responded_at": moments[1], "score": 0.0, "scale_min": 0, "scale_max": 10,
         "attribution": "identified"}
        for driver in ("enps", "workload")
    ]  # fmt: skip


def test_f30_what_came_later_changes_no_past_night(tmp_path: Path, night: Night) -> None:
    """The night before an exit, an answer and a correction were known is the same to the last bit; the next knows them."""
    left, answered, moved, *_ = staying()
    correction = placed(moved, dt.date(2026, 8, 1), "manager_change", manager_id="M9999", recorded_at=BETWEEN)
    late = added(tmp_path, surveys=answers(answered, dt.date(2026, 9, 1), BETWEEN), job_history=[correction])
    exit_ = {"resignation_date": dt.date(2026, 8, 20), "termination_date": dt.date(2026, 9, 30)}
    told(late, left, **exit_, termination_type="voluntary", exit_recorded_at=BETWEEN)
    plain, later = tmp_path / "plain", tmp_path / "later"
    assert night(later, late, FIRST).equals(night(plain, shared_toy().data, FIRST))
    before, after = risks(night(plain, shared_toy().data, NEXT)), risks(night(later, late, NEXT))
    assert left in before
    assert left not in after
    assert before[answered] != after[answered]
    assert before[moved] != after[moved]


def test_f31_contradictions_are_settled_by_rule_and_the_run_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], night: Night
) -> None:
    """Managers in a circle, unknown or of oneself, an employment given twice: everybody is scored, and once."""
    alone, one, other, orphan, twice, *_ = staying()
    day = dt.date(2026, 8, 1)
    pairs = [(alone, alone), (one, other), (other, one), (orphan, "M9999")]
    moves = [placed(id_, day, "manager_change", manager_id=manager) for id_, manager in pairs]
    people = pl.read_parquet(shared_toy().data / "employees.parquet")
    began = people.filter(pl.col("employee_id") == twice)["hire_date"].item()
    again = hired(twice, began, termination_date=dt.date(2026, 6, 30), termination_type="voluntary")
    scores = night(tmp_path / "night", added(tmp_path, job_history=moves, employees=[again]), NEXT)
    assert scores["employee_id"].is_unique().all()
    found = risks(scores)
    assert all(found[id_] is not None for id_ in (alone, one, other, orphan, twice))
    assert "Traceback" not in capsys.readouterr().err


def test_f31_a_rehire_begins_anew(tmp_path: Path, night: Night) -> None:
    """Somebody who came back a month ago is scored as who was hired then, not as who began years ago; nobody is scored twice."""
    back = "E900001"
    rows = [hired(back, dt.date(2015, 1, 1), termination_date=dt.date(2020, 1, 31), termination_type="voluntary"),
            hired(back, dt.date(2026, 8, 10)), hired("E900002", dt.date(2026, 8, 10)), hired("E900003", dt.date(2015, 1, 1))]  # fmt: skip
    jobs = [placed(str(row["employee_id"]), row["hire_date"]) for row in rows]
    jobs[1]["event"] = "rehire"
    scores = night(tmp_path / "night", added(tmp_path, employees=rows, job_history=jobs), NEXT)
    found = risks(scores)
    assert scores["employee_id"].is_unique().all()
    assert found[back] == pytest.approx(found["E900002"], rel=0.35)
    assert abs(found[back] - found["E900002"]) < abs(found[back] - found["E900003"])  # type: ignore[operator]


def test_f32_who_cannot_be_scored_is_named_with_the_reason(tmp_path: Path, night: Night) -> None:
    """Gone or not here yet: no row; on notice, objecting, without a job: a refusal; on leave, hired yesterday: scored."""
    gone, leaving, objecting, away, *_ = staying()
    rows = {
        "employees": [hired("E900001", YESTERDAY), hired("E900002", dt.date(2026, 9, 16)), hired("E900003", YESTERDAY)],
        "job_history": [placed("E900001", YESTERDAY), placed("E900002", dt.date(2026, 9, 16))],
        "objections": [{"employee_id": objecting, "objected_at": dt.datetime(2026, 9, 1, tzinfo=dt.UTC)}],
        "absences": [{"employee_id": away, "start_date": dt.date(2026, 7, 1)}],
    }
    data = told(added(tmp_path, **rows), gone, resignation_date=BETWEEN, termination_date=dt.date(2026, 12, 1))
    told(data, leaving, resignation_date=dt.date(2026, 9, 30), exit_recorded_at=BETWEEN)
    scores = night(tmp_path / "night", data, NEXT)
    why = refusals(scores)
    assert not {gone, "E900002"} & why.keys()
    assert why[leaving] == "notice_given"
    assert why[objecting] == "objection"
    assert why["E900003"] == "no_job_history"
    assert why[away] is None
    assert why["E900001"] is None
    numbers = scores.select("risk_30", "risk_90", "risk_180", "risk_365", "band", "reason_1", no="no_score").rows()
    assert all((row[-1] is None) == (None not in row[:5]) for row in numbers)
    assert all(row[:6] == (None,) * 6 for row in numbers if row[-1] is not None)
