"""Compilation of functions that only read and write arrays they are given: nothing is allocated, nothing counted.

Numba counts references at every call that is handed an array, which in small functions costs more than their work.
Without its runtime they are not counted; such a function cannot make an array, and the caller keeps all of them alive.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])
_OPTIONS: Final[dict[str, Any]] = {"cache": True, "nogil": True, "_nrt": False}


def bare(function: _Function) -> _Function:
    """The function compiled on first use, kept on disk beside its module, without the interpreter's lock."""
    return cast("_Function", numba.njit(**_OPTIONS)(function))


def inlined(function: _Function) -> _Function:
    """The same, put into the functions that call it: for the small steps of a loop."""
    return cast("_Function", numba.njit(forceinline=True, **_OPTIONS)(function))
