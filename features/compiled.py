"""Compilation of inner loops: one decorator, so that every loop is compiled the same way."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """The function compiled on first use, kept on disk beside its module, without the interpreter's lock."""
    return cast("_Function", numba.njit(cache=True, nogil=True)(function))
