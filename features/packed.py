"""Many arrays in one memory, for compiled code that is called for a few microseconds of work.

Numba takes some 70 ns to take over each array that it is handed from Python, and a few to look at a part of one. So what a
loop reads of thirty arrays is handed over as one.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import inlined

_LINE: Final = 64
"""Bytes that the processor fetches from memory at once: every array begins where they do."""


class Packed(NamedTuple):
    """Arrays one behind the other."""

    memory: NDArray[np.uint8]
    places: NDArray[np.int64]
    """(arrays, 3) the bytes at which each begins and ends, and the length of its last axis."""


def packed(arrays: Sequence[NDArray[Any]]) -> Packed:
    """The contents of arrays of one or two axes, copied."""
    ends = np.cumsum([0, *(-(-array.nbytes // _LINE) * _LINE for array in arrays)])
    room = np.zeros(int(ends[-1]) + _LINE, np.uint8)
    memory = room[-room.ctypes.data % _LINE :][: ends[-1]]
    places = np.empty((len(arrays), 3), np.int64)
    for array, start, place in zip(arrays, ends.tolist(), places, strict=False):
        place[:] = start, start + array.nbytes, array.shape[-1]
        memory[start : start + array.nbytes] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return Packed(memory, places)


@inlined
def unpacked(of: Packed, number: int, dtype: Any) -> Any:
    """One of the arrays, of one axis."""
    return of.memory[of.places[number, 0] : of.places[number, 1]].view(dtype)


@inlined
def unpacked_rows(of: Packed, number: int, dtype: Any) -> Any:
    """One of the arrays, of two axes; of an empty one the first has none."""
    return unpacked(of, number, dtype).reshape(-1, max(1, of.places[number, 2]))
