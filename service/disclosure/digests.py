"""Digests of who is in a group, by which it can be told later how many came and went, and nothing else.

A person is a number: a keyed hash of the id. A group's digest is the sums of the first powers of its members' numbers,
modulo a prime. Of two digests the differences d0, d1, ... d8 are sums over those who came less sums over those who went,
and the matrix with d(i + j) in row i and column j has as many independent rows as people came or went, up to five. So its
determinant is 0 whenever fewer than five did, and by chance alone (some 1 in 10^8) when more did, which only errs on the
careful side.

Digests add up: the digest of a unit is the sum of its parts'. Whoever has the digest and the key can test a guess at a whole
group, as with a tombstone; nobody can read a member from it.

Source: Minsky, Trachtenberg, Zippel, "Set reconciliation with nearly optimal communication complexity", IEEE Transactions
on Information Theory 49 (2003), for sets compared by polynomials; Hankel matrices have the rank of the number of atoms by
Kronecker's theorem.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from service.disclosure.tree import FEWEST

PRIME: Final = 2**31 - 1
POWERS: Final = 2 * FEWEST - 1
"""Numbers of a digest."""
_STORED: Final = np.dtype("<u4")

Digests = NDArray[np.int64]
"""Shape (groups, POWERS)."""
Change = Literal["none", "few", "enough"]


def members(employee_ids: Sequence[str], key: bytes) -> Digests:
    """What each person adds to the digest of a group."""
    hashed = b"".join(
        hashlib.blake2b(one.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest() for one in employee_ids
    )
    numbers = (np.frombuffer(hashed, np.dtype("<u8")) % PRIME).astype(np.int64)
    powers = np.ones((len(numbers), POWERS), np.int64)
    for power in range(1, POWERS):
        powers[:, power] = powers[:, power - 1] * numbers % PRIME
    return powers


def packed(digest: Digests) -> bytes:
    """A group's digest as it is stored."""
    return (digest % PRIME).astype(_STORED).tobytes()


def change(then: bytes, now: bytes) -> Change:
    """Whether nobody, fewer than `FEWEST` or more came and went between two digests."""
    if then == now:
        return "none"
    difference = [
        int(one) - int(other)
        for one, other in zip(np.frombuffer(now, _STORED), np.frombuffer(then, _STORED), strict=True)
    ]
    return "enough" if _regular([difference[row : row + FEWEST] for row in range(FEWEST)]) else "few"


def _regular(rows: list[list[int]]) -> bool:
    """Whether the rows are independent modulo the prime."""
    for column in range(len(rows)):
        pivot = next((row for row in range(column, len(rows)) if rows[row][column] % PRIME), None)
        if pivot is None:
            return False
        rows[column], rows[pivot] = rows[pivot], rows[column]
        inverse = pow(rows[column][column], -1, PRIME)
        for row in range(column + 1, len(rows)):
            factor = rows[row][column] * inverse % PRIME
            rows[row] = [(one - factor * top) % PRIME for one, top in zip(rows[row], rows[column], strict=True)]
    return True
