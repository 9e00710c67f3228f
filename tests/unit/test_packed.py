"""Arrays in one memory, as compiled code gets them back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled
from features.packed import Packed, packed, unpacked, unpacked_rows

ITEM = np.dtype([("a", np.int32), ("b", np.float64)])


@compiled
def read(memory: NDArray[np.uint8], places: NDArray[np.int64]) -> Any:
    """All five arrays, as they come out."""
    of = Packed(memory, places)
    flags, rows, none = unpacked(of, 0, np.bool_), unpacked_rows(of, 1, np.float64), unpacked(of, 2, np.int64)
    return flags, rows, none, unpacked(of, 3, ITEM), unpacked_rows(of, 4, np.float64)


def test_every_array_comes_out_as_it_went_in() -> None:
    """Of any kind of items, of one axis or two, transposed, and empty; each begins where a cache line does."""
    flags, none = np.array([True, False, True]), np.empty(0, np.int64)
    rows = np.array([[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])
    items = np.array([(7, 0.5), (8, np.inf)], ITEM)
    of = packed([flags, rows, none, items, np.empty((0, 3))])
    found = read(*of)
    assert found[0].tolist() == [True, False, True]
    assert found[1].tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    assert found[2].tolist() == []
    assert found[3].tolist() == [(7, 0.5), (8, np.inf)]
    assert found[4].shape == (0, 3)
    assert [(of.memory.ctypes.data + start) % 64 for start in of.places[:, 0].tolist()] == [0] * 5
    assert read(*packed([flags, rows, none, items, np.empty((2, 0))]))[4].shape == (0, 1)
    assert read(*packed([flags, rows.T, none, items, rows]))[1].tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
