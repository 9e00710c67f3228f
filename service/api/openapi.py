"""The OpenAPI document: what FastAPI sees of the routes, and what it cannot see.

Request schemas derive from `features.contracts`, answers from `service.api.answers`, errors from the one table of
`service.api.problems`, roles from `service.api.auth`: none of them can drift.
"""

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from features import contracts, posted_json
from features.table_spec import Column, Kind, Table
from models.hazard import HORIZONS
from service.api import (
    answers,
    auth,
    dashboard_answer,
    examples,
    examples_of_dashboard,
    examples_of_lists,
    examples_of_monitoring,
    examples_of_outcomes,
    examples_of_teams,
    grouped,
    listed,
    monitored,
    outcome_answers,
)
from service.api.freshness import Ready
from service.api.problems import Problem, documented
from service.api.query import MOST_REASONS
from service.store.actions import STATES, TYPES

_ROOT: Final = "#/components/schemas/"
_TABLES: Final = [table for table in contracts.TABLES if table.name in posted_json.TABLES]
_TIME: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?([Zz]|[+-][0-2][0-9]:?[0-5][0-9])?)?$"
)
_FORMS: Final[dict[Kind, dict[str, Any]]] = {
    "id": {"type": "string", "minLength": 1},
    "text": {"type": ["string", "integer"]},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "pattern": _TIME, "description": "RFC 3339 (a naive one is UTC), or a day"},
    "enum": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "bool": {"type": "boolean"},
    "comment": {"type": ["string", "integer"], "description": "Read for how it sounds; its text is not kept"},
}

_LINES: Final = "application/x-ndjson"
_ANSWERS: Final = [
    answers.ScoresAnswer, answers.ModelAnswer, answers.Live, Ready, answers.StreamHead, answers.FaultLine, answers.StreamEnd,
    answers.StreamProblem, answers.ServerMetadata, answers.ServerLive, answers.ServerReady, answers.ModelReady,
    answers.ModelMetadata, Problem, listed.ListAnswer, listed.PersonAnswer, listed.WarningsAnswer, listed.ActionGiven,
    monitored.MonitoringAnswer, dashboard_answer.DashboardAnswer, grouped.TeamsAnswer,
    outcome_answers.OutcomesAnswer,
]  # fmt: skip
_EXAMPLES: Final = {**examples.ANSWERS, **examples_of_lists.ANSWERS, **examples_of_monitoring.ANSWERS,
                    **examples_of_dashboard.ANSWERS, **examples_of_teams.ANSWERS, **examples_of_outcomes.ANSWERS}  # fmt: skip
_SECURITY: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: python -m service keys add."},
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the identity provider (OpenID Connect), where one is set up.",
    },
}
_STALE: Final = {
    "X-Model-Stale": {
        "description": "Only where the model may not be the newest: `true`.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
_ABOUT: Final = (
    "Calibrated risk that somebody leaves, by 30, 90, 180 and 365 days, with reasons. Errors are problem documents "
    "(RFC 9457) with a stable `code`; they point at what is wrong and never repeat what was sent."
)


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an application."""
    found = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete(operation, (method.upper(), path))
    found["components"] = {"schemas": _schemas(), "securitySchemes": _SECURITY}
    found["security"] = [{"key": []}, {"token": []}]
    return found


def _complete(operation: dict[str, Any], asked: tuple[str, str]) -> None:
    """Say of one operation who may call it, and what goes wrong with any operation like it."""
    if asked in auth.OPEN:
        operation["security"] = []
        usual = documented()
    else:
        roles = sorted(auth.ROUTES.get(asked, ()))
        operation["x-roles"] = roles
        operation["description"] += f"\n\nFor the roles: {', '.join(roles)}."
        usual = documented(401, 403, 422, 429, 503)
    operation["responses"] = {**{str(status): told for status, told in usual.items()}, **operation["responses"]}
    if 422 in usual:  # FastAPI tells of errors in a form of its own
        operation["responses"]["422"] = usual[422]
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for answered in operation["responses"].values():
        for content in answered.get("content", {}).values():
            _put_nulls_back(content)


def _put_nulls_back(content: dict[str, Any]) -> None:
    """Give an answer its example again: FastAPI leaves out whatever is null."""
    name = content["schema"].get("$ref", "").removeprefix(_ROOT)
    if name in _EXAMPLES:
        content["examples"] = _example(name)


def answer(name: str, *, status: int = 200, stale: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` entry of a route that answers with that schema."""
    content = {"application/json": {"schema": {"$ref": _ROOT + name}, "examples": _example(name)}}
    return {status: {"description": "Done", "content": content, **({"headers": _STALE} if stale else {})}}


def tagged(name: str) -> dict[int | str, dict[str, Any]]:
    """The same of a route whose answers have a tag."""
    return {**answer(name), 304: {"description": "As it was when `If-None-Match` named its tag"}}


def action() -> dict[str, Any]:
    """The `requestBody` of an action that is recorded, and the header that makes it safe to send again."""
    occurred = {"type": "string", "description": "A day, or RFC 3339 (a naive one is UTC); not after tomorrow"}
    properties = {"action_type": {"type": "string", "enum": list(TYPES)}, "occurred_at": occurred, **_following()}
    return _once({"required": ["action_type", "occurred_at"], "properties": properties}, examples_of_lists.ACTION)


def action_change() -> dict[str, Any]:
    """The same of a change of an action."""
    return _once({"minProperties": 1, "properties": _following()}, examples_of_lists.ACTION_CHANGE)


def _following() -> dict[str, Any]:
    """What may be said of an action's state; where it is recorded, `open` is meant with a follow-up and `done` without."""
    told = "When to come back to it; only an open action has any. Not before the action, at most two years ahead"
    return {
        "state": {"type": "string", "enum": list(STATES)},
        "follow_up_on": {"type": ["string", "null"], "format": "date", "description": told},
    }


def _once(schema: dict[str, Any], example: dict[str, str]) -> dict[str, Any]:
    header = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 255},
              "description": "Sent again with the same request, the change is made once and the answer is the same; while "
              "the first is under way, 409."}  # fmt: skip
    schema = {"type": "object", "additionalProperties": False, **schema}
    content = {"application/json": {"schema": schema, "examples": {"one": {"value": example}}}}
    return {"parameters": [header], "requestBody": {"required": True, "content": content}}


