"""What the compiled loops of `kernel` share: functions that are put in where they are called, and unsigned positions."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

_Function = TypeVar("_Function", bound=Callable[..., Any])

index: Any = np.uintp
"""A position as an unsigned number, which compiled code need not check for counting from the end."""


def inlined(function: _Function) -> _Function:
    """The function for use in compiled ones, put in where it is called: arrays are not handed over row by row."""
    return cast("_Function", numba.njit(cache=True, nogil=True, inline="always")(function))
