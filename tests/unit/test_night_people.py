"""The people of a night in columns: what scoring says of each of them, one by one."""

import msgspec
import numpy as np
import pytest

from features import presence
from features.sentiment import valued
from models import telling
from models.bands import Bands
from models.risk import RiskModel
from models.telling import Background, Teller
from service import night_people, scoring
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
    request = scoring.Request(one.company, one.persons, DAY, one.team, one.bands, blocked=one.blocked)
    scored = scoring.score(request, serving.model)
    monkeypatch.setattr(night_people, "AT_ONCE", 70)
    parts = [part for _, part in night_people._parts(one, {})]
    assert len(parts) > 3
    risks = np.frombuffer(b"".join(part.risks for part in parts)).reshape(-1, 4)
    assert {person.no_score.code for person in scored if person.no_score} >= {"objection", "unit_switched_off"}
    for row, (person, said) in enumerate(zip(scored, _people(parts), strict=True)):
        assert said[0] == (person.no_score.code if person.no_score else None)
        assert said[1] == person.band
        assert said[2] == msgspec.json.encode(person.reasons).decode()
        assert said[3:] == (
            (person.next_conversation.type, person.next_conversation.overdue_days)
            if person.next_conversation
            else (None, None)
        )
        assert (tuple(risks[row].tolist()) == person.risks) if person.risks else np.isnan(risks[row]).all()


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
