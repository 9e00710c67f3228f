"""The OpenAPI document: complete, true to its own examples, and the one that is kept beside the code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema_rs import Draft202012Validator

from service import document
from service.api import auth
from service.app import create_app
from service.settings import Settings

KEYED: Final = {"401", "403", "422", "429", "503"}
"""What every operation that asks for a key may answer."""
BODIED: Final = {"400", "413", "415"}
"""What every operation that reads a body may answer besides."""
Operation = dict[str, Any]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The document of an application."""
    app = create_app(Settings(home=tmp_path_factory.mktemp("home")), {})
    yield app.openapi()
    app.state.service.store.dispose()


def operations(api: dict[str, Any]) -> dict[tuple[str, str], Operation]:
    """Every operation, by method and path."""
    return {(method.upper(), path): one for path, methods in api["paths"].items() for method, one in methods.items()}


def contents(operation: Operation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every body that an operation takes or gives: whose, of which media type, and how it is described."""
    parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for whose, part in parts.items():
        yield from ((whose, media_type, one) for media_type, one in part.get("content", {}).items())


def test_the_kept_document_is_the_program_s_own(tmp_path: Path) -> None:
    """A change of the API shows in `service/openapi.json`; `python -m service.document` writes it anew."""
    app = create_app(Settings(home=tmp_path), {})
    told = document.text(app)
    app.state.service.store.dispose()
    assert document.FILE.read_text(encoding="utf-8") == told, "run: python -m service.document"


def test_operations_have_stable_names(api: dict[str, Any]) -> None:
    """OpenAPI 3.1; an operation is named for its function, and no two alike."""
    names = [one["operationId"] for one in operations(api).values()]
    assert api["openapi"].startswith("3.1.")
    assert len(set(names)) == len(names)
    assert {"post_scores", "get_model", "readyz", "get_v2_model_version"} <= set(names)


def test_every_body_has_an_example_that_keeps_its_schema(api: dict[str, Any]) -> None:
    """Requests, answers and errors: each with an example, and each example as its own schema has it."""
    for asked, operation in operations(api).items():
        assert operation["summary"], asked
        assert operation["description"], asked
        for whose, media_type, content in contents(operation):
            assert content.get("examples"), (asked, whose, media_type)
            schema = {**content["schema"], "components": api["components"]}
            for name, example in content["examples"].items():
                faults = [fault.message for fault in Draft202012Validator(schema).iter_errors(example["value"])]
                assert faults == [], (asked, whose, name)


def test_every_error_that_can_occur_is_declared(api: dict[str, Any]) -> None:
    """By what an operation asks for: a key, a body, a model, a thing by its name; all as problems."""
    for asked, operation in operations(api).items():
        declared = set(operation["responses"])
        assert any(status.startswith("2") for status in declared), asked
        assert declared >= (set() if asked in auth.OPEN else KEYED), asked
        assert declared >= (BODIED if "requestBody" in operation else set()), asked
        assert "404" in declared or "{" not in asked[1], asked
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (asked, status)


def test_errors_name_their_headers(api: dict[str, Any]) -> None:
    """Who must wait is told for how long, and who has no key how to send one."""
    for operation in operations(api).values():
        answers = operation["responses"]
        assert all("Retry-After" in answers[status]["headers"] for status in ("429", "503") if status in answers)
        assert "401" not in answers or "WWW-Authenticate" in answers["401"]["headers"]


def test_every_operation_says_who_may_call_it(api: dict[str, Any]) -> None:
    """Open ones ask for no security; the others for a key or a token, and name their roles."""
    assert set(api["components"]["securitySchemes"]) == {"key", "token"}
    assert api["security"] == [{"key": []}, {"token": []}]
    for asked, operation in operations(api).items():
        assert (operation.get("security") == []) == (asked in auth.OPEN), asked
        assert operation.get("x-roles", []) == sorted(auth.ROUTES.get(asked, ())), asked
