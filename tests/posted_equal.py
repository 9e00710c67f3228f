"""Whether the fast reader of posted people and the exact one agree: to the last bit, names and order included."""

from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np

from features import posted_exact, posted_together
from features.faults import FaultsError, MalformedError
from features.posted_body import Body
from features.posted_types import Limits, Part, Posted
from features.settings import OFFBOARDING

LEAVING: Final = tuple(OFFBOARDING)


def read_alike(body: bytes, today: int, limits: Limits | None = None) -> Posted | None:
    """What the fast reader gives, after a look whether the exact one gives the same; None where it declines.

    Raises
    ------
    AssertionError
        They differ, or only the exact one refuses the body.
    """
    limits = limits or Limits()
    found = posted_together.read(Body.of(body), today, LEAVING, limits)
    if found is None:
        return None
    try:
        expected = posted_exact.read(body, today, LEAVING, limits)
    except (FaultsError, MalformedError) as error:
        raise AssertionError(f"read, although the exact reader refuses it: {error}") from error
    assert_same(found, expected)
    return found


def assert_same(found: Any, expected: Any, where: str = "posted") -> None:
    """The same values of the same types throughout; arrays equal in bytes, shape and layout."""
    assert type(found) is type(expected), where
    if isinstance(expected, Part):
        for name in ("company", "entries", "persons"):
            assert_same(getattr(found, name), getattr(expected, name), f"{where}.{name}")
    elif is_dataclass(expected):
        for field in fields(expected):
            assert_same(getattr(found, field.name), getattr(expected, field.name), f"{where}.{field.name}")
    elif isinstance(expected, np.ndarray):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape), where
        assert found.flags.c_contiguous == expected.flags.c_contiguous, where
        assert found.tobytes() == expected.tobytes(), where
    elif isinstance(expected, tuple):
        assert len(found) == len(expected), where
        for place, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, f"{where}[{place}]")
    else:
        assert found == expected, where
