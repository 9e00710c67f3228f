"""`python -m service.compiled` compiles every loop that scoring needs, so that no server's first start has to.

What is compiled is kept on disk beside its module (or where `NUMBA_CACHE_DIR` says) and read from there in a moment. It is
good for one kind of processor: elsewhere it is compiled anew.
"""

import datetime as dt
import sys
import time
from typing import Final

import msgspec
import numpy as np

from features import build, catalogue, checkins, posted, presence
from features.blocks import Snapshots
from features.days import to_day
from features.facts import Asked
from features.newest import newest_facts
from features.posted import Limits, Part
from features.spec import FeatureSpec
from models import table
from models.additive import additive
from models.linear import Linear, Term
from models.telling import Background, Teller
from service import scoring
from service.api import examples
from service.lists import expected

_DAY: Final = to_day(dt.date.fromisoformat(examples.REQUEST["as_of"]))
_SPEC: Final = FeatureSpec(drivers=("workload",), categories=("payroll",), signals=("learning",))


def main() -> None:
    """Score the documentation's example with a model of the base rate, and read it as a stream."""
    began = time.perf_counter()
    for request in (examples.REQUEST, examples.WITHOUT_COMMENTS):
        for part in posted.read(msgspec.json.encode(request), _DAY, (), Limits()).parts:
            part.people.facts(Asked(_DAY, _SPEC, None), slice(0, None))
            _score(part)
    print(f"compiled in {time.perf_counter() - began:.0f} s", file=sys.stderr)  # noqa: T201 - a program of its own


def _score(part: Part) -> None:
    persons = np.asarray(part.persons, dtype=np.int32)
    presence.no_score(part.company, persons, _DAY)
    scoring.places(part.company, persons, _DAY)
    rows, dates = build.dated_features(part.company, _SPEC, Snapshots(persons, np.full(len(persons), _DAY, np.int32)))
    features = catalogue.catalogue(_SPEC)
    rows = np.hstack([rows, np.full((len(rows), len(features) - rows.shape[1]), np.nan, np.float32)])
    columns = tuple(feature.name for feature in features)
    ones = (1.0, 1.0, 1.0, 1.0)
    line = Linear((-3.0, -3.0, -3.0, -3.0), (Term(columns[0], True, 0.0, 9.0, ones, ones, ones),))
    text = table.text([[-3.0] * 4, [-4.0] * 4], [[1] * 4, [1] * 4], [365.0], 0, len(columns) + 1)
    model = additive(text, line, columns)
    model.risks(rows)
    _, values, _ = model.explained(rows, 2)
    Teller(features).tell(rows, values, 5, Background((), dates))
    newest_facts(part.company, _DAY)
    checkins.next_of(rows, np.arange(3))
    expected.expected(np.array([0.1]), 0.3)


if __name__ == "__main__":
    main()
