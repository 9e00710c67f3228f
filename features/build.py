"""Tables and days in, one feature matrix out. The same call serves training, the nightly run and one posted person.

Missing sources are NaN columns. Everything but the team's columns depends on one person's own records alone, so people
can be computed in any company: alone, in a thousand, or partition by partition.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features import career, checkins, comments, signals, surveys, team, tickets
from features.blocks import Snapshots, blocks
from features.catalogue import catalogue, person_catalogue, team_catalogue
from features.company import Company, partition
from features.days import NEVER, Days
from features.feature import Feature
from features.grid import Block
from features.spec import FeatureSpec
from features.streams import Leaves, leaves

Matrix = NDArray[np.float32]
"""Features, one row a snapshot, one column a feature of the catalogue; NaN is null."""
Progress = Callable[[int], None]
"""Called with the number of rows that were just finished."""
Dates = Mapping[int, Days]
"""By column: the day each row's value dates from, NEVER for none; columns of no day are absent."""


def build(company: Company, spec: FeatureSpec, snapshots: Snapshots, progress: Progress | None = None) -> Matrix:
    """All features of the snapshots.

    Parameters
    ----------
    company
        The whole company, its comments read (`sentiment.valued`): the team's columns look at everybody.
    spec
        Which open-named columns there are.
    snapshots
        The rows to compute.
    progress
        Called after each block of rows.

    Returns
    -------
    Matrix
        Shape (len(snapshots), len(catalogue(spec))), float32, NaN for null.
    """
    matrix = np.empty((len(snapshots), len(catalogue(spec))), np.float32)
    split = len(person_catalogue(spec))
    _fill_person(company, spec, snapshots, matrix[:, :split], progress)
    _fill_team(company, spec, snapshots, matrix[:, split:])
    return matrix


def person_features(company: Company, spec: FeatureSpec, snapshots: Snapshots) -> Matrix:
    """The columns of `catalogue.person_catalogue`: those that need only each person's own records."""
    matrix = np.empty((len(snapshots), len(person_catalogue(spec))), np.float32)
    _fill_person(company, spec, snapshots, matrix, None)
    return matrix


def dated_features(company: Company, spec: FeatureSpec, snapshots: Snapshots) -> tuple[Matrix, Dates]:
    """`person_features`, and the days their values date from, for those who say them in words."""
    matrix = np.empty((len(snapshots), len(person_catalogue(spec))), np.float32)
    dated = [column for column, feature in enumerate(person_catalogue(spec)) if feature.date is not None]
    dates = {column: np.full(len(snapshots), NEVER, np.int32) for column in dated}
    _fill_person(company, spec, snapshots, matrix, None, dates)
    return matrix, dates


def team_features(company: Company, spec: FeatureSpec, snapshots: Snapshots) -> Matrix:
    """The columns of `catalogue.team_catalogue`: those that need the whole company."""
    matrix = np.empty((len(snapshots), len(team_catalogue(spec))), np.float32)
    _fill_team(company, spec, snapshots, matrix)
    return matrix


def team_columns(spec: FeatureSpec) -> tuple[str, ...]:
    """Names of the team's columns, in order."""
    return tuple(feature.name for feature in team_catalogue(spec))


def _fill_person(
    company: Company,
    spec: FeatureSpec,
    snapshots: Snapshots,
    matrix: Matrix,
    progress: Progress | None,
    dates: Dates | None = None,
) -> None:
    away = leaves(company.absences, len(company.people))
    columns = _columns(spec)
    for place, block in blocks(snapshots, away):
        values = np.full((matrix.shape[1], len(place)), np.nan, np.float32)
        for family, found in _accumulated(partition(company, block.low, block.high), spec, away, block):
            for column, feature in columns[family]:
                values[column] = feature.formula(found)
                if dates is not None and feature.date is not None:
                    dates[column][place] = np.nan_to_num(feature.date(found), nan=NEVER)
        matrix[place] = values.T
        if progress is not None:
            progress(len(place))


@lru_cache(maxsize=32)
def _columns(spec: FeatureSpec) -> dict[str, list[tuple[int, Feature]]]:
    """Each family's columns and their places."""
    columns = defaultdict(list)
    for column, feature in enumerate(person_catalogue(spec)):
        columns[feature.family].append((column, feature))
    return columns


def _fill_team(company: Company, spec: FeatureSpec, snapshots: Snapshots, matrix: Matrix) -> None:
    if len(snapshots):
        for rows, place, found in team.accumulate(company, spec, snapshots):
            for column, feature in enumerate(team_catalogue(spec)):
                matrix[rows, column] = feature.formula(found)[place]


def _accumulated(company: Company, spec: FeatureSpec, away: Leaves, block: Block) -> Iterator[tuple[str, Any]]:
    """Each family whose source is there, with its accumulators on a block; `company` is the block's partition."""
    yield "career", career.accumulate(company, block)
    if company.surveys is not None:
        yield "surveys", surveys.accumulate(surveys.streams(company, company.surveys, spec, away), block)
    if company.tones is not None:
        yield "comments", comments.accumulate(comments.streams(company.tones), block)
    if company.tickets is not None:
        yield "tickets", tickets.accumulate(tickets.streams(company, company.tickets, spec), block)
    if company.checkins is not None:
        planned = checkins.streams(company.checkins, away)
        yield "checkins", checkins.accumulate(company, planned, spec.cadence, block)
    if company.signals is not None:
        yield "signals", signals.accumulate(signals.streams(company, company.signals, spec), block)
