"""Tables and days in, one feature matrix out. The same call serves training, the nightly run and one posted person.

Missing sources are NaN columns. Everything but the team's columns depends on one person's own records alone, so people
can be computed in any company: alone, in a thousand, or partition by partition.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from features import engine, team
from features.blocks import Snapshots
from features.catalogue import catalogue, person_catalogue, team_catalogue
from features.company import Company
from features.days import Days
from features.engine import Progress, evaluate
from features.feature import Feature
from features.program import Output, Program, program
from features.spec import FeatureSpec

Matrix = NDArray[np.float32]
"""Features, one row a snapshot, one column a feature of the catalogue; NaN is null."""
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
    _fill_person(company, spec, snapshots, Output(matrix), progress)
    _fill_team(company, spec, snapshots, Output(matrix, first=len(person_catalogue(spec))))
    return matrix


def person_features(company: Company, spec: FeatureSpec, snapshots: Snapshots) -> Matrix:
    """The columns of `catalogue.person_catalogue`: those that need only each person's own records."""
    matrix = np.empty((len(snapshots), len(person_catalogue(spec))), np.float32)
    _fill_person(company, spec, snapshots, Output(matrix))
    return matrix


def dated_features(company: Company, spec: FeatureSpec, snapshots: Snapshots) -> tuple[Matrix, Dates]:
    """`person_features`, and the days their values date from, for those who say them in words."""
    steps = person_program(spec, engine.families(company))
    matrix = np.empty((len(snapshots), len(steps.columns)), np.float32)
    days = np.empty((len(steps.dated), len(snapshots)), np.int32)
    evaluate(company, spec, steps, snapshots, Output(matrix, days=days))
    return matrix, dict(zip(steps.dated, days, strict=True))


def team_features(company: Company, spec: FeatureSpec, snapshots: Snapshots) -> Matrix:
    """The columns of `catalogue.team_catalogue`: those that need the whole company."""
    matrix = np.empty((len(snapshots), len(team_catalogue(spec))), np.float32)
    _fill_team(company, spec, snapshots, Output(matrix))
    return matrix


def team_columns(spec: FeatureSpec) -> tuple[str, ...]:
    """Names of the team's columns, in order."""
    return tuple(feature.name for feature in team_catalogue(spec))


def _fill_person(
    company: Company, spec: FeatureSpec, snapshots: Snapshots, out: Output, progress: Progress | None = None
) -> None:
    evaluate(company, spec, person_program(spec, engine.families(company)), snapshots, out, progress)


def _fill_team(company: Company, spec: FeatureSpec, snapshots: Snapshots, out: Output) -> None:
    if len(snapshots):
        team.fill(company, spec, snapshots, _team_program(spec), out)


@lru_cache(maxsize=64)
def person_program(spec: FeatureSpec, families: tuple[str, ...]) -> Program:
    """What computes `catalogue.person_catalogue` where there are the tables of these families."""
    return _program(person_catalogue(spec), families)


@lru_cache(maxsize=32)
def _team_program(spec: FeatureSpec) -> Program:
    return _program(team_catalogue(spec), ("team",))


def _program(features: Sequence[Feature], families: tuple[str, ...]) -> Program:
    return program([(feature.family, feature.formula, feature.date) for feature in features], families)
