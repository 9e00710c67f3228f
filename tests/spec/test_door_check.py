"""``python -m features check`` as a caller sees it: the table, the warnings, the exit codes, and not one value."""

import csv
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from features.cli import main
from features.days import to_day
from features.errors import DataError, RejectsShareError
from features.ingest import load
from features.settings import FeatureSettings
from tests.builders import checkin, employee, folder, jobs, people, signal, survey, ticket, write_table

TODAY = to_day(dt.date(2024, 7, 1))


def check(path: Path, **environ: str) -> int:
    """The exit code of a check of `path`."""
    return main(["check", "--data", str(path)], {"RETENTION_HOME": str(path.parent / "home"), **environ})


def tickets(good: int, bad: int) -> list[dict[str, Any]]:
    """`good` plain tickets and then `bad` ones opened ten years from now."""
    rows = [ticket(f"T{number:06d}") for number in range(good + bad)]
    return rows[:good] + [{**row, "opened_at": "2136-11-21"} for row in rows[good:]]


def test_a_good_folder_prints_a_line_per_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows, rejects, left out, span and coverage on standard output; reasons and warnings on standard error."""
    data = folder(
        tmp_path / "data",
        employees=people(4),
        job_history=jobs(3),
        tickets=[ticket("T1"), ticket("T2", "E000002", opened_at="2022-05-01"), ticket("T3", category="legal")],
        signals=[signal(), signal(), signal("E000009"), signal(occurred_at="2019-01-01")],
        team_signals=[{"org_unit": "Sales", "occurred_at": "2021-01-31", "name": "nps", "value": "30"}],
    )
    assert check(data) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "table            rows  rejects  left out  span                      coverage",
        "------------  -------  -------  --------  ------------------------  --------",
        "employees           4        0         0  2020-01-01 to 2020-01-01    100.0%",
        "job_history         3        0         0  2020-01-01 to 2020-01-01     75.0%",
        "tickets             3        0         1  2021-03-01 to 2022-05-01     50.0%",
        "signals             4        0         3  2021-03-01 to 2021-03-01     25.0%",
        "team_signals        1        0         0  2021-01-31 to 2021-01-31         -",
        "surveys       missing        -         -  -                                -",
        "checkins      missing        -         -  -                                -",
        "absences      missing        -         -  -                                -",
        "actions       missing        -         -  -                                -",
        "objections    missing        -         -  -                                -",
        "protected     missing        -         -  -                                -",
        "directory     missing        -         -  -                                -",
    ]
    assert err.splitlines() == [
        "'tickets': left out 1 denied.",
        "'signals': left out 1 identical to an earlier row, 1 of an unknown employee, 1 dated before the first employment.",
        "warning: People without a row in 'job_history': 1; they cannot be scored.",
        "Missing optional tables, whatever they feed is null: surveys, checkins, absences, actions, objections, protected, directory.",
    ]
    assert not (tmp_path / "home").exists()


def test_six_percent_of_bad_rows_stop_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table is still printed, the message says what and where, the rejects file lists every row, and the code is 2."""
    data = folder(tmp_path / "data", tickets=tickets(94, 6))
    assert check(data) == 2
    out, err = capsys.readouterr()
    assert "tickets           100        6         0  2021-03-01 to 2021-03-01    100.0%" in out.splitlines()
    (written,) = (tmp_path / "home" / "rejects").iterdir()
    assert re.fullmatch(r"data-\d{8}T\d{6}Z\.csv", written.name)
    assert err.splitlines()[-1] == (
        "error: 6 of 100 rows of 'tickets' break a rule (6.0%; at most 5.0% may). "
        f"Most often: in the future in column 'opened_at'. All of them: {written}."
    )
    with written.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["table", "row", "column", "rule"],
            *[["tickets", str(row), "opened_at", "in the future"] for row in range(95, 101)],
        ]


