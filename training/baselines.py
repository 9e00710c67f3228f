"""What the model has to beat: the base rate, the hazard by tenure, and logistic regression for each horizon.

The first two are models like any other (`fit.fit` with a lower `most`). Logistic regression is what many would try
first: one a horizon, on every row old enough for that horizon to have closed, features imputed and standardised.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import presence
from features.company import VOLUNTARY, Company
from models.hazard import HORIZONS
from training.fit import LEAST_FOR_TREES, TENURE, Known

MOST_ROWS: Final = 20_000
"""Rows a logistic regression is fitted on; above, a seeded sample."""
PENALTY: Final = 0.01
"""Inverse strength of the ridge (scikit-learn's C) on standardised features; the best of 1, .1, .01 measured."""

Floats = NDArray[np.float64]


def logistic(company: Company, known: Known, matrix: NDArray[np.float32], seed: int) -> Floats:
    """Risks by logistic regression, one fit a horizon.

    Parameters
    ----------
    known
        What it learns from.
    matrix
        (n, columns) rows to score.

    Returns
    -------
    (n, 4); NaN for a horizon with fewer than 15 leavers among the rows old enough for it.
    """
    rows, tenure = known.rows, known.columns.index(TENURE)
    risks = np.full((len(matrix), len(HORIZONS)), np.nan)
    learned, asked = with_log(known.matrix, tenure), with_log(matrix, tenure)
    for place, horizon in enumerate(HORIZONS):
        old, left = labelled(company, known, horizon)
        kept = np.sort(np.random.default_rng(seed).permutation(len(old))[:MOST_ROWS])
        old, left = old[kept], left[kept]
        if enough(known, old, left):
            risks[:, place] = _fit_predict(learned[old], left, rows.weight[old], asked)
    return risks


def labelled(company: Company, known: Known, horizon: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The rows old enough for `horizon` days to have closed, and whether each one's person left by choice within them."""
    ended, rows = presence.exits(company, known.known_on), known.rows
    old = np.flatnonzero(rows.day + horizon <= rows.closed_by)
    day, kind = ended.day[rows.person[old]], ended.kind[rows.person[old]]
    return old, (kind == VOLUNTARY) & (day <= rows.day[old] + horizon)


def enough(known: Known, rows: NDArray[np.int64], left: NDArray[np.bool_]) -> bool:
    """Whether labelled rows hold `LEAST_FOR_TREES` leavers and somebody who stayed."""
    return len(np.unique(known.rows.person[rows][left])) >= LEAST_FOR_TREES and not left.all()


def with_log(matrix: NDArray[np.float32], column: int) -> NDArray[np.float32]:
    """One more column, the logarithm of days in the company: a straight line alone cannot say that risk fades."""
    return np.column_stack([matrix, np.log1p(matrix[:, column])])


def _fit_predict(
    rows: NDArray[np.float32], left: NDArray[np.bool_], weight: Floats, matrix: NDArray[np.float32]
) -> Floats:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(C=PENALTY, max_iter=1_000),
    )
    # Linear algebra this small is ten times slower on many threads than on one.
    with threadpool_limits(1):
        model.fit(rows.astype(np.float64), left, logisticregression__sample_weight=weight)
        return np.asarray(model.predict_proba(matrix.astype(np.float64))[:, 1])
