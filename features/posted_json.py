"""The bytes of a request body as JSON values, or a refusal: one reading of a text, the strict one.

RFC 8259 leaves open what a key given twice, a number too large or half a surrogate pair means; two readers may then see
two different requests. All of these are refused here, as is nesting deeper than any request of ours.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from features import contracts, denied
from features.faults import MalformedError

TABLES: Final = ("job_history", "surveys", "tickets", "checkins", "signals", "absences", "objections")
"""The tables that a posted person may carry, each a list of rows without `employee_id`."""

TOP: Final = frozenset({"as_of", "employees"})
PERSON: Final = frozenset({*(column.name for column in contracts.EMPLOYEES.columns), *TABLES})
_KNOWN: Final = TOP | PERSON | {column.name for table in contracts.TABLES for column in table.columns}


@dataclass(frozen=True)
class Read:
    """A body's value, and how many denied columns stand in it."""

    value: Any
    denied_columns: int


def read(body: bytes) -> Read:
    """The JSON value of `body`.

    Raises
    ------
    MalformedError
        Not UTF-8, not JSON, a key twice in an object, NaN, infinity, a number beyond a double, a lone surrogate, or
        nesting too deep. The message says which, never where in which text.
    """
    objects = _Objects()
    try:
        value = msgspec.json.decode(body)
        json.loads(body, object_pairs_hook=objects.one)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedError(
            "The body is not JSON that can be read: check its syntax, that it is UTF-8, and that it holds no NaN, "
            "infinity, number beyond a double or lone surrogate."
        ) from None
    except (RecursionError, ValueError):
        raise MalformedError("The body nests too deep, or holds a number that is too long.") from None
    return Read(value, objects.denied_columns)


class _Objects:
    """Looks at the keys of every object of a body once."""

    def __init__(self) -> None:
        self.denied_columns = 0

    def one(self, pairs: list[tuple[str, Any]]) -> None:
        """Refuse an object that names a key twice; count the denied ones."""
        keys = {key for key, _ in pairs}
        if len(keys) != len(pairs):
            raise MalformedError("An object in the body names the same key twice.")
        if not keys <= _KNOWN:
            self.denied_columns += sum(denied.denied_name(key) for key in keys - _KNOWN)
