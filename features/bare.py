"""Compilation of functions that only read and write arrays they are given: nothing is allocated, nothing counted.

Numba counts references at every call that is handed an array, which in small functions costs more than their work.
Without its runtime they are not counted; such a function cannot make an array, and the caller keeps all of them alive.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from features.compiled import made

_Function = TypeVar("_Function", bound=Callable[..., Any])


def bare(function: _Function) -> _Function:
    """The function compiled as by `compiled`, without counting."""
    return made(function, _nrt=False)


def inlined(function: _Function) -> _Function:
    """The same, put into the functions that call it: for the small steps of a loop."""
    return made(function, _nrt=False, forceinline=True)