def text(media_type: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` entry of `/metrics`."""
    content = {"schema": {"type": "string"}, "examples": {"a line": {"value": examples.METRICS}}}
    return {200: {"description": "Done", "content": {media_type.partition(";")[0]: content}}}


def scores() -> dict[str, Any]:
    """What the framework is told of `POST /v1/scores`, which reads its query and its body itself."""
    one = {"one": {"summary": "One person", "value": examples.REQUEST}}
    body = {
        "application/json": {"schema": {"$ref": _ROOT + "ScoresBody"}, "examples": one},
        _LINES: _lines("A head, then an entry of `employees` a line", examples.lines_sent()),
    }
    parameters = [
        _parameter("reasons", "At most so many reasons a person.", {"minimum": 0, "maximum": MOST_REASONS}, 5),
        _parameter("horizon", "Days of the risk that the reasons speak of.", {"enum": list(HORIZONS)}, 90),
    ]
    responses = {**answer("ScoresAnswer", stale=True), **documented(400, 401, 403, 413, 415, 422, 429, 503)}
    told = "StreamHead, then a PersonScore or a FaultLine a line, then StreamEnd; or StreamProblem where it ends early"
    responses[200]["content"][_LINES] = _lines(told, examples.lines_answered())
    return {
        "responses": responses,
        "openapi_extra": {"parameters": parameters, "requestBody": {"required": True, "content": body}},
    }


def _example(name: str) -> dict[str, Any]:
    return {"an answer": {"value": msgspec.to_builtins(_EXAMPLES[name])}}


def _lines(told: str, example: str) -> dict[str, Any]:
    return {"schema": {"type": "string", "description": told + "."}, "examples": {"lines": {"value": example}}}


def _parameter(name: str, description: str, rule: dict[str, Any], default: int) -> dict[str, Any]:
    schema = {"type": "integer", **rule, "default": default}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _schemas() -> dict[str, Any]:
    """Every schema that routes refer to."""
    _, found = msgspec.json.schema_components(_ANSWERS, ref_template=_ROOT + "{name}")
    rows = {_row_name(table): _row(table) for table in _TABLES}
    found = {name: _plain(schema) for name, schema in found.items()}
    return dict(sorted({**found, **rows, "PostedPerson": _person(), "ScoresBody": _body()}.items()))


def _plain(schema: Any) -> Any:
    """The schema with tuples of one type as lists of a length, which every generator of clients understands."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = schema.get("prefixItems") or [None]
    if any(part != parts[0] for part in parts) or parts[0] is None:
        return {name: _plain(part) for name, part in schema.items()}
    return {**{name: part for name, part in schema.items() if name != "prefixItems"}, "items": parts[0]}


def _body() -> dict[str, Any]:
    people = {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"$ref": _ROOT + "PostedPerson"}}
    return {
        "type": "object",
        "required": ["as_of", "employees"],
        "additionalProperties": False,
        "properties": {"as_of": {"type": "string", "format": "date"}, "employees": people},
    }


def _person() -> dict[str, Any]:
    properties = {column.name: _column(column) for column in contracts.EMPLOYEES.columns}
    for table in _TABLES:
        rows = {"type": ["array", "null"], "items": {"$ref": _ROOT + _row_name(table)}}
        properties[table.name] = {**rows, "description": "Null or absent: no such source. Empty: nothing to say yet."}
    required = _required(contracts.EMPLOYEES)
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


def _row(table: Table) -> dict[str, Any]:
    columns = [column for column in table.columns if column.name != "employee_id"]
    required = [name for name in _required(table) if name != "employee_id"]
    return {"type": "object", "required": required, "properties": {column.name: _column(column) for column in columns}}


def _column(column: Column) -> dict[str, Any]:
    form = dict(_FORMS[column.kind])
    if not column.required:
        kinds = form["type"] if isinstance(form["type"], list) else [form["type"]]
        form["type"] = [*kinds, "null"]
        form.pop("minLength", None)
    if column.values:
        form["description"] = f"One of {', '.join(column.values)}; case does not matter."
    return form


def _required(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.required]


def _row_name(table: Table) -> str:
    return "".join(part.title() for part in table.name.split("_")) + "Row"
