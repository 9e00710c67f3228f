"""What Schemathesis is told of this API, beside its OpenAPI document; `schemathesis` imports it by SCHEMATHESIS_HOOKS.

Its own checks hold, with two exceptions that JSON Schema cannot say. A blank text means "not given", whatever the
format. And rules between values (an exit before the hire, a day after tomorrow) are refused with 422 though each value
keeps its schema: `CONFIG` allows that status where a body is valid.
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, Response
from schemathesis.checks import negative_data_rejection

ROLE: Final = "FUZZED_ROLE"
"""The variable that names the role whose key is sent."""
COUNTS: Final = "FUZZED_COUNTS"
"""The variable that names the file for the counts: by operation, media type, mode and status, how many cases."""
CONFIG: Final = """
[checks]
negative_data_rejection.enabled = false
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429"]
[cache]
enabled = false
"""

_DAY: Final = st.dates().map(str)
_LINE: Final = st.one_of(
    st.text(max_size=20),
    st.fixed_dictionaries({"employee_id": st.text(min_size=1, max_size=5), "hire_date": _DAY}).map(json.dumps),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3).map(json.dumps),
)
_BODY: Final = st.lists(_LINE.map(lambda line: line.replace("\n", " ").encode("utf-8", "replace")), max_size=8)
schemathesis.openapi.media_type(
    "application/x-ndjson", _BODY.map(lambda lines: b"\n".join([b'{"as_of": "2026-09-15"}', *lines]))
)


@schemathesis.deserializer("application/x-ndjson")
def lines(_context: Any, response: Response) -> str:
    """An answer in lines is a text, of which each line is JSON."""
    text = response.content.decode()
    for line in text.splitlines():
        json.loads(line)
    return text


@schemathesis.check
def what_breaks_the_schema_is_refused(context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Schemathesis's own check, but for bodies with a blank text."""
    return None if _blank(case.body) else negative_data_rejection(context, response, case)


@schemathesis.check
def roles_are_kept(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """An operation that is not for this role answers that, whatever is sent; no answer is of an undeclared error."""
    operation = case.operation.definition.raw
    if "security" in operation or case.method.upper() != case.operation.method.upper():
        return
    if os.environ[ROLE] not in operation["x-roles"] and response.status_code not in {401, 403}:
        raise AssertionError(f"{case.operation.label} answered {response.status_code} to {os.environ[ROLE]}")


@schemathesis.check
class Counts:
    """Writes how many cases of each kind there were."""

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()

    def after_response(self, _context: CheckContext, response: Response, case: Case[Any]) -> None:
        """Count one."""
        mode = case.meta.generation.mode.value if case.meta else "none"
        self._found[f"{case.operation.label} {case.media_type or '-'} {mode} {response.status_code}"] += 1

    def after_run(self, _context: CheckContext) -> None:
        """Write them all."""
        Path(os.environ[COUNTS]).write_text(json.dumps(self._found), encoding="utf-8")


def _blank(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_blank, value.values()))
    if isinstance(value, list):
        return any(map(_blank, value))
    return isinstance(value, str) and not value.strip()
