"""The people of a night in columns: what scoring says of each of them, one by one."""

import msgspec
import numpy as np
import pytest

from features import build, checkins, presence
from features.blocks import Snapshots
from features.facts import missing_sources
from features.sentiment import valued
from models import telling
from models.bands import NAMES, Bands
from models.risk import RiskModel
from models.telling import Background, Teller
from service import night_people
from service.audit.blocks import Blocked
from service.bundles import Champion
from service.night_people import Asked
from service.serving import Serving
from tests.served import TRAINED_TO, shared_toy

DAY = TRAINED_TO + 30


@pytest.fixture(scope="module")
def serving() -> Serving:
    """The toy's champion."""
    bundle = shared_toy().bundle
    return Serving(Champion("retention-risk", "1", "", bundle.digest), RiskModel.load(bundle.path, bundle.digest))


def asked(serving: Serving, blocked: Blocked, threads: int = 2) -> Asked:
    """Everybody of the toy who is at risk."""
    company = valued(shared_toy().company, serving.model.valence)
    persons = np.flatnonzero(presence.at_risk(company, DAY)).astype(np.int32)
    return Asked(company, persons, DAY, serving, Bands(), threads, blocked)


def test_columns_say_what_scoring_says(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Risks to the last bit, bands, refusals, reasons to the last letter, conversations; in parts or at once."""
    everybody = asked(serving, Blocked())
    some = everybody.employee_id[3], everybody.places[1][50]
    assert some[1] is not None
    one = asked(serving, Blocked(frozenset({some[0]}), (some[1],)))
    monkeypatch.setattr(night_people, "AT_ONCE", 70)
    parts = [part for _, part in night_people._parts(one, {})]
    assert len(parts) > 3
    risks = np.frombuffer(b"".join(part.risks for part in parts)).reshape(-1, 4)
    refused = [code for code in one.no_score if code]
    assert set(refused) >= {"objection", "unit_switched_off"}
    for row, said in enumerate(_people(parts)):
        assert said[0] == one.no_score[row]
        if said[0]:
            assert said[1:] == (None, "[]", None, None)
            assert np.isnan(risks[row]).all()
        else:
            assert (risks[row].tolist(), *said[1:]) == _alone(one, row)


def _alone(asked: Asked, row: int) -> tuple[object, ...]:
    """What the model says of one person: risks, band, reasons as JSON, and the conversation that is most overdue."""
    model = asked.serving.model
    own, dates = build.dated_features(asked.company, model.spec, Snapshots(asked.persons[[row]], np.array([DAY])))
    matrix = np.hstack([own, asked.team[[row]]])
    (risks,) = model.risks(matrix).tolist()
    (reasons,) = model.reasons(matrix, 90, 5, Background(missing_sources(asked.company), dates))
    overdue = dict(zip(checkins.KINDS, matrix[0, model.overdue_columns].tolist(), strict=True))
    band = next(name for name, limit in zip(NAMES[::-1], (0.2, 0.1, 0.05, 0.0), strict=True) if risks[1] >= limit)
    return risks, band, msgspec.json.encode(reasons).decode(), *_most_overdue(overdue)


def _most_overdue(days: dict[str, float]) -> tuple[str | None, int | None]:
    """The rarer kind of equals; nothing where none is a day late."""
    kind = max(reversed(checkins.KINDS), key=lambda one: np.nan_to_num(days[one], nan=-1.0))
    return (kind, int(days[kind])) if days[kind] > 0 else (None, None)


def _people(parts: list[night_people.Part]) -> list[tuple[object, ...]]:
    names = ("no_score", "band", "reasons", "next_conversation", "overdue_days")
    return [values for part in parts for values in zip(*(getattr(part, name) for name in names), strict=True)]


@pytest.mark.parametrize("count", [1, 5, 12])
@pytest.mark.parametrize("missing", [(), ("surveys", "checkins")])
def test_reasons_do_not_depend_on_who_is_told_beside(
    serving: Serving, rng: np.random.Generator, count: int, missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or before: nulls and zeros of either sign, teams that are not known, values that read alike, dates."""
    teller, columns = serving.model.teller, len(serving.model.features)
    rows = rng.integers(-3, 4, size=(300, columns)).astype(np.float32) * rng.choice([0.0, 0.5, 100.0], (300, columns))
    rows = rows.astype(np.float32)
    rows[rng.random(rows.shape) < 0.4] = np.nan
    rows[::5, -len(serving.model.team_columns) :] = np.nan
    values = rng.normal(size=rows.shape) * (rng.random(rows.shape) < 0.3)
    dates = {column: rng.integers(19_000, 20_000, 300).astype(np.int32) for column in range(0, columns, 7)}
    together = teller.tell(rows, values, count, Background(missing, dates))
    monkeypatch.setattr(telling, "_REMEMBERED", 20)
    forgetful = Teller(teller.features, teller.typical)
    for row in range(0, 300, 7):
        one = slice(row, row + 1)
        background = Background(missing, {column: days[one] for column, days in dates.items()})
        for who in (forgetful, teller):
            assert who.tell(rows[one], values[one], count, background) == together[one]
        assert len(forgetful._wordings) <= 20


def test_team_values_are_those_of_the_scored(serving: Serving) -> None:
    """Team values stand for those who are scored, and for nobody else."""
    one = asked(serving, Blocked())
    refused = np.array([code is not None for code in one.no_score])
    assert np.isnan(one.team[refused]).all()
    assert not np.isnan(one.team[~refused]).all(axis=1).any()
