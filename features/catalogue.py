"""The catalogue: every column of the feature matrix, in order. Names, words, schema and digest derive from it."""

import hashlib
import json
from collections import Counter
from functools import lru_cache
from typing import Final

from features import career, checkins, comments, signals, surveys, team, tickets
from features.feature import Feature
from features.spec import FeatureSpec

FORMULAS: Final = 2
"""Raised by one whenever a formula changes its meaning, so that a model never meets columns it was not fitted on."""


@lru_cache(maxsize=32)
def catalogue(spec: FeatureSpec) -> tuple[Feature, ...]:
    """All features of a spec, family by family; the team's come last."""
    return person_catalogue(spec) + team_catalogue(spec)


@lru_cache(maxsize=32)
def person_catalogue(spec: FeatureSpec) -> tuple[Feature, ...]:
    """The features that need nothing but one person's own records."""
    return (
        career.FEATURES
        + surveys.FEATURES
        + surveys.driver_features(spec.drivers)
        + comments.FEATURES
        + tickets.FEATURES
        + tickets.category_features(spec.categories)
        + checkins.FEATURES
        + checkins.cadence_features(spec.cadence)
        + signals.signal_features(spec.signals)
    )


@lru_cache(maxsize=32)
def team_catalogue(spec: FeatureSpec) -> tuple[Feature, ...]:
    """The features that need everybody's records."""
    return team.FEATURES + team.team_signal_features(spec.team_signals)


def digest(spec: FeatureSpec) -> str:
    """SHA-256 over names, units and order of the columns, the norms, and the version of the formulas."""
    columns = [(feature.name, feature.unit) for feature in catalogue(spec)]
    text = json.dumps([FORMULAS, spec.cadence, columns], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def families(spec: FeatureSpec) -> dict[str, int]:
    """Number of columns in each family."""
    return dict(Counter(feature.family for feature in catalogue(spec)))
