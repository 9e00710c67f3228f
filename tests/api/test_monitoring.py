"""`GET /v1/monitoring` on a real run of the toy company: who may ask, what is told, and the numbers Prometheus reads."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
import pytest

from features import build, presence
from features.blocks import Snapshots
from features.sentiment import valued
from models import bundle
from models.hazard import HORIZONS
from models.risk import RiskModel
from models.seal import sealed
from service.access.keys import ROLES, Caller, add_key
from service.api.monitored import MonitoringAnswer
from service.app import create_app
from service.audit import blocks
from service.cli import main
from service.monitoring.drift import SCORES, counted, drift
from service.monitoring.expected import ASSUMPTION
from service.settings import Settings
from service.store import runs
from service.store.engine import open_store
from service.store.monitoring_tables import monitored
from service.teams import shown as groups
from tests.posting import Client
from tests.served import day, shared_toy

DAY: Final = "2026-09-15"
TODAY: Final = day("2026-09-17")
NUMBERS: Final = count()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The application on a home with the toy champion and one run."""
    home = shared_toy().home(tmp_path_factory.mktemp("home"))
    arguments = ["score", "--data", str(shared_toy().data), "--as-of", DAY]
    assert main(arguments, {"RETENTION_HOME": str(home)}) == 0
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        yield client


def headers(client: Client, role: str, unit: str = "") -> dict[str, str]:
    """The header of a caller of that role."""
    store = open_store(client.app.state.service.settings.database_url)
    key = add_key(store, Caller(f"test {next(NUMBERS)}", role, unit), "2026-01-01T00:00:00Z")
    store.dispose()
    return {"Authorization": f"Bearer {key}"}


def answered(client: Client) -> dict[str, Any]:
    """The answer to a scientist."""
    answer = client("GET", "/v1/monitoring", headers=headers(client, "scientist"))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_it_has_its_form(client: Client) -> None:
    """Exactly what is documented: head, findings, estimates marked as such for every horizon, advice with reasons."""
    found = answered(client)
    msgspec.convert(found, MonitoringAnswer, strict=True)
    assert (found["run"]["as_of"], found["run"]["age_days"], found["false_alarms"]) == (DAY, 2, 0.05)
    assert [one["horizon"] for one in found["expected"]["horizons"]] == list(HORIZONS)
    assert (found["expected"]["estimate"], found["expected"]["assumption"]) == (True, ASSUMPTION)
    assert [one["name"] for one in found["drift"]["scores"]] == list(SCORES)
    assert found["realised"] == []
    assert found["next"]
    assert all(one["reason"].endswith((".", "?")) for one in found["next"])


def test_it_is_what_the_runs_own_rows_say(client: Client) -> None:
    """Everybody scored is compared, being few, by the very rows that were scored, built here again from the data."""
    toy = shared_toy()
    model = RiskModel.load(toy.bundle.path)
    company, at = valued(toy.company, model.valence), day(DAY)
    persons = np.flatnonzero(presence.at_risk(company, at)).astype(np.int32)
    persons = persons[[code is None for code in presence.no_score(company, persons, at)]]
    rows = build.build(company, model.spec, Snapshots(persons, np.full(len(persons), at, dtype=np.int32)))
    kept = model.manifest.reference
    assert kept is not None
    counts = counted(kept, model.features, rows, model.score.margins(rows))
    found = msgspec.convert(answered(client)["drift"], type(drift(kept, model.features, counts)))
    assert found == drift(kept, model.features, counts)
    assert found.people == len(persons) > 200
    store = open_store(client.app.state.service.settings.database_url)
    with store.connect() as connection:
        assert msgspec.json.decode(connection.execute(monitored.select()).one().counts) == msgspec.to_builtins(counts)
    store.dispose()


def test_what_is_expected_follows_from_the_risks(client: Client) -> None:
    """The leavers expected are the sum of the published risks."""
    store = open_store(client.app.state.service.settings.database_url)
    run = runs.latest(store)
    assert run is not None
    scored = [one.scored for one in runs.scores_of(store, run) if one.scored.risks]
    store.dispose()
    risks = np.array([one.risks for one in scored])
    for place, one in enumerate(answered(client)["expected"]["horizons"]):
        assert one["people"] == len(scored)
        assert one["leavers"]["value"] == round(float(risks[:, place].sum()), 1)
        assert one["leavers"]["low"] <= one["leavers"]["value"] <= one["leavers"]["high"]


@pytest.mark.parametrize("role", [role for role in ROLES if role != "scientist"])
def test_others_are_refused(client: Client, role: str) -> None:
    """It is for scientists."""
    assert client("GET", "/v1/monitoring", headers=headers(client, role)).status_code == 403