def test_five_percent_may_be_bad(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exactly the share is not more than the share; the rejects are still written and told."""
    assert check(folder(tmp_path / "data", tickets=tickets(95, 5))) == 0
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "'tickets': rejected 5: in the future in column 'opened_at'."
    assert err[-1].startswith("Rejected rows are named in ")


def test_the_share_is_a_setting(tmp_path: Path) -> None:
    """A caller may be stricter or more lenient."""
    data = folder(tmp_path / "data", tickets=tickets(94, 6))
    assert check(data, RETENTION_REJECTS_SHARE="0.06") == 0
    assert check(data, RETENTION_REJECTS_SHARE="0") == 2


def test_rows_left_out_are_no_rejects(tmp_path: Path) -> None:
    """Nine denied tickets of ten stop nothing."""
    rows = [ticket(f"T{at}", category="legal" if at else "payroll") for at in range(10)]
    assert check(folder(tmp_path / "data", tickets=rows)) == 0


def test_every_table_that_stops_is_told(tmp_path: Path) -> None:
    """Two tables over the share are two sentences of one error, and nothing was returned."""
    data = folder(tmp_path / "data", signals=[signal(value="x")], checkins=[checkin(status="?"), checkin("C2")])
    with pytest.raises(RejectsShareError) as caught:
        load(data, FeatureSettings(), TODAY)
    assert str(caught.value).splitlines() == [
        (
            "1 of 2 rows of 'checkins' break a rule (50.0%; at most 5.0% may). "
            "Most often: not one of the allowed values in column 'status'."
        ),
        "1 of 1 rows of 'signals' break a rule (100.0%; at most 5.0% may). Most often: not a number in column 'value'.",
    ]


def test_an_unknown_folder_is_the_callers_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, code 2, no stack trace."""
    assert check(tmp_path / "nowhere") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: The data folder '")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["check"], ["chek"], ["check", "--data"]])
def test_a_wrong_call_is_the_callers_mistake(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong call prints the usage and ends with 2."""
    assert main(arguments, {}) == 2
    assert capsys.readouterr().err.startswith("usage: python -m features")


def test_help_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """Help names the default of what it describes."""
    assert main(["check", "--help"], {}) == 0
    assert "$RETENTION_HOME/rejects/FOLDER-TIME.csv)" in capsys.readouterr().out


def test_a_bad_setting_is_the_callers_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The variable and its form are named."""
    assert check(folder(tmp_path / "data"), RETENTION_REJECTS_SHARE="5%") == 2
    assert capsys.readouterr().err == (
        "error: RETENTION_REJECTS_SHARE is '5%'; it must be a number from 0 to 1, such as 0.05 for 5 %.\n"
    )


def test_the_rejects_file_may_be_named(tmp_path: Path) -> None:
    """A caller may say where rejects go."""
    data = folder(tmp_path / "data", tickets=tickets(1, 1))
    path = tmp_path / "out" / "rejects.csv"
    assert main(["check", "--data", str(data), "--rejects", str(path)], {}) == 2
    assert path.read_text().splitlines() == ["table,row,column,rule", "tickets,2,opened_at,in the future"]


def test_rejects_that_cannot_be_written_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A home that is a file is the caller's mistake."""
    data = folder(tmp_path / "data", tickets=tickets(1, 1))
    (tmp_path / "home").write_text("")
    assert check(data) == 2
    said = capsys.readouterr().err
    assert "cannot be written (NotADirectoryError). Give RETENTION_HOME, or --rejects, a place that can be." in said


def test_an_unforeseen_fault_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug ends with 1 and no stack trace, unless one is asked for."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr("features.cli.examine", broken)
    assert check(tmp_path) == 1
    assert capsys.readouterr().err == (
        "error: unexpected ZeroDivisionError. Set RETENTION_DEBUG=1 to see where it was raised.\n"
    )
    assert check(tmp_path, RETENTION_DEBUG="1") == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_is_one_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends with 1 and no stack trace."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("features.cli.examine", interrupted)
    assert check(tmp_path) == 1
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_no_value_leaves_by_message_or_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: Any) -> None:
    """Bad values in every column of every kind, and not one of them in what is printed or written."""
    bad = "canary"
    data = folder(
        tmp_path / "data",
        form=form,
        employees=[employee(bad, bad, resignation_date=bad, termination_type=bad, exit_recorded_at=bad), employee()],
        surveys=[
            survey(bad, bad, bad, bad, score=bad, survey_type=bad, attribution=bad, comment=bad, responded_at=bad)
        ],
        tickets=[
            ticket(bad, bad, bad, escalated=bad, reopen_count=bad, csat=bad),
            ticket(bad),
            ticket(bad, category="x"),
        ],
        checkins=[checkin(bad, bad, bad, status=bad, held_at=bad, conversation_type=bad)],
        signals=[signal(bad, bad, bad, value=bad)],
        absences=[{"employee_id": bad, "start_date": bad, "end_date": bad}],
    )
    assert check(data) == 2
    out, err = capsys.readouterr()
    (written,) = (tmp_path / "home" / "rejects").iterdir()
    for text in (out, err, written.read_text()):
        assert bad not in text
    with pytest.raises(DataError) as caught:
        load(data, FeatureSettings(), TODAY)
    assert bad not in str(caught.value)


def test_a_mapping_folder_is_checked_like_any_other(tmp_path: Path) -> None:
    """An export of another shape needs one SELECT a table and no code."""
    data = folder(tmp_path / "data", employees=None)
    write_table(data, "workers", [{"Worker": "E000001", "Start": "01/31/2020"}])
    (data / "employees.sql").write_text(
        "select Worker as employee_id, strptime(Start, '%m/%d/%Y')::date as hire_date "
        "from read_csv('workers.csv', all_varchar = true)"
    )
    write_table(data, "job_history", [{"employee_id": "E000001", "effective_date": "2020-01-31", "event": "hire"}])
    result = load(data, FeatureSettings(), TODAY)
    assert [(table.file, table.kept) for table in result.report.tables] == [
        ("employees.sql", 1),
        ("job_history.csv", 1),
    ]
