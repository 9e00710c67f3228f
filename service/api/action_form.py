"""The body of an action: a few fields of fixed words and days, and no place for free text."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from features.days import to_day
from features.faults import Fault, FaultsError, MalformedError
from service import moments

AHEAD_DAYS: Final = 730
"""A follow-up lies at most so far ahead."""


@dataclass
class Form:
    """The fields of a body, each read once; what is wrong with any is collected."""

    fields: Mapping[str, Any]
    today: int
    faults: list[Fault]

    @classmethod
    def of(cls, body: bytes, today: int, known: tuple[str, ...]) -> "Form":
        """The form of a body.

        Raises
        ------
        MalformedError
            It is not JSON, or names a field twice.
        FaultsError
            It is no object.
        """
        try:
            found = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise MalformedError("The body is not JSON that can be read, or names a field twice.") from None
        if not isinstance(found, dict):
            raise FaultsError([Fault("", "not an object")])
        strange = [Fault("", "unknown field", f"Known are: {', '.join(known)}.")] if set(found) - set(known) else []
        return cls(found, today, strange)

    def wrong(self, name: str, rule: str) -> None:
        """Note that a field breaks a rule."""
        self.faults.append(Fault(f"/{name}", rule))

    def one_of(self, name: str, values: tuple[str, ...], default: str | None) -> str | None:
        """One of some words; `default` where it is not given."""
        if name not in self.fields:
            return default
        value = self.fields[name]
        if isinstance(value, str) and value in values:
            return value
        self.wrong(name, f"none of {', '.join(values)}")
        return None

    def moment(self, name: str) -> str:
        """A time that is not after tomorrow, in UTC."""
        value = self.fields[name]
        found = _moment(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(name, "not a day or a time (RFC 3339)")
            return ""
        if found.timestamp() // 86_400 > self.today + 1:
            self.wrong(name, "after tomorrow")
        return moments.text(found)

    def day(self, name: str) -> str | None:
        """A day ahead or past, None where none is given or it is taken away."""
        value = self.fields.get(name)
        if value is None:
            return None
        try:
            found = dt.date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or str(found) != value:
            self.wrong(name, "not a day (YYYY-MM-DD)")
            return None
        if to_day(found) > self.today + AHEAD_DAYS:
            self.wrong(name, f"more than {AHEAD_DAYS} days ahead")
        return str(found)

    def done(self) -> None:
        """Raise `FaultsError` where anything was wrong."""
        if self.faults:
            raise FaultsError(self.faults)


def _moment(text: str) -> dt.datetime | None:
    """A time in UTC."""
    try:
        found = dt.datetime.fromisoformat(text)
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(_name: str) -> None:
    raise ValueError
