"""What is put together from pieces is, to the byte, what the encoder makes of the structures that OpenAPI shows."""

from typing import Any, Final

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.checkins import KINDS
from features.posted import LeftOut
from models.bands import Bands
from service.api import answers
from service.api.answers import (
    ENCODER,
    Conversation,
    LeftOutCounts,
    ModelNamed,
    PersonScore,
    ReasonGiven,
    Refusal,
    Risk,
    ScoresAnswer,
)
from service.scoring import Told

TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['E1","scores":[', "\\", '"', "%b", "ü\u2028", "\x00", "007", "x\n"]
)
SHARE: Final = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True)
NUMBER: Final = st.floats(allow_nan=False, allow_infinity=False)
REASONS: Final = st.lists(
    st.builds(
        ReasonGiven, TEXT, TEXT, st.sampled_from(["raises", "lowers"]), NUMBER, st.none() | NUMBER, st.booleans()
    ),
    max_size=10,
)
CONVERSATION: Final = st.none() | st.builds(Conversation, st.sampled_from(KINDS), st.integers(0, 100_000))
SOURCES: Final = st.lists(TEXT, max_size=3).map(tuple)
MODEL: Final = st.builds(ModelNamed, TEXT, TEXT, TEXT, TEXT)


@st.composite
def scored(draw: st.DrawFn, missing: tuple[str, ...]) -> PersonScore:
    """Somebody who is scored."""
    risk: Any = Risk(*draw(st.tuples(SHARE, SHARE, SHARE, SHARE)))
    band: Any = Bands().of(risk.by_90)
    return PersonScore(draw(TEXT), risk, band, draw(REASONS), draw(CONVERSATION), None, missing, draw(TEXT))


@st.composite
def people(draw: st.DrawFn) -> list[PersonScore]:
    """People with the same sources, some of them refused."""
    missing = draw(SOURCES)
    refused = st.builds(
        PersonScore, TEXT, st.none(), st.none(), st.just(()), st.none(), st.builds(Refusal, TEXT, TEXT),
        st.just(missing), st.just("none"),
    )  # fmt: skip
    return draw(st.lists(scored(missing) | refused, min_size=1, max_size=6))


@given(people(), MODEL, TEXT)
def test_an_answer_is_what_the_encoder_makes_of_it(found: list[PersonScore], model: ModelNamed, as_of: str) -> None:
    """Odd ids, every band, any number of reasons, refusals among those who are scored; and so is every line by itself."""
    lines = put_together(found)
    assert lines == [ENCODER.encode(one) for one in found]
    answer = ScoresAnswer(as_of, model, found, 90, LeftOutCounts(0, 1, 2, 3, 4))
    assert answers.whole(as_of, model, lines, 90, LeftOut(0, 1, 2, 3, 4)) == ENCODER.encode(answer)


def put_together(found: list[PersonScore]) -> list[bytes]:
    """The people as scoring tells of them, answered."""
    here = [one for one in found if one.risk is not None]
    risks = [msgspec.structs.astuple(one.risk) for one in here if one.risk]
    told = Told(
        np.array(risks).reshape(-1, 4),
        [one[1] for one in risks],
        Bands().of_all([one[1] for one in risks]),
        [ENCODER.encode(one.reasons) for one in here],
        [KINDS.index(one.next_conversation.type) if one.next_conversation else -1 for one in here],
        [one.next_conversation.overdue_days if one.next_conversation else 0 for one in here],
    )
    missing = found[0].missing_sources
    own = iter(
        answers.scored([one.employee_id for one in here], told, missing, [one.team_features for one in here])
        if here
        else ()
    )
    return [answers.refused(one.employee_id, one.no_score, missing) if one.no_score else next(own) for one in found]
