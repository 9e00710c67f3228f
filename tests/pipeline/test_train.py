"""A training run from the data folder to the champion, on real parts: a sample company, LightGBM, MLflow's store."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models import registry
from models.bundle import FILES
from models.errors import NoChampionError
from models.registry import Registry
from models.risk import RiskModel
from tests import builders
from training import cli
from training.sample import make, write
from training.sample.phrases import ABOUT

SMALL = 150


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample company of 150 people over two years and a half."""
    folder = tmp_path_factory.mktemp("train") / "data"
    write(make(SMALL, 30, seed=3), folder)
    return folder


@pytest.fixture(scope="module")
def world(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """An environment whose home has been trained in twice, on one thread and on two."""
    home = tmp_path_factory.mktemp("home")
    for threads in ("1", "2"):
        environ = {"RETENTION_HOME": str(home), "RETENTION_THREADS": threads, "RETENTION_ACTOR": "the test"}
        assert cli.main(["train", "--data", str(data)], environ) == 0
    return environ


@pytest.fixture(scope="module")
def opened(world: Mapping[str, str]) -> Registry:
    """The registry of that home."""
    return registry.connect(Path(world["RETENTION_HOME"]), None)


def test_the_second_run_is_the_champion(opened: Registry) -> None:
    """Two versions, and the alias names the later one; who and why are recorded."""
    assert opened.champion().number == 2
    assert [(move.version, move.kind, move.by, move.why) for move in opened.moves()][:2] == [
        (1, "promote", "the test", "trained"),
        (2, "promote", "the test", "trained"),
    ]


def test_equal_data_and_seed_give_an_equal_bundle(opened: Registry) -> None:
    """On one thread and on two: one digest."""
    assert opened.version(1).digest == opened.version(2).digest


def test_the_registered_bundle_can_be_served(opened: Registry, tmp_path: Path) -> None:
    """It is fetched whole, loads, and says what it is: full trees with evidence beside the baselines."""
    held = opened.fetch(2, tmp_path / "bundle")
    model = RiskModel.load(held.path, opened.champion().digest)
    assert model.mode == "full"
    assert {one.method for one in model.manifest.evidence} == {"full", "tenure", "logistic", "base_rate"}
    assert {one.horizon for one in model.manifest.evidence} == {30, 90, 180, 365}
    assert model.manifest.training.trained_to == "2026-09-30"
    assert "## How good it was" in held.card


def test_the_run_holds_figures_and_files(opened: Registry) -> None:
    """AUC by method and horizon, the leavers, how late exits are recorded; the bundle, and what people may look at."""
    run = opened.client.get_run(opened.champion().run_id)
    assert run.info.status == "FINISHED"
    assert 0.5 < run.data.metrics["full.90.auc"] < 1
    assert "exits_recorded_after_days.p90" in run.data.metrics
    assert run.data.params["mode"] == "full"
    assert int(run.data.params["training.leavers"]) > 15
    bundled = {item.path for item in opened.client.list_artifacts(run.info.run_id, "bundle")}
    required = {f"bundle/{name}" for name in FILES}
    assert required <= bundled <= required | {"bundle/sentiment.bin"}
    files = {item.path for item in opened.client.list_artifacts(run.info.run_id)}
    assert {"MLmodel", "evidence.json", "verdict.json", "card.md", "sheet.md"} <= files
    drawn = {item.path for item in opened.client.list_artifacts(run.info.run_id, "plots")}
    names = ("reliability", "lift", "risk_over_time", "drivers", "learning_curve")
    assert drawn == {f"plots/{name}.png" for name in names}


def test_the_verdict_of_the_second_run_holds_it_against_the_first(opened: Registry) -> None:
    """Every criterion passed; the same data make the same model, so it is the champion to the last bit."""
    found = json.loads(opened.verdict(2))
    assert (found["passed"], found["champion"]) == (True, opened.version(1).digest)
    said = {one["criterion"]: one["said"] for one in found["findings"]}
    assert said["not worse than the champion"] == "It is version 1, the champion, to the last bit."
    assert len(said) == 10
    assert json.loads(opened.verdict(1))["champion"] is None
    assert opened.moves()[1].evidence["auc_90"] == found["headline"]["auc_90"]


def test_no_id_of_a_person_is_in_what_was_logged(world: Mapping[str, str], data: Path) -> None:
    """Neither in MLflow's database nor in its files."""
    ids = pl.read_parquet(data / "employees.parquet")["employee_id"].to_list()
    home = Path(world["RETENTION_HOME"])
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert not [one for one in ids if one.encode() in written]


def test_no_comment_is_in_what_was_logged(world: Mapping[str, str]) -> None:
    """The sentences that taught are neither in MLflow's database nor in its files; what they taught is."""
    home = Path(world["RETENTION_HOME"])
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert not [text for language in ABOUT for pair in language for text in pair if text.encode() in written]
    assert list(home.rglob("sentiment.bin"))


def test_the_alias_moves_back_and_forth(
    world: Mapping[str, str], opened: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rollback names the version before, promote the one asked for; rolling back the first is refused with 2."""
    assert cli.main(["rollback", "--why", "a trial"], world) == 0
    assert capsys.readouterr().out.startswith("version 1 is the champion; sha256:")
    assert opened.champion().number == 1
    assert cli.main(["rollback"], world) == 2
    assert "Version 1 is the first champion: there is none to roll back to." in capsys.readouterr().err
    assert cli.main(["promote", "2", "--why", "it was better"], world) == 0
    assert opened.champion().number == 2
    assert [(move.version, move.kind, move.why) for move in opened.moves()[2:]] == [
        (1, "rollback", "a trial"),
        (2, "promote", "it was better"),
    ]


def test_an_unknown_version_is_not_promoted(world: Mapping[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the number; exit code 2."""
    assert cli.main(["promote", "77"], world) == 2
    assert "The registry holds no version 77 of retention-risk." in capsys.readouterr().err


def test_a_damaged_version_is_not_promoted(
    world: Mapping[str, str], opened: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """A byte of its trees turned in the artifact store: refused with 2, the champion stays."""
    uri = opened.client.get_run(opened.version(1).run_id).info.artifact_uri
    path = Path(uri.removeprefix("file://")) / "bundle" / "model.txt"
    whole = path.read_bytes()
    path.write_bytes(whole[:-2] + b"x\n")
    try:
        assert cli.main(["promote", "1"], world) == 2
        assert "is damaged" in capsys.readouterr().err
        assert opened.champion().number == 2
    finally:
        path.write_bytes(whole)


def test_a_home_that_was_moved_keeps_working(world: Mapping[str, str], tmp_path: Path) -> None:
    """Its champion is fetched from where the home stands now, and new runs go there too."""
    moved = tmp_path / "elsewhere"
    shutil.copytree(world["RETENTION_HOME"], moved)
    artifacts = Path(world["RETENTION_HOME"], "mlartifacts")
    artifacts.rename(artifacts.with_name("away"))
    try:
        found = registry.connect(moved, None)
        assert found.fetch(2, tmp_path / "bundle").digest == found.champion().digest
    finally:
        artifacts.with_name("away").rename(artifacts)
    number = registry.experiment(found)
    assert found.client.get_experiment(number).artifact_location == (moved / "mlartifacts").as_uri()
    assert registry.experiment(found) == number


def test_a_backtest_registers_nothing(
    world: Mapping[str, str], data: Path, opened: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints the evidence to standard output and leaves the registry as it was."""
    versions = len(opened.client.search_model_versions("name='retention-risk'"))
    assert cli.main(["backtest", "--data", str(data), "--origins", "1"], world) == 0
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("full", "tenure", "logistic", "base_rate", "AUC"))
    assert len(opened.client.search_model_versions("name='retention-risk'")) == versions


@pytest.fixture(scope="module")
def broken(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same company as an export that lost its tables, and has each exit beside somebody else."""
    folder = tmp_path_factory.mktemp("broken")
    people = pl.read_parquet(data / "employees.parquet")
    other = np.random.default_rng(5).permutation(len(people))
    exits = [name for name in people.columns if name.startswith(("resignation", "termination", "exit"))]
    dealt = people.with_columns([people[name].gather(other) for name in exits])
    ended = pl.coalesce("resignation_date", "termination_date")
    possible = ended.is_null() | (ended > pl.col("hire_date"))
    dealt = dealt.with_columns([pl.when(possible).then(pl.col(name)) for name in exits])
    dealt.write_parquet(folder / "employees.parquet")
    jobs = pl.read_parquet(data / "job_history.parquet")
    jobs.filter(pl.col("event") == "hire").write_parquet(folder / "job_history.parquet")
    return folder


def test_a_worse_model_is_refused_and_the_champion_stays(
    world: Mapping[str, str], broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3 with figures and what to do; it is registered as challenger and cannot be promoted by hand."""
    home = Path(shutil.copytree(world["RETENTION_HOME"], tmp_path / "home"))
    environ = {**world, "RETENTION_HOME": str(home)}
    opened = registry.connect(home, None)
    champion, moves = opened.champion(), opened.moves()
    assert cli.main(["train", "--data", str(broken)], environ) == 3
    said = capsys.readouterr().err
    assert "Version 3 may not be promoted; the champion, if there is one, stays." in said
    assert f"Held against version {champion.number} (mode full; the candidate's is " in said
    assert "its data has no surveys, tickets, checkins, signals, team_signals any more" in said
    assert "python -m features check" in said
    assert opened.champion() == champion
    aliases = opened.client.get_registered_model("retention-risk").aliases
    assert {name: str(version) for name, version in aliases.items()} == {
        "champion": str(champion.number),
        "challenger": "3",
    }
    assert (opened.version(3).verdict, opened.moves(), opened.faults()) == ("refused", moves, [])
    assert not list((home / "staging").iterdir())
    assert cli.main(["promote", "3"], environ) == 3
    assert f"Held against version {champion.number}" in capsys.readouterr().err
    assert opened.champion() == champion


def test_a_champion_that_cannot_be_read_blocks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], small: Path
) -> None:
    """A byte of its trees turned: the run says so, is held against none, and makes the next champion."""
    environ = home_of(tmp_path)
    assert cli.main(["train", "--data", str(small)], environ) == 0
    opened = registry.connect(Path(environ["RETENTION_HOME"]), None)
    path = Path(environ["RETENTION_HOME"], "mlartifacts", opened.champion().run_id, "artifacts", "bundle", "model.txt")
    path.write_bytes(path.read_bytes()[:-2] + b"x\n")
    assert cli.main(["train", "--data", str(small)], environ) == 0
    said = capsys.readouterr().err
    assert "warning: The champion, version 1, cannot be read: The bundle bundle is damaged" in said
    assert "The candidate was held against none." in said
    assert opened.champion().number == 2


@pytest.fixture(scope="module")
def august(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Sixty people of whom three leave a month, and a home in which a model was trained at the end of August."""
    folder = tmp_path_factory.mktemp("august")
    data = stayers(folder, 10, people=60, each=3)
    assert cli.main(["train", "--data", str(data), "--as-of", "2025-08-31"], home_of(folder)) == 0
    return data, folder / "home"


@pytest.mark.parametrize("now, horizon", [("2025-12-31", 90), ("2025-09-30", 30)])
def test_a_champion_of_before_is_held_against_by_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], august: tuple[Path, Path], now: str, horizon: int
) -> None:
    """At 90 days where such a window has closed since it was trained, else at 30, each by its own bundle."""
    data, home = august
    shutil.copytree(home, tmp_path / "home")
    assert cli.main(["train", "--data", str(data), "--as-of", now], home_of(tmp_path)) in {0, 3}
    assert f"at {horizon} days, on the same people since, AUC differs by " in capsys.readouterr().err


def home_of(tmp_path: Path) -> dict[str, str]:
    """An environment with a fresh home."""
    return {"RETENTION_HOME": str(tmp_path / "home"), "RETENTION_THREADS": "1"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty people of whom ten leave."""
    return stayers(tmp_path_factory.mktemp("small"), 10)


def stayers(tmp_path: Path, leavers: int = 0, people: int = 40, each: int = 1) -> Path:
    """People over three years; the first few resign, so many `each` month."""
    exits = {n: {"resignation_date": f"2025-{(n - 1) // each + 2:02d}-15"} for n in range(1, leavers * each + 1)}
    everyone = [f"E{n:06d}" for n in range(1, people + 1)]
    return builders.folder(
        tmp_path / "data",
        employees=[builders.employee(one, "2023-01-01", **exits.get(n, {})) for n, one in enumerate(everyone, start=1)],
        job_history=[builders.job(one, "2023-01-01") for one in everyone],
        surveys=[builders.survey(f"S{at}", everyone[-1], at) for at in ("2023-01-10", "2025-12-31")],
    )


@pytest.mark.parametrize("leavers", [0, 4])
def test_a_company_that_nobody_leaves_has_no_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], leavers: int
) -> None:
    """Exit code 3 in one clear message, and nothing is promoted."""
    environ = home_of(tmp_path)
    assert cli.main(["train", "--data", str(stayers(tmp_path, leavers))], environ) == 3
    said = capsys.readouterr().err
    assert f"{leavers} people left voluntarily" in said
    assert "Traceback" not in said
    with pytest.raises(NoChampionError):
        registry.connect(Path(environ["RETENTION_HOME"]), None)


def test_few_leavers_make_a_model_that_says_so(tmp_path: Path, small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten leavers: less than trees, and the mode names it."""
    environ = home_of(tmp_path)
    assert cli.main(["train", "--data", str(small)], environ) == 0
    printed = capsys.readouterr().out
    assert "version 1 is the champion; mode tenure" in printed or "version 1 is the champion; mode base_rate" in printed


@pytest.mark.parametrize("arguments, said", [
    (["train", "--data", "nowhere"], "nowhere"),
    (["train"], "--data"),
    (["train", "--data", "nowhere", "--as-of", "yesterday"], "--as-of is 'yesterday'; it must be a date"),
    (["train", "--data", "nowhere", "--as-of", "2999-01-01"], "lies ahead of today"),
    (["backtest", "--data", "nowhere", "--origins", "0"], "no whole number of at least 1"),
    (["promote", "best"], "no whole number of at least 1"),
    (["promote", "1"], "No model was trained"),
    (["rollback"], "No model was trained"),
    (["history"], "No model was trained"),
    (["dance"], "invalid choice"),
    ([], "verb"),
])  # fmt: skip
def test_the_callers_mistakes_are_told_and_exit_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """One clear message on standard error, nothing on standard output, no stack trace."""
    assert cli.main(arguments, home_of(tmp_path)) == 2
    found = capsys.readouterr()
    assert said in found.err
    assert "Traceback" not in found.err
    assert found.out == ""


def test_a_registry_that_is_away_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Within seconds, with exit code 2, the variable named."""
    environ = home_of(tmp_path) | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    assert cli.main(["rollback"], environ) == 2
    assert "The model registry does not answer; is MLFLOW_TRACKING_URI right?" in capsys.readouterr().err


def test_a_sample_company_is_written_and_its_folder_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`sample` prints the folder on standard output; the two required tables are in it."""
    folder = tmp_path / "sample"
    arguments = ["sample", "--employees", "20", "--months", "6", "--seed", "1", "--out", str(folder)]
    assert cli.main(arguments, {}) == 0
    assert capsys.readouterr().out == f"{folder}\n"
    assert {"employees.parquet", "job_history.parquet"} <= {path.name for path in folder.iterdir()}
