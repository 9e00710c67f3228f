"""What a good data scientist would get in a week: three well-known learners on the same rows, features and cutoffs.

LightGBM with the settings of most tutorials and CatBoost make one classifier a horizon, from the rows old enough for it to
have closed. Cox regression with a ridge uses every row, censored where nothing is known yet. None is tuned to one company,
and none leaves out what ours sees. CatBoost and scikit-survival are the extra `bench`; where they are not installed,
`installed` does not name them.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features import presence
from features.company import VOLUNTARY, Company
from models.boosted import age_weight
from models.hazard import HORIZONS
from training.baselines import MOST_ROWS, enough, labelled, with_log
from training.fit import LEAST_FOR_TREES, TENURE, Known

LIGHTGBM, COX, CATBOOST = "lightgbm", "cox", "catboost"
ROUNDS: Final = 300
LEARNING_RATE: Final = 0.05
RIDGE: Final = 300.0
"""Penalty of the Cox regression on standardised features: the best of 10, 100, 300 and 1,000 measured over two data sets.
Validation over people would choose less, and do worse out of time."""
_NEEDS: Final = {LIGHTGBM: "lightgbm", COX: "sksurv", CATBOOST: "catboost"}

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Classifier = Callable[[Matrix, NDArray[np.bool_], Floats, Matrix, int], Floats]


def installed() -> tuple[str, ...]:
    """Names of the peers that can run here."""
    return tuple(name for name, module in _NEEDS.items() if find_spec(module))


def lightgbm(company: Company, known: Known, matrix: Matrix, seed: int) -> Floats:
    """Risks by LightGBM with common settings (300 rounds of .05, 31 leaves), one fit a horizon.

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
    return _by_horizon(company, known, matrix, seed, _lightgbm)


def catboost(company: Company, known: Known, matrix: Matrix, seed: int) -> Floats:
    """Risks by CatBoost (300 rounds of .05, depth 6), one fit a horizon; parameters and answer as in `lightgbm`."""
    return _by_horizon(company, known, matrix, seed, _catboost)


def cox(company: Company, known: Known, matrix: Matrix, seed: int) -> Floats:
    """Risks by ridge Cox regression of the time from a row's day to the voluntary exit, censored at what is not known.

    Parameters as in `lightgbm`. A horizon longer than the longest time observed gets the mean hazard until then.

    Returns
    -------
    (n, 4); NaN throughout with fewer than 15 leavers.
    """
    rows, tenure = known.rows, known.columns.index(TENURE)
    ended = presence.exits(company, known.known_on)
    gone = np.minimum(ended.day[rows.person], rows.closed_by + 1)
    time = np.minimum(gone, rows.closed_by) - rows.day
    left = (ended.kind[rows.person] == VOLUNTARY) & (gone <= rows.closed_by)
    usable = np.sort(np.random.default_rng(seed).permutation(np.flatnonzero(time > 0))[:MOST_ROWS])
    if len(np.unique(rows.person[usable][left[usable]])) < LEAST_FOR_TREES:
        return np.full((len(matrix), len(HORIZONS)), np.nan)
    learned, asked = with_log(known.matrix[usable], tenure), with_log(matrix, tenure)
    return _cox(learned, left[usable], time[usable].astype(np.float64), asked)


PEERS: Final[dict[str, Callable[[Company, Known, Matrix, int], Floats]]] = {
    LIGHTGBM: lightgbm,
    COX: cox,
    CATBOOST: catboost,
}
"""By name, as `installed` names them."""


def _by_horizon(company: Company, known: Known, matrix: Matrix, seed: int, classify: Classifier) -> Floats:
    risks = np.full((len(matrix), len(HORIZONS)), np.nan)
    # What sampling took away is weighted up again; that recent rows count more is not common practice.
    weight = known.rows.weight / age_weight(known.known_on - known.rows.day)
    for place, horizon in enumerate(HORIZONS):
        old, left = labelled(company, known, horizon)
        if enough(known, old, left):
            risks[:, place] = classify(known.matrix[old], left, weight[old], matrix, seed)
    return risks


def _lightgbm(rows: Matrix, left: NDArray[np.bool_], weight: Floats, matrix: Matrix, seed: int) -> Floats:
    params: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": LEARNING_RATE,
        "num_leaves": 31,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lgb.Dataset(rows, label=left.astype(np.float32), weight=weight, params=params)
    return np.asarray(lgb.train(params, data, num_boost_round=ROUNDS).predict(matrix, num_threads=1))


def _catboost(rows: Matrix, left: NDArray[np.bool_], weight: Floats, matrix: Matrix, seed: int) -> Floats:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(
        iterations=ROUNDS,
        learning_rate=LEARNING_RATE,
        depth=6,
        random_seed=seed,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
    )
    model.fit(rows, left.astype(np.int8), sample_weight=weight)
    return np.asarray(model.predict_proba(matrix, thread_count=1)[:, 1], dtype=np.float64)


def _cox(rows: Matrix, left: NDArray[np.bool_], time: Floats, matrix: Matrix) -> Floats:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    prepare = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    # Linear algebra this small is ten times slower on many threads than on one.
    with threadpool_limits(1):
        learned = prepare.fit_transform(rows.astype(np.float64))
        model = CoxPHSurvivalAnalysis(alpha=RIDGE).fit(learned, Surv.from_arrays(left, time))
        ratio = np.exp(model.predict(prepare.transform(matrix.astype(np.float64))))
    base = model.cum_baseline_hazard_
    reach = np.minimum(HORIZONS, base.x[-1])
    return np.asarray(1.0 - np.exp(-ratio[:, None] * base(reach) * np.array(HORIZONS) / reach))