def test_a_key_of_a_unit_is_refused(client: Client) -> None:
    """The figures are the whole company's."""
    answer = client("GET", "/v1/monitoring", headers=headers(client, "scientist", "Sales"))
    assert (answer.status_code, answer.json()["code"]) == (403, "role")


def test_without_a_run_there_is_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """And the answer says how to make one; the numbers of a run are absent."""
    home = shared_toy().home(tmp_path_factory.mktemp("empty"))
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        answer = client("GET", "/v1/monitoring", headers=headers(client, "scientist"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "python -m service score" in answer.json()["detail"]
        assert "\nretention_run_age_days" not in client("GET", "/metrics").text


def test_the_numbers_are_there_for_prometheus(client: Client) -> None:
    """Age, findings by grade, score shift and the expected AUC, as the answer has them."""
    found, lines = answered(client), dict[str, float]()
    for _ in range(100):
        text = client("GET", "/metrics").text
        if "\nretention_run_age_days" in text:
            break
        client.wait(0.05)
    for line in text.splitlines():
        if line.startswith("retention_") and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            lines[name] = float(value)
    assert lines["retention_run_age_days"] == 2
    for grade in ("marked", "usual", "slight"):
        names = {one["name"] for one in found["drift"]["findings"] if one["grade"] == grade}
        assert lines[f'retention_drift_findings{{grade="{grade}"}}'] == len(names)
    for shift in found["drift"]["scores"]:
        assert lines[f'retention_score_shift{{score="{shift["name"]}"}}'] == shift["distance"]
    for one in found["expected"]["horizons"]:
        if one["auc"]:
            assert lines[f'retention_expected_auc{{horizon="{one["horizon"]}"}}'] == one["auc"]["value"]
    assert not any(name.startswith("retention_realised") for name in lines)


def test_a_retrospective_run_is_not_watched(client: Client) -> None:
    """A day the model has learned from changes nothing here."""
    before = answered(client)
    home = str(client.app.state.service.settings.home)
    arguments = ["score", "--data", str(shared_toy().data), "--as-of", "2026-03-31"]
    assert main(arguments, {"RETENTION_HOME": home}) == 0
    assert answered(client) == before


def test_a_unit_that_is_switched_off_takes_the_company_s_figures(client: Client) -> None:
    """Less the units that are told of, what is expected of the company would be the unit's."""
    service, by = client.app.state.service, Caller("test", "admin", "")
    run = runs.latest(service.store)
    assert run is not None
    unit = groups.below_unit(service.store, run, "")[0].org_unit
    before = answered(client)
    blocks.switch_off(service.log, by, unit)
    found = answered(client)
    assert (found["expected"]["horizons"], found["drift"]) == ([], None)
    blocks.switch_on(service.log, by, unit)
    assert answered(client) == before


def test_a_source_that_dried_up_is_to_be_looked_at(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No ticket of the last 200 days is in the data: columns of tickets fell markedly, and tickets are the first advice."""
    folder = tmp_path_factory.mktemp("dry")
    shutil.copytree(shared_toy().data, folder / "data")
    tickets = pl.read_parquet(folder / "data" / "tickets.parquet")
    early = tickets.filter(pl.col("opened_at").dt.date() < date.fromisoformat(DAY) - timedelta(days=200))
    assert 0 < len(early) < len(tickets)
    early.write_parquet(folder / "data" / "tickets.parquet")
    home = shared_toy().home(folder / "home")
    arguments = ["score", "--data", str(folder / "data"), "--as-of", DAY]
    assert main(arguments, {"RETENTION_HOME": str(home)}) == 0
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        found = answered(client)
    of = [one for one in found["drift"]["findings"] if one["source"] == "tickets" and one["grade"] == "marked"]
    assert {"tickets_count_90", "tickets_count_365"} & {one["name"] for one in of}
    assert {one["direction"] for one in of if one["name"].startswith("tickets_count")} == {"fell"}
    assert ("look", "tickets") in [(one["action"], one["source"]) for one in found["next"]]


def test_a_model_without_a_reference_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A bundle from before there was one is served and scores; no drift is told, and training again is the advice."""
    toy, folder = shared_toy(), tmp_path_factory.mktemp("old")
    held = toy.bundle
    before = sealed(replace(held.manifest, reference=None), held.model_text, held.sentiment)
    old = bundle.write(before, held.model_text, held.card, held.sheet, folder / "bundle", held.sentiment)
    home = replace(toy, bundle=old).home(folder / "home")
    assert main(["score", "--data", str(toy.data), "--as-of", DAY], {"RETENTION_HOME": str(home)}) == 0
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        found = answered(client)
    assert (found["drift"], len(found["expected"]["horizons"])) == (None, 4)
    assert [one["action"] for one in found["next"]] == ["retrain"]
