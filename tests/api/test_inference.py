"""The Open Inference Protocol's health and metadata routes: other names for what is served, and nothing more open."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from models.registry import NAME
from service.app import create_app
from service.settings import Settings
from tests.posting import Client
from tests.running import make_key
from tests.served import day, shared_toy

TODAY: Final = day("2026-10-01")
MODEL: Final = f"/v2/models/{NAME}"
KEYED: Final = ("/v2", MODEL, f"{MODEL}/ready", f"{MODEL}/versions/1", f"{MODEL}/versions/1/ready")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose toy champion is fetched."""
    return shared_toy().home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[Client]:
    """The application on that home."""
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        yield client


@pytest.fixture(scope="module")
def key(home: Path) -> dict[str, str]:
    """The header of a caller."""
    return {"Authorization": f"Bearer {make_key(home, 'leader')}"}


def test_health_is_open(client: Client) -> None:
    """Live and ready, in the protocol's words, to whoever asks, whatever else the question says."""
    assert client("GET", "/v2/health/live").json() == {"live": True}
    assert client("GET", "/v2/health/ready?probe=1").json() == {"ready": True}


def test_metadata_is_the_manifest_s(client: Client, key: dict[str, str]) -> None:
    """Every column is an input and every risk an output, of the version that is loaded."""
    found: dict[str, Any] = client("GET", MODEL, headers=key).json()
    columns = shared_toy().bundle.manifest.columns
    assert (found["name"], found["versions"], found["platform"]) == ("retention-risk", ["1"], "lightgbm_text")
    assert found["inputs"] == [{"name": name, "datatype": "FP32", "shape": [-1]} for name in columns]
    assert [one["name"] for one in found["outputs"]] == ["risk_30", "risk_90", "risk_180", "risk_365"]
    assert {(one["datatype"], *one["shape"]) for one in found["outputs"]} == {("FP64", -1)}
    assert client("GET", f"{MODEL}/versions/1", headers=key).json() == found
    assert client("GET", "/v2", headers=key).json() == {"name": "retention-risk", "version": "1", "extensions": []}


def test_only_the_loaded_version_is_there(client: Client, key: dict[str, str]) -> None:
    """Ready for the loaded version; 404 for another one, and for another model."""
    for path in (f"{MODEL}/ready", f"{MODEL}/versions/1/ready"):
        assert client("GET", path, headers=key).json() == {"name": "retention-risk", "ready": True}
    for path in (f"{MODEL}/versions/2", f"{MODEL}/versions/2/ready", "/v2/models/other", f"{MODEL}/infer"):
        answer = client("GET", path, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", KEYED)
def test_metadata_asks_for_a_key_and_knows_its_names(client: Client, key: dict[str, str], path: str) -> None:
    """401 without a key; with one, 422 for a parameter that the route does not know."""
    assert client("GET", path).status_code == 401
    answer = client("GET", f"{path}?verbose=1", headers=key)
    assert answer.status_code == 422
    assert answer.json()["faults"] == [
        {"pointer": "/query", "rule": "unknown parameter", "detail": "There are none here."}
    ]


def test_without_a_model(tmp_path: Path) -> None:
    """Live, not ready, and 503 with the reason where a model would answer."""
    headers = {"Authorization": f"Bearer {make_key(tmp_path, 'admin')}"}
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        assert client("GET", "/v2/health/live").json() == {"live": True}
        assert client("GET", "/v2/health/ready").json()["code"] == "model_unavailable"
        assert client("GET", f"{MODEL}/ready", headers=headers).status_code == 503
        assert client("GET", "/v2", headers=headers).status_code == 200
