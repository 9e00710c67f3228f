"""F26, F27: exports whose form or words changed overnight: read alike, refused with the place named, or counted; never guessed.

How a table is read is a matter of its bytes, so F26 runs on SQLite; what a stopped run leaves in the store, on both kinds.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from service.settings import Settings
from service.store import runs
from service.store.held import held_back
from tests import stores
from tests.exports import FIRST, NEXT, Change, changed, score, written
from tests.served import shared_toy

Rewrite = Callable[[str], bytes]
READ: Final[dict[str, Rewrite]] = {
    "byte order mark and CRLF": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
}
REFUSED: Final[dict[str, tuple[Rewrite, str]]] = {
    "UTF-16": (lambda text: text.encode("utf-16"), "is UTF-16 text"),
    "Latin-1": (lambda text: (text + "E9,M\xe4rz\n").encode("latin-1"), "is not UTF-8 text (first seen on line"),
    "tabs": (lambda text: text.replace(",", "\t").encode(), "has columns separated by tabs"),
    "empty": (lambda _: b"", "is empty"),
}
"""The table `employees` in other bytes; no value of it holds a comma."""


def renamed(people: pl.DataFrame) -> pl.DataFrame:
    """Another program's name for the hire date."""
    return people.rename({"hire_date": "HireDate"})


def reordered(people: pl.DataFrame) -> pl.DataFrame:
    """The same columns and rows, the other way round."""
    return people.select(reversed(people.columns))


def with_more(people: pl.DataFrame) -> pl.DataFrame:
    """A column nobody asked for."""
    return people.with_columns(badge_colour=pl.lit("blue"))


def in_words(people: pl.DataFrame) -> pl.DataFrame:
    """Dates as a spreadsheet shows them."""
    return people.with_columns(pl.col("hire_date").cast(pl.Date).dt.strftime("%d.%m.%Y"))


def other_words(share: int) -> Change:
    """Every so manieth leaver's type is a word the contract does not know."""
    every = pl.int_range(pl.len()).over("termination_type") % share == 0
    word = pl.when(every & pl.col("termination_type").is_not_null()).then(pl.lit("INACTIVE"))
    return lambda people: people.with_columns(word.otherwise(pl.col("termination_type")).alias("termination_type"))


@pytest.fixture(name="given")
def fixture_given(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home with a champion and one published night, on SQLite unless the test says otherwise."""
    kind, home = getattr(request, "param", "sqlite"), shared_toy().home(tmp_path / "home")
    with stores.settings(kind, home) as found:
        assert again(found, shared_toy().data, FIRST) == 0
        yield found


def again(given: Settings, data: Path, as_of: str, *more: str) -> int:
    """Score in that home; the exit code."""
    return score(given.home, data, as_of, *more, RETENTION_STORE_URL=given.store_url)


@pytest.fixture(scope="module", name="scored")
def fixture_scored(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """The scores of the export as it is."""
    folder = tmp_path_factory.mktemp("plain")
    return scores(folder, shared_toy().data)


def scores(folder: Path, data: Path) -> pl.DataFrame:
    """What a run on that data writes."""
    out = folder / "scores.parquet"
    assert score(shared_toy().home(folder / "home"), data, NEXT, "--out", str(out)) == 0
    return pl.read_parquet(out).sort("employee_id")


def shown(given: Settings) -> tuple[str, list[str]]:
    """The day of the list that is shown, and why it is not a newer one."""
    with stores.opened(given) as store:
        latest = runs.latest(store)
        assert latest is not None
        return latest.identity.as_of, held_back(store, latest)


@pytest.mark.parametrize("form", READ)
def test_f26_the_same_table_in_other_bytes_scores_alike(tmp_path: Path, scored: pl.DataFrame, form: str) -> None:
    """What can be told for certain is read, and gives the same scores to the last bit."""
    assert scores(tmp_path, written(tmp_path, "employees", READ[form])).equals(scored)


@pytest.mark.parametrize("form", REFUSED)
def test_f26_a_file_that_cannot_be_read_is_named(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """Exit code 2, the file and its fault, and the last list stays."""
    rewrite, said = REFUSED[form]
    assert again(given, written(tmp_path, "employees", rewrite), NEXT) == 2
    told = capsys.readouterr().err
    assert "employees.csv" in told
    assert said in told
    assert shown(given)[0] == FIRST


@pytest.mark.parametrize("change", [reordered, with_more])
def test_f26_more_columns_and_another_order_change_nothing(
    tmp_path: Path, scored: pl.DataFrame, caplog: pytest.LogCaptureFixture, change: Change
) -> None:
    """The same scores to the last bit; a column that is not known is named in a warning."""
    assert scores(tmp_path, changed(tmp_path, "employees", change)).equals(scored)
    assert ("badge_colour" in caplog.text) == (change is with_more)


@pytest.mark.parametrize("change,said", [(renamed, "hire_date"), (in_words, "hire_date")])
def test_f26_a_required_column_that_is_gone_or_of_another_type_stops_the_run(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Change, said: str
) -> None:
    """Refused before anything is scored, with table and column named and no value; the last list stays."""
    assert again(given, changed(tmp_path, "employees", change), NEXT) == 2
    told = capsys.readouterr().err
    assert "employees" in told
    assert said in told
    assert "Traceback" not in told
    assert ".20" not in told
    assert shown(given)[0] == FIRST


@pytest.mark.parametrize("given", stores.KINDS, indirect=True)
def test_f27_too_many_new_words_stop_the_run(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Above it nothing is published: the column is named, the word is not, and the last list stays."""
    assert again(given, changed(tmp_path, "employees", other_words(2)), NEXT) == 2
    told = capsys.readouterr().err
    assert "termination_type" in told
    assert "INACTIVE" not in told
    assert shown(given)[0] == FIRST
    (why,) = shown(given)[1]
    assert "termination_type" in why
    assert str(tmp_path) not in why


@pytest.mark.parametrize("given", stores.KINDS, indirect=True)
def test_f27_a_word_that_is_new_is_rejected_and_counted(
    given: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Below the share that stops a run its rows are named in a file, by place and rule, and the rest is scored."""
    assert again(given, changed(tmp_path, "employees", other_words(40)), NEXT, "--accept") == 0
    (rejects,) = (given.home / "rejects").iterdir()
    rows = pl.read_csv(rejects)
    assert set(rows["table"]) == {"employees"}
    assert set(rows["column"]) == {"termination_type"}
    assert f"'employees': rejected {len(rows)}:" in caplog.text
    assert "INACTIVE" not in caplog.text + rejects.read_text()
    assert shown(given)[0] == NEXT
