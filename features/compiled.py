"""Compilation of inner loops: every loop is compiled and kept in the same way.

What is compiled is kept on disk beside its module. Numba looks only at a function's own file to see whether that is
still good; here a function is also compiled anew when another compiled function, or a number, that its module takes from
elsewhere has changed. What was made from one state of the code has files of its own: a process that still runs
another state, as a server does while its code is renewed, never writes into them.
"""

import os
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from numba.core.runtime.nrt import rtsys

_Function = TypeVar("_Function", bound=Callable[..., Any])
STAMPS: Final[dict[int, object]] = {}
"""By compiled function: what it was made from, itself and whatever it calls."""


def compiled(function: _Function) -> _Function:
    """The function compiled on first use, without the interpreter's lock; dividing by zero is inf or NaN, as in NumPy."""
    return made(function)


def inlined(function: _Function) -> _Function:
    """The same for a few lines that stand in many loops: they are compiled as part of each, whatever its integers are."""
    return made(function, inline="always")


def made(function: _Function, **options: str | bool) -> _Function:
    """The same with more of Numba's options."""
    njit: Any = numba.njit
    made = njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    if not hasattr(made, "_cache"):  # NUMBA_DISABLE_JIT: plain Python, to step through
        return function
    _keep_apart(made, function)
    return cast("_Function", made)


def _keep_apart(made: Any, function: Callable[..., Any]) -> None:
    """Stamp what is kept with all it is made from, and name its files by that."""
    file = made._cache._cache_file  # noqa: SLF001 - the only place where numba keeps what an entry was made from
    made_from = repr((file._source_stamp, _taken(function)))  # noqa: SLF001
    stamp = STAMPS[id(made)] = blake2b(made_from.encode(), digest_size=8).hexdigest()
    name = f"{file._index_name.removesuffix('.nbi')}.{stamp}"  # noqa: SLF001
    made._cache.load_overload = partial(_kept, made._cache)  # noqa: SLF001
    vars(file).update(
        _source_stamp=stamp,
        _index_name=f"{name}.nbi",
        _index_path=os.path.join(file._cache_path, f"{name}.nbi"),  # noqa: PTH118, SLF001 - a text, as numba has it
        _data_name_pattern=f"{name}.{{number:d}}.nbc",
    )


def _kept(cache: Any, types: object, target: Any) -> Any:
    """What is kept on disk for arguments of these types, None where nothing is.

    Numba would first import all that it knows how to compile, which takes longer than to read what is kept. It does so
    anyway where it has to compile; to run, what is compiled needs no more than Numba's runtime. A file that a full disk or
    a power cut left in pieces is as good as none.
    """
    rtsys.initialize(target)
    try:
        return cache._load_overload(types, target)  # noqa: SLF001
    except Exception:  # noqa: BLE001 - what is left of a pickled object may come to any of them
        cache.flush()
        return None


def _taken(function: Callable[..., Any]) -> tuple[object, ...]:
    """The numbers, the kinds of items, the fields of tuples and the compiled functions' stamps in its module so far.

    What it calls may stand further down and take any of them.
    """
    return tuple(
        (name, STAMPS.get(id(value), getattr(value, "_fields", value)))
        for name, value in function.__globals__.items()
        if id(value) in STAMPS or isinstance(value, int | float | np.generic | np.dtype) or hasattr(value, "_fields")
    )
