"""The parts of the OpenAPI document that FastAPI cannot see: bodies and answers that msgspec reads and writes.

Request schemas derive from `features.contracts`, answers from `service.api.answers`, so neither can drift.
"""

from typing import Any, Final

import msgspec

from features import contracts, posted_json
from features.table_spec import Column, Kind, Table
from models.hazard import HORIZONS
from service.api import answers
from service.api.problems import Problem, documented
from service.api.query import MOST_REASONS

_ROOT: Final = "#/components/schemas/"
_TABLES: Final = [table for table in contracts.TABLES if table.name in posted_json.TABLES]
_FORMS: Final[dict[Kind, dict[str, Any]]] = {
    "id": {"type": "string", "minLength": 1},
    "text": {"type": ["string", "integer"]},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "description": "RFC 3339 (a naive one is UTC), or a day"},
    "enum": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "bool": {"type": "boolean"},
    "comment": {"type": ["string", "integer"], "description": "Read for how it sounds; its text is not kept"},
}

EXAMPLE: Final = {
    "as_of": "2026-11-01",
    "employees": [
        {
            "employee_id": "E000001",
            "hire_date": "2023-04-01",
            "job_history": [
                {"effective_date": "2023-04-01", "event": "hire", "manager_id": "M0007", "org_unit": "Sales/EMEA"}
            ],
            "surveys": [
                {
                    "survey_id": "pulse-2026-09",
                    "sent_at": "2026-09-20T09:00:00Z",
                    "responded_at": "2026-09-21T16:30:00Z",
                    "driver": "workload",
                    "score": 4,
                    "comment": "The workload is well balanced again.",
                    "language": "en",
                }
            ],
            "tickets": [],
            "checkins": [],
            "signals": [],
            "absences": [],
        }
    ],
}


def components() -> dict[str, Any]:
    """Every schema that routes refer to."""
    roots = [answers.ScoresAnswer, answers.ModelAnswer, Problem]
    _, found = msgspec.json.schema_components(roots, ref_template=_ROOT + "{name}")
    rows = {_row_name(table): _row(table) for table in _TABLES}
    return {**found, **rows, "PostedPerson": _person(), "ScoresBody": _body()}


def answer(name: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` entry of a route that answers with that schema."""
    content = {"application/json": {"schema": {"$ref": _ROOT + name}}}
    return {200: {"description": "Done", "content": content}}


def scores() -> dict[str, Any]:
    """What the framework is told of `POST /v1/scores`, which reads its query and its body itself."""
    media = {"schema": {"$ref": _ROOT + "ScoresBody"}, "examples": {"one": {"summary": "One person", "value": EXAMPLE}}}
    parameters = [
        _parameter("reasons", "At most so many reasons a person.", {"minimum": 0, "maximum": MOST_REASONS}, 5),
        _parameter("horizon", "Days of the risk that the reasons speak of.", {"enum": list(HORIZONS)}, 90),
    ]
    body = {"required": True, "content": {"application/json": media}}
    return {
        "responses": {**answer("ScoresAnswer"), **documented(400, 401, 403, 413, 415, 422, 429, 503)},
        "openapi_extra": {"parameters": parameters, "requestBody": body},
    }


def _parameter(name: str, description: str, rule: dict[str, Any], default: int) -> dict[str, Any]:
    schema = {"type": "integer", **rule, "default": default}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _body() -> dict[str, Any]:
    people = {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"$ref": _ROOT + "PostedPerson"}}
    return {
        "type": "object",
        "required": ["as_of", "employees"],
        "properties": {"as_of": {"type": "string", "format": "date"}, "employees": people},
    }


def _person() -> dict[str, Any]:
    properties = {column.name: _column(column) for column in contracts.EMPLOYEES.columns}
    for table in _TABLES:
        rows = {"type": ["array", "null"], "items": {"$ref": _ROOT + _row_name(table)}}
        properties[table.name] = {**rows, "description": "Null or absent: no such source. Empty: nothing to say yet."}
    return {"type": "object", "required": _required(contracts.EMPLOYEES), "properties": properties}


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
