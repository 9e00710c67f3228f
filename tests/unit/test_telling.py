"""Which contributions are told, in which order and in which words."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from msgspec.json import Encoder

from features import catalogue
from features.days import NEVER
from features.feature import Feature
from models.risk import RiskModel
from models.telling import Background, Reason, Teller
from tests import small_models
from tests.drawn import on

FEATURES: Final = catalogue.catalogue(small_models.SPEC)
PLAIN: Final = replace(
    FEATURES[0], family="plain", unit="count", phrase="{} now", null_phrase="Unknown", actionable=False
)
ALL: Final = 1_000


def made(*features: Feature, typical: tuple[float | None, ...] = ()) -> Teller:
    """A teller of these features; those without a name get one, and phrases begin with it."""
    named = [
        replace(one, name=name, phrase=f"{name}: {one.phrase}") for one, name in zip(features, "abcdef", strict=False)
    ]
    return Teller(tuple(named), typical)


def told(
    teller: Teller, row: list[float], phi: list[float], count: int = ALL, background: Background | None = None
) -> list[Reason]:
    """The reasons of one row."""
    rows = np.array([row], dtype=np.float32)
    return teller.tell(rows, np.array([phi]), count, background or Background())[0]


def test_actionable_before_context_raising_before_lowering_stronger_before_weaker() -> None:
    """In that order; each says by how much it moves the log-odds, and what lowers says so."""
    can = replace(PLAIN, actionable=True)
    found = told(made(PLAIN, can, can, PLAIN, can, PLAIN), [1, 2, 3, 4, 5, 6], [0.9, -0.8, 0.2, -0.7, 0.6, 0.1])
    assert [(one.text, one.actionable, one.contribution) for one in found] == [
        ("e: 5 now", True, 0.6),
        ("c: 3 now", True, 0.2),
        ("Lowers the risk: b: 2 now", True, -0.8),
        ("a: 1 now", False, 0.9),
        ("f: 6 now", False, 0.1),
        ("Lowers the risk: d: 4 now", False, -0.7),
    ]
    assert [one.direction for one in found] == ["raises", "raises", "lowers", "raises", "raises", "lowers"]


def test_only_the_strongest_are_told_whichever_way_they_point() -> None:
    """Being actionable orders what is told, and chooses between equals; a contribution of nothing is no reason."""
    teller = made(PLAIN, PLAIN, replace(PLAIN, actionable=True))
    assert [one.feature for one in told(teller, [1, 2, 3], [0.2, -0.5, 0.1], 2)] == ["a", "b"]
    assert [one.feature for one in told(teller, [1, 2, 3], [0.2, -0.5, 0.2], 2)] == ["c", "b"]
    assert told(teller, [1, 2, 3], [0.2, -0.5, 0.2], 0) == []
    assert told(teller, [1, 2, 3], [0.0, 1e-9, -1e-9]) == []


def test_nulls_that_read_alike_are_one_reason() -> None:
    """Named for the strongest, with what they contribute together, and never something to act on."""
    can = replace(PLAIN, actionable=True)
    nan = float("nan")
    found = told(
        made(can, can, can, replace(can, null_phrase="No pay"), can),
        [nan, nan, 3, nan, nan],
        [0.2, -0.3, 0.1, 0.15, -0.2],
    )
    assert [(one.feature, one.text, round(one.contribution, 9), one.value, one.actionable) for one in found] == [
        ("c", "c: 3 now", 0.1, 3.0, True),
        ("d", "No pay", 0.15, None, False),
        ("b", "Lowers the risk: Unknown", -0.3, None, False),
    ]


def test_a_topic_is_one_reason() -> None:
    """With what its columns contribute together, in the words of the one that pulls hardest that way."""
    can = replace(PLAIN, actionable=True)
    pay, stay = replace(can, topic="pay"), replace(PLAIN, topic="stay")
    found = told(made(pay, stay, pay, pay, stay, can), [1, 2, 3, 4, 5, 6], [-0.5, 0.1, 0.4, 0.3, -0.3, 0.15])
    assert [(one.feature, one.text, round(one.contribution, 9), one.direction) for one in found] == [
        ("c", "c: 3 now", 0.2, "raises"),
        ("f", "f: 6 now", 0.15, "raises"),
        ("e", "Lowers the risk: e: 5 now", -0.2, "lowers"),
    ]


def test_a_null_leaves_its_topic() -> None:
    """That nothing is known there is a reason of its own, and the rest of the topic speaks without it."""
    pay = replace(PLAIN, topic="pay", actionable=True)
    found = told(made(pay, replace(pay, null_phrase="No raise on record"), pay), [1, float("nan"), 3], [0.1, 0.2, 0.05])
    assert [(one.text, round(one.contribution, 9), one.actionable) for one in found] == [
        ("a: 1 now", 0.15, True),
        ("No raise on record", 0.2, False),
    ]


def test_two_columns_with_one_sentence_say_it_once() -> None:
    """Names from the data may differ only by what words leave out: the stronger column speaks."""
    teller = Teller((replace(PLAIN, name="a"), replace(PLAIN, name="b"), replace(PLAIN, name="c", phrase="{} then")))
    found = told(teller, [5, 5, 5], [0.2, 0.3, 0.1], 2)
    assert [(one.feature, one.text) for one in found] == [("b", "5 now"), ("c", "5 then")]


def test_a_missing_source_is_one_reason_for_all_its_columns() -> None:
    """Nothing can be acted on there, and its columns are told from those of somebody who never answered."""
    place = {feature.name: j for j, feature in enumerate(FEATURES)}
    row, phi = [1.0] * len(FEATURES), [0.0] * len(FEATURES)
    for name in ("survey_enps_last", "survey_score_90", "tickets_open_days"):
        row[place[name]], phi[place[name]] = float("nan"), 0.25
    found = told(Teller(FEATURES), row, phi, ALL, Background(missing=("surveys",)))
    assert [(one.text, one.contribution, one.actionable) for one in found] == [
        ("No survey records here", 0.5, False),
        ("No HR ticket open now", 0.25, False),
    ]
    assert len(told(Teller(FEATURES), row, phi)) == 3


def test_an_unknown_team_is_one_reason() -> None:
    """Where no column of the team has a value, that is said; where one has, the others speak for themselves."""
    team = [feature.family == "team" for feature in FEATURES]
    phi = [0.125 if one else 0.0 for one in team]
    nowhere = [float("nan") if one else 1.0 for one in team]
    (only,) = told(Teller(FEATURES), nowhere, phi)
    assert (only.text, only.contribution, only.actionable) == (
        "Nothing known of the team here",
        0.125 * sum(team),
        False,
    )
    size = [feature.name for feature in FEATURES].index("team_size")
    texts = {one.text for one in told(Teller(FEATURES), [*nowhere[:size], 4.0, *nowhere[size + 1 :]], phi)}
    assert "Team of 4 now" in texts
    assert "Nothing known of the team here" not in texts


def test_values_dates_and_what_is_typical_are_said() -> None:
    """The day of a row stands in its text, and the usual value where it reads differently."""
    dated = replace(PLAIN, phrase="{} on {date}")
    days = np.array([on("2024-03-01"), NEVER], dtype=np.int32)
    rows = np.array([[3.0, 3.0], [3.0, 2.0]], dtype=np.float32)
    found = made(dated, PLAIN, typical=(1.0, 2.0)).tell(rows, np.ones((2, 2)), ALL, Background(dates={0: days}))
    assert [[one.text for one in row] for row in found] == [
        ["a: 3 on 2024-03-01 (typical here: 1)", "b: 3 now (typical here: 2)"],
        ["a: 3 on an unknown day (typical here: 1)", "b: 2 now"],
    ]


def test_what_is_remembered_reads_as_it_did() -> None:
    """The second time too; a day and another column are told apart, zeros of either sign are not."""
    share = replace(PLAIN, unit="share", phrase="{} on {date}")
    days = np.array([on("2024-03-01"), on("2024-03-01"), on("2024-03-02")], dtype=np.int32)
    rows, teller = np.array([[0.0, 0.0], [-0.0, 0.0], [0.0, 1.0]], dtype=np.float32), made(share, PLAIN)
    for _ in range(2):
        found = teller.tell(rows, np.ones((3, 2)), ALL, Background(dates={0: days}))
        assert [[one.text for one in row] for row in found] == [
            ["a: 0 % on 2024-03-01", "b: 0 now"],
            ["a: 0 % on 2024-03-01", "b: 0 now"],
            ["a: 0 % on 2024-03-02", "b: 1 now"],
        ]


def test_reasons_are_written_as_the_json_of_themselves() -> None:
    """Whatever the words hold, and where a row has fewer reasons than there is room for, or none."""
    odd = replace(PLAIN, phrase='{} "contribution":0.0, \\"contribution": {date} ü\u2028', actionable=True)
    teller = made(odd, replace(PLAIN, group_only=True), PLAIN, odd)
    rows = np.array([[1.5, 2.0, np.nan, -0.0], [1e-7, 0.1, 3.0, 1e22], [1.0, 2.0, 3.0, 4.0]], dtype=np.float32)
    values = np.array([[0.1, -1e-5, 1 / 3, 2.0], [0.0, 0.0, -1e-6, 5e-324], [0.0, 0.0, 0.0, 0.0]])
    for count in (1, 3, ALL):
        written = teller.written(rows, values, count, Background())
        assert [Encoder().encode(one) for one in teller.tell(rows, values, count, Background())] == written
        assert written[1:] == [
            (
                b'[{"feature":"c","text":"Lowers the risk: c: 3 now","direction":"lowers","contribution":-1e-6,'
                b'"value":3.0,"actionable":false}]'
            ),
            b"[]",
        ]
    (endless,) = teller.written(rows[:1], np.array([[0.0, 0.0, np.inf, 0.0]]), 3, Background())
    assert b'"contribution":null,"value":null' in endless


def test_a_value_promised_to_stay_hidden_is_not_told() -> None:
    """A feature of whole-group answers carries no value, in the text or beside it."""
    group = replace(PLAIN, group_only=True, phrase="The group's answers")
    (found,) = told(made(group, typical=(7.0,)), [12.0], [0.3])
    assert (found.text, found.value) == ("a: The group's answers", None)


@pytest.mark.parametrize("horizon", [30, 90, 180, 365])
def test_all_reasons_add_up_to_the_risk(tmp_path: Path, rng: np.random.Generator, horizon: int) -> None:
    """With a baseline that is the same for everybody, sums over nulls included; what is too small to tell is left out."""
    text = small_models.boosted_text(small_models.matrix(500, rng), rng)
    model = RiskModel.load(small_models.write(tmp_path / "bundle", text, mode="full").path)
    rows = small_models.matrix(50, rng)
    risk = model.risks(rows)[:, [30, 90, 180, 365].index(horizon)]
    reasons = model.reasons(rows, horizon, ALL, Background(missing=("tickets", "checkins")))
    sums = np.array([sum(one.contribution for one in row) for row in reasons])
    assert np.ptp(np.log(risk / (1 - risk)) - sums) < 1e-4
    assert np.abs(np.log(risk / (1 - risk)) - sums - model.contributions(rows, horizon).baseline).max() < 1e-4
