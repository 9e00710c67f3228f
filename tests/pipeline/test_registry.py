"""What the registry holds of versions: numbers, verdicts, how the champion moved, and a model MLflow can load."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from models import history, registry
from models.bundle import Bundle
from models.errors import RegistryError
from models.registry import ALIAS, CHALLENGER, NAME, Registry
from models.risk import RiskModel
from tests import registered, small_models
from training import cli


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of boosted trees with evidence."""
    generator = np.random.default_rng(3)
    text = small_models.boosted_text(small_models.matrix(300, generator), generator)
    evidence = (small_models.evidence(method="full"),)
    return small_models.write(tmp_path_factory.mktemp("held") / "bundle", text, mode="full", evidence=evidence)


@pytest.fixture(scope="module")
def template(held: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with eleven versions, the third of them held back."""
    home = tmp_path_factory.mktemp("registry") / "home"
    opened = registry.connect(home, None, create=True)
    for number in range(1, 12):
        registered.register(opened, held, "It is the third." if number == 3 else "")
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A copy of it to play with."""
    return Path(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture
def opened(home: Path) -> Registry:
    """The copy's registry."""
    return registry.connect(home, None)


def environ(home: Path) -> Mapping[str, str]:
    """The environment of commands in a home."""
    return {"RETENTION_HOME": str(home), "RETENTION_ACTOR": "the test"}


def test_versions_compare_as_numbers(home: Path, opened: Registry) -> None:
    """The tenth follows the ninth, and a rollback from the tenth names the ninth, not the first."""
    for number in ("1", "9", "10", "11"):
        assert cli.main(["promote", number], environ(home)) == 0
    for before in (10, 9, 1):
        assert cli.main(["rollback"], environ(home)) == 0
        assert opened.champion().number == before


def test_a_move_records_who_why_and_on_what_evidence(home: Path, opened: Registry) -> None:
    """The digest of the verdict as its file stands with the run, and the headline figures."""
    assert cli.main(["promote", "2", "--why", "the second is fine"], environ(home)) == 0
    move = opened.moves()[0]
    assert (move.version, move.kind, move.by, move.why) == (2, "promote", "the test", "the second is fine")
    assert move.verdict == f"sha256:{hashlib.sha256(opened.verdict(2)).hexdigest()}"
    assert move.evidence["auc_90"] == 0.7
    assert move.evidence["brier_skill_90.low"] == 0.01


def test_a_version_that_was_held_back_is_not_promoted(
    home: Path, opened: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, its reasons said, nothing moved."""
    assert cli.main(["promote", "2"], environ(home)) == 0
    assert cli.main(["promote", "3"], environ(home)) == 3
    assert (
        "Version 3 may not be promoted; the champion, if there is one, stays.\n  - It is the third."
        in capsys.readouterr().err
    )
    assert opened.champion().number == 2
    assert len(opened.moves()) == 1


def test_a_verdict_that_was_changed_is_found(home: Path, opened: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether its file was edited or its tag."""
    path = next((home / "mlartifacts").glob(f"{opened.version(3).run_id}/artifacts/verdict.json"))
    written = path.read_text()
    path.write_text(written.replace('"passed": false', '"passed": true'))
    assert cli.main(["promote", "3"], environ(home)) == 2
    assert "The verdict of version 3 is not the one it was registered with." in capsys.readouterr().err
    path.write_text(written)
    opened.client.set_model_version_tag(NAME, "4", "verdict", "refused")
    assert cli.main(["promote", "4"], environ(home)) == 3
    opened.client.delete_model_version_tag(NAME, "5", "verdict_digest")
    assert cli.main(["promote", "5"], environ(home)) == 3
    assert "No verdict is recorded with it" in capsys.readouterr().err


def test_a_challenger_is_one_until_it_is_promoted(opened: Registry) -> None:
    """Another version's promotion leaves it; its own takes the alias away."""

    def aliases() -> dict[str, str]:
        return {str(a): str(v) for a, v in opened.client.get_registered_model(NAME).aliases.items()}

    opened.challenge(10)
    opened.promote(9, "t", "", registered.AT)
    assert aliases() == {ALIAS: "9", CHALLENGER: "10"}
    opened.promote(10, "t", "", registered.AT)
    assert aliases() == {ALIAS: "10"}


def test_the_history_command_shows_moves_and_that_they_hold(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a move with its headline figures; the head at the end."""
    for number in ("1", "2"):
        assert cli.main(["promote", number, "--why", f"no. {number}"], environ(home)) == 0
    capsys.readouterr()
    assert cli.main(["history"], environ(home)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "promote   version 1  by the test  no. 1  (auc_90 0.7, brier_skill_90 0.02" in lines[0]
    assert lines[2].startswith("2 moves; the chain holds, its head is 2:")


def test_a_history_that_was_edited_or_cut_is_told(
    home: Path, opened: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and the place; a rollback would not know where to, and a promotion by number still goes."""
    for number in (1, 2, 4):
        opened.promote(number, "t", "", registered.AT)
    assert opened.faults() == []
    first = opened.client.get_registered_model(NAME).tags[history.key(1)]
    edited = json.dumps(json.loads(first) | {"by": "somebody else"})
    opened.client.set_registered_model_tag(NAME, history.key(1), edited)
    assert cli.main(["history"], environ(home)) == 1
    assert "error: Move 1 was changed." in capsys.readouterr().err
    opened.client.set_registered_model_tag(NAME, history.key(1), first)
    opened.client.delete_registered_model_tag(NAME, history.key(3))
    assert opened.faults() == ["Move 3 is not the one a version was named by."]
    with pytest.raises(RegistryError, match="The history of the champion was changed"):
        opened.rollback("t", "", registered.AT)
    assert cli.main(["promote", "1"], environ(home)) == 0


def test_an_alias_moved_by_other_means_is_told(
    home: Path, opened: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """The chain holds, and the champion is not the one it ends with."""
    opened.promote(1, "t", "", registered.AT)
    opened.client.set_registered_model_alias(NAME, ALIAS, "2")
    assert cli.main(["history"], environ(home)) == 0
    assert "The champion is version 2, though the last move names 1" in capsys.readouterr().err


@pytest.fixture
def of_the_home(home: Path) -> Iterator[None]:
    """MLflow's own functions ask the home's store, until the test ends: they keep the address in the environment."""
    import mlflow  # late: what logs has silenced what it warns of

    mlflow.set_tracking_uri(f"sqlite:///{home}/mlflow.db")
    yield
    mlflow.set_tracking_uri(None)  # type: ignore[arg-type]  # documented: back to the default
    os.environ.pop("MLFLOW_TRACKING_URI", None)


@pytest.mark.usefixtures("of_the_home")
def test_mlflow_loads_what_is_served(home: Path, opened: Registry, held: Bundle) -> None:
    """By alias and by run, as pyfunc: the same risks to the last bit, null columns included."""
    import mlflow.pyfunc

    opened.promote(9, "t", "", registered.AT)
    rows = small_models.matrix(50, np.random.default_rng(8))
    expected = RiskModel.load(held.path).risks(rows)
    columns = list(held.manifest.columns)
    run = home / "mlartifacts" / opened.version(9).run_id / "artifacts"
    for place in (str(run), f"runs:/{opened.version(9).run_id}/", f"models:/{NAME}@{ALIAS}"):
        loaded = mlflow.pyfunc.load_model(place)
        example = loaded.input_example
        frame = type(example)(rows.astype(float), columns=columns)
        answer = loaded.predict(frame[columns[::-1]])
        assert list(answer.columns) == ["risk_30", "risk_90", "risk_180", "risk_365"]
        assert (answer.to_numpy() == expected).all()
    assert (loaded.predict(example).to_numpy() == np.array(held.manifest.golden.risks)[:2]).all()


def test_a_run_holds_every_figure_and_file(opened: Registry) -> None:
    """Figures with their intervals by method and horizon; the bundle as a folder beside the verdict."""
    found = opened.client.get_run(opened.version(1).run_id).data
    assert found.metrics["full.90.auc"] == 0.7
    assert (found.metrics["full.90.auc.low"], found.metrics["full.90.auc.high"]) == (0.6, 0.8)
    assert found.metrics["full.90.lift_at_5"] == 4.0
    assert (found.tags["verdict"], found.params["training.leavers"]) == ("passed", "40")
    files = {item.path for item in opened.client.list_artifacts(opened.version(1).run_id)}
    assert {"MLmodel", "requirements.txt", "bundle", "verdict.json", "input_example.json"} <= files


def test_logging_takes_less_than_two_seconds(home: Path, opened: Registry, held: Bundle) -> None:
    """MLflow once imported, with everything it writes."""
    registered.register(opened, held)
    start = time.perf_counter()
    registered.register(opened, held)
    assert time.perf_counter() - start < 2.0
    assert (home / "mlflow.db").exists()
