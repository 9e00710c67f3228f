"""The same person with the same records on the same day gets the same answer: by night, posted, alone, among many."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
import pytest

from features import build, posted, presence
from features.blocks import Snapshots
from features.ingest import load
from features.settings import OFFBOARDING, FeatureSettings
from service.access.keys import Caller, add_key
from service.api.answers import ENCODER, ScoresAnswer
from service.app import create_app
from service.cli import main
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import Client, Person, body, people
from tests.served import Toy, day, shared_toy

DAY: Final = "2026-09-15"
TODAY: Final = day("2026-10-01")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose toy champion has scored the sample company on the day."""
    return shared_toy().home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def nightly(home: Path) -> pl.DataFrame:
    """The file of the nightly run."""
    out = home / "scores.parquet"
    arguments = ["score", "--data", str(shared_toy().data), "--as-of", DAY, "--out", str(out)]
    assert main(arguments, {"RETENTION_HOME": str(home)}) == 0
    return pl.read_parquet(out)


@pytest.fixture(scope="module")
def client(home: Path, nightly: pl.DataFrame) -> Iterator[Client]:
    """The application on that home, once the run is published."""
    assert len(nightly)
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        yield client


@pytest.fixture(scope="module")
def key(home: Path) -> Iterator[dict[str, str]]:
    """The header of a caller who may score."""
    store = open_store(Settings(home=home).database_url)
    yield {"Authorization": f"Bearer {add_key(store, Caller('parity', 'system', ''), '2026-01-01T00:00:00Z')}"}
    store.dispose()


def _post(client: Client, key: dict[str, str], employees: list[Person]) -> list[dict[str, Any]]:
    headers = {**key, "Content-Type": "application/json"}
    answer = client("POST", "/v1/scores?reasons=5", content=body(DAY, employees), headers=headers)
    assert answer.status_code == 200, answer.text
    assert ENCODER.encode(msgspec.json.decode(answer.content, type=ScoresAnswer)) == answer.content
    scores: list[dict[str, Any]] = json.loads(answer.content)["scores"]
    return scores


def test_nightly_equals_endpoint_to_the_last_bit(client: Client, key: dict[str, str], nightly: pl.DataFrame) -> None:
    """Everybody of the nightly file, posted, gets the same four risks, band, reasons and next conversation."""
    everyone = people(shared_toy().data)
    answers = {(score["employee_id"], place): score for place, score in enumerate(_post(client, key, everyone))}
    by_id = {id_: score for (id_, _), score in answers.items() if score["risk"] is not None}
    assert sorted(by_id) == sorted(nightly.filter(pl.col("no_score").is_null())["employee_id"])
    for row in nightly.filter(pl.col("no_score").is_null()).iter_rows(named=True):
        score = by_id[row["employee_id"]]
        assert score["team_features"] == f"published_run:{DAY}"
        assert list(score["risk"].values()) == [row[f"risk_{horizon}"] for horizon in (30, 90, 180, 365)]
        assert score["band"] == row["band"]
        assert [reason["text"] for reason in score["reasons"]] == [row[f"reason_{place}"] for place in range(1, 6)]
        assert (score["next_conversation"] or {}).get("type") == row["next_conversation"]


def test_alone_equals_among_many(client: Client, key: dict[str, str]) -> None:
    """A person posted alone gets the bytes of the answer that they get among three hundred."""
    everyone = people(shared_toy().data)
    among = _post(client, key, everyone)
    for place in range(0, len(everyone), 29):
        id_ = everyone[place]["employee_id"]
        own = [person for person in everyone if person["employee_id"] == id_]
        alone = next(
            score for score, person in zip(_post(client, key, own), own, strict=True) if person is everyone[place]
        )
        assert json.dumps(alone) == json.dumps(among[place])


@pytest.mark.parametrize("dropped", [(), ("signals",), ("checkins", "absences"), ("surveys", "tickets", "signals")])
def test_door_and_request_make_equal_rows(tmp_path: Path, dropped: tuple[str, ...]) -> None:
    """The feature rows of a company read from a folder equal those of the same people posted, missing sources too."""
    toy: Toy = shared_toy()
    for file in toy.data.iterdir():
        if file.stem not in dropped:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    by_door = load(tmp_path, FeatureSettings(), TODAY).company
    request = body(DAY, people(tmp_path))
    (part,) = posted.read(request, TODAY, OFFBOARDING, posted.Limits()).parts
    assert part.company.people.employee_id == by_door.people.employee_id
    here = np.flatnonzero(presence.at_risk(by_door, day(DAY))).astype(np.int32)
    snapshots = Snapshots(here, np.full(len(here), day(DAY), dtype=np.int32))
    spec = toy.bundle.manifest.spec
    expected = build.person_features(by_door, spec, snapshots)
    found = build.person_features(part.company, spec, snapshots)
    np.testing.assert_array_equal(found, expected)
