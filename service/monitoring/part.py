"""What is watched of every run, worked out before it is published and written with it, where it may be told anew (`kept`).

Everybody who was scored, and was not erased, counts for what is expected of the run. Columns and scores are compared for a random `SAMPLE` of
them: of more people no difference that matters would show better. Their rows are built once more, which takes less than
keeping everybody's would; the team's values are those that the run scored with.
"""

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from features import build
from features.blocks import Snapshots
from models.hazard import HORIZONS
from models.reference import Reference
from service.lists.expected import spread
from service.monitoring import kept
from service.monitoring.drift import Counted, counted, drift
from service.monitoring.expected import FEWEST, estimates
from service.store import tombstones
from service.store.runs import Write

if TYPE_CHECKING:  # what is published with a run names its parts
    from service.alongside import Seen

SAMPLE: Final = 3_000

Places = NDArray[np.int64]


def monitored(seen: "Seen") -> Write:
    """What monitoring keeps of a run; nothing of a retrospective one, whose people the model has learned from."""
    if seen.head.retrospective:
        return _nothing
    there = ~tombstones.erased(seen.store, seen.rows.employee_id)
    here = np.flatnonzero(there & np.asarray([code is None for code in seen.rows.no_score], dtype=np.bool_))
    seed = zlib.crc32(repr(seen.head.identity).encode())
    manifest = seen.serving.model.manifest
    spreads = [spread(manifest.evidence, manifest.mode, horizon) for horizon in HORIZONS]
    expected = estimates(seen.rows.risks[here], spreads, seed)
    counts = None
    if manifest.reference is not None and len(here) >= FEWEST:
        counts = _counted(seen, manifest.reference, _sample(here, seed))
    found = None
    if counts is not None and manifest.reference is not None:
        found = drift(manifest.reference, seen.serving.model.features, counts, len(here))

    def write(connection: Connection, run: int) -> None:
        if not kept.anew(connection, run):
            return
        if counts is not None and found is not None:
            kept.write_drift(connection, run, counts, found)
        kept.write_estimates(connection, seen.head, expected)

    return write


def _sample(here: Places, seed: int) -> Places:
    if len(here) <= SAMPLE:
        return here
    return np.sort(np.random.default_rng(seed).choice(here, size=SAMPLE, replace=False))


def _counted(seen: "Seen", reference: Reference, places: Places) -> Counted:
    """The people at these places of the run in the reference's bins."""
    model = seen.serving.model
    persons = seen.persons[places]
    own = build.person_features(
        seen.data.company, model.spec, Snapshots(persons, np.full(len(persons), seen.day, dtype=np.int32))
    )
    packed = b"".join(seen.rows.team_values[place] or b"" for place in places.tolist())
    team = np.frombuffer(packed, dtype="<f4").reshape(len(places), -1)
    rows = np.hstack([own, team]).astype(np.float32)
    return counted(reference, model.features, rows, model.score.margins(rows))


def _nothing(_connection: Connection, _run: int) -> None:
    """Write nothing."""
