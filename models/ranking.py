"""How well risks rank people, under many weightings of the same rows at once.

Rows are sorted once and put into buckets: each distinct risk that somebody who left had, and the stretches of stayers
between. All that ranking can say follows from the weight of leavers and of all in each bucket, so that 200 bootstrap
draws cost little more than one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Ranked:
    """Buckets of rising risk, (buckets, draws) each; within a bucket everybody is as likely to come first."""

    leaving: Floats
    """Weight of those who left."""
    total: Floats
    """Weight of all."""

    @classmethod
    def of(cls, left: Flags, risk: Floats, weight: NDArray[np.floating]) -> "Ranked":
        """Put rows into buckets.

        Parameters
        ----------
        left, risk
            (n,) who left, and the risk of each.
        weight
            (n, draws) at least 0: how often each row counts in each draw. Whole numbers in float32 are added exactly.
        """
        if not len(left):
            return cls(np.zeros((0, weight.shape[1])), np.zeros((0, weight.shape[1])))
        order = np.argsort(risk, kind="stable")
        ranked, gone = risk[order], left[order]
        first = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
        after = np.append(first[1:], len(ranked))
        some = np.add.reduceat(gone, first, dtype=np.int64) > 0
        starts = np.unique(np.concatenate([[0], first[some], after[some & (after < len(ranked))]]))
        total = np.add.reduceat(weight[order], starts, axis=0).astype(np.float64)
        leaving = np.zeros_like(total)
        if some.any():
            place, begins = np.unique(np.searchsorted(starts, np.flatnonzero(gone), side="right"), return_index=True)
            leaving[place - 1] = np.add.reduceat(weight[order[gone]], begins, axis=0)
        return cls(leaving, total)

    def auc(self) -> Floats:
        """(draws,) chance that a leaver had a higher risk than a stayer; NaN unless both are there."""
        staying = self.total - self.leaving
        below = np.cumsum(staying, axis=0) - staying
        pairs = self.leaving.sum(axis=0) * staying.sum(axis=0)
        return _over((self.leaving * (below + staying / 2)).sum(axis=0), pairs)

    def average_precision(self) -> Floats:
        """(draws,) mean share of leavers above each leaver, tied rows taken together; NaN where nobody left."""
        leaving = self.leaving[::-1]
        found, seen = np.cumsum(leaving, axis=0), np.cumsum(self.total[::-1], axis=0)
        above = (leaving * found / np.where(seen > 0, seen, 1.0)).sum(axis=0)
        return _over(above, self.leaving.sum(axis=0))

    def found(self, length: float) -> Floats:
        """(draws,) leavers to be expected among the `length` highest risks, chance deciding within a bucket."""
        total = self.total[::-1]
        before = np.cumsum(total, axis=0) - total
        share = np.clip((length - before) / np.where(total > 0, total, 1.0), 0.0, 1.0)
        return np.asarray((self.leaving[::-1] * share).sum(axis=0))


def _over(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))
