"""Compilation of functions that only read and write arrays they are given: nothing is allocated, nothing counted.

Numba counts references at every call that is handed an array, which in small functions costs more than their work.
Without its runtime they are not counted; such a function cannot make an array, and the caller keeps all of them alive.

What is compiled holds copies of functions and constants of other modules, but Numba's cache on disk only looks at the
module itself. Here an entry of the cache is good as long as no module that is compiled this way has changed.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba

from features.compiled import STAMPS

_Function = TypeVar("_Function", bound=Callable[..., Any])


def bare(function: _Function) -> _Function:
    """The function compiled on first use, kept on disk beside its module, without the interpreter's lock.

    Dividing by zero is inf or NaN, as in NumPy.
    """
    return _compiled(function, forceinline=False)


def inlined(function: _Function) -> _Function:
    """The same, put into the functions that call it: for the small steps of a loop."""
    return _compiled(function, forceinline=True)


def _compiled(function: _Function, **options: bool) -> _Function:
    found: Any = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False, **options)(function)  # type: ignore[call-overload]
    if hasattr(found, "_cache"):
        found._cache._cache_file._source_stamp = STAMPS[id(found)] = _SOURCES  # noqa: SLF001  # Numba has no door for it
    return cast("_Function", found)


def _digest() -> str:
    """Of all modules of this folder that are compiled this way."""
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if b"features.bare" in (source := path.read_bytes()):
            found.update(source)
    return found.hexdigest()


_SOURCES: Final = _digest()
