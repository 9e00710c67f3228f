"""What else the API shows: closed by default, health, the model, the document that describes it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from models.hazard import HORIZONS
from service import bundles
from service.access.keys import ROLES, Caller, add_key
from service.api import auth
from service.app import create_app
from service.bundles import Champion
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import Client
from tests.served import TRAINED_TO, day, shared_toy

TODAY: Final = day("2026-10-01")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The application on a home with the toy champion, looking for a new one every 20 ms."""
    home = shared_toy().home(tmp_path_factory.mktemp("home"))
    with Client(create_app(Settings(home=home, watch_seconds=0.02), {}, today=lambda: TODAY)) as client:
        yield client


def headers(client: Client, role: str) -> dict[str, str]:
    """The header of a caller of that role."""
    store = open_store(client.app.state.service.settings.database_url)
    key = add_key(store, Caller("test", role, ""), "2026-01-01T00:00:00Z")
    store.dispose()
    return {"Authorization": f"Bearer {key}"}


def test_every_route_has_its_roles(client: Client) -> None:
    """Each route is listed with its roles or among the open ones, and no list names a route that is gone; pages aside."""
    paths = client("GET", "/openapi.json").json()["paths"]
    routes = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert routes | {("GET", "/docs")} == set(auth.ROUTES) | auth.OPEN - auth.OPEN_PAGES
    assert all(roles <= set(ROLES) for roles in auth.ROUTES.values())


def test_unlisted_route_is_closed(client: Client) -> None:
    """A route that nobody listed is refused to every role."""
    other = create_app(client.app.state.service.settings, {}, today=lambda: TODAY)
    other.get("/v1/forgotten")(lambda: "open")
    with Client(other) as opened:
        for role in ROLES:
            assert opened("GET", "/v1/forgotten", headers=headers(client, role)).status_code == 403
        assert opened("GET", "/v1/forgotten").status_code == 401


@pytest.mark.parametrize("role", ROLES)
def test_model_is_named_to_every_role(client: Client, role: str) -> None:
    """Name, version, digest, mode, training day, age, horizons, evidence, card and data sheet of what is loaded."""
    found = client("GET", "/v1/model", headers=headers(client, role)).json()
    assert found["name"] == "retention-risk"
    assert found["version"] == "1"
    assert found["digest"] == shared_toy().bundle.digest
    assert found["mode"] == "full"
    assert found["age_days"] == TODAY - TRAINED_TO
    assert found["horizons"] == list(HORIZONS)
    assert found["card"] == shared_toy().bundle.card
    assert found["sheet"] == shared_toy().bundle.sheet
    assert found["fairness"] is None
    assert found["backtest"][0]["auc"] == {"value": 0.7, "low": 0.6, "high": 0.8}
    assert [source["table"] for source in found["sources"]][:2] == ["employees", "job_history"]
    assert found["data"]["missing"] == []


def test_ready_names_the_model(client: Client) -> None:
    """Readiness says which model would answer."""
    assert client("GET", "/readyz").json()["model"]["digest"] == shared_toy().bundle.digest


@pytest.mark.parametrize("method, path, status, code", [
    ("GET", "/v1/nothing", 404, "not_found"),
    ("DELETE", "/v1/scores", 405, "method_not_allowed"),
    ("GET", "/v1/model", 401, "bad_key"),
])  # fmt: skip
def test_what_the_router_refuses_is_a_problem(client: Client, method: str, path: str, status: int, code: str) -> None:
    """Unknown paths and methods are answered like every other error."""
    answer = client(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_new_champion_is_noticed(client: Client) -> None:
    """The pointer changes, and within a moment the answers name the new version."""
    shared_toy().home(client.app.state.service.settings.home, version="2")
    for _ in range(100):
        client.wait(0.05)
        if client("GET", "/readyz").json()["model"]["version"] == "2":
            break
    assert client("GET", "/readyz").json()["model"]["version"] == "2"
    assert 'retention_model_info{digest="' + shared_toy().bundle.digest in client("GET", "/metrics").text


def test_damaged_champion_changes_nothing(client: Client) -> None:
    """A bundle with a changed byte is refused once, and the model before goes on answering."""
    service = client.app.state.service
    store: Path = service.settings.bundles
    service.models.refresh()
    before = service.models.serving
    digest = "sha256:" + "0" * 64
    place = bundles.folder(store, digest)
    place.mkdir()
    for file in shared_toy().bundle.path.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    (place / "digest.txt").write_text(digest)
    bundles.point_to(store, Champion("retention-risk", "3", "", digest))
    service.models.refresh()
    service.models.refresh()
    assert service.models.serving is before
    assert service.models.failures == 1


def test_openapi_describes_what_is_read_and_answered(client: Client) -> None:
    """OpenAPI 3.1 with the body's schema, an example, and every status the route can answer."""
    document = client("GET", "/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    scores = document["paths"]["/v1/scores"]["post"]
    assert set(scores["responses"]) == {"200", "400", "401", "403", "413", "415", "422", "429", "503"}
    assert scores["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ScoresBody"}
    schemas = document["components"]["schemas"]
    assert schemas["JobHistoryRow"]["required"] == ["effective_date", "event"]
    assert "comment" in schemas["SurveysRow"]["properties"]
    assert {"ScoresAnswer", "ModelAnswer", "Problem", "Fault"} <= set(schemas)
    asked = {parameter["name"]: parameter["schema"] for parameter in scores["parameters"]}
    assert (asked["horizon"]["enum"], asked["horizon"]["default"], asked["reasons"]["default"]) == (
        [30, 90, 180, 365],
        90,
        5,
    )


def test_every_reference_of_the_document_leads_somewhere(client: Client) -> None:
    """No schema is named that is not there."""
    document = client("GET", "/openapi.json").text
    named = set(re.findall(r'"#/components/schemas/(\w+)"', document))
    assert named <= set(json.loads(document)["components"]["schemas"])


def test_the_documentation_fetches_nothing(client: Client) -> None:
    """One page names every operation, without a script and without an address elsewhere."""
    answer = client("GET", "/docs")
    assert answer.status_code == 200
    assert "POST /v1/scores" in answer.text
    assert "<script" not in answer.text
    assert "://" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
