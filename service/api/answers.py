"""What the API answers with: the one source of the encoded bytes and of the OpenAPI schemas."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Literal

from msgspec import Raw, Struct, field
from msgspec.json import Encoder

from features import checkins
from features.faults import Fault
from features.posted import LeftOut
from models.evidence import Evidence
from models.manifest import Correction, DataFacts, FairnessFacts, SentimentFacts, Source
from service.api.problems import Problem
from service.published import NONE
from service.scoring import Told
from service.serving import Serving

ENCODER: Final = Encoder()
"""One for all answers: it is made once and holds nothing."""
_KINDS: Final[tuple[Any, ...]] = checkins.KINDS


class ModelNamed(Struct, frozen=True):
    """The model that gave an answer."""

    version: str
    digest: str
    mode: str
    trained_to: str
    """The last day that the model has seen."""


class Risk(Struct, frozen=True):
    """P(voluntary exit within so many days | here on the as-of date)."""

    by_30: float = field(name="30")
    by_90: float = field(name="90")
    by_180: float = field(name="180")
    by_365: float = field(name="365")


class ReasonGiven(Struct, frozen=True):
    """One topic's part in the risk by the horizon asked for; `value` is null where there is none or it may not be said.

    `contribution` is in log-odds: the risk's own are a baseline, the same for everybody, plus all contributions. Columns
    that look at one thing in several ways are one reason, with what they contribute together, and so are nulls that read
    alike; `feature` and `text` are of the column that pulls hardest that way.
    """

    feature: str
    text: str
    direction: Literal["raises", "lowers"]
    contribution: float
    value: float | None
    actionable: bool


class Conversation(Struct, frozen=True):
    """The conversation that is most overdue by the norm."""

    type: Literal["what", "how", "want"]
    overdue_days: int


class Refusal(Struct, frozen=True):
    """Why a person has no score."""

    code: str
    detail: str


class PersonScore(Struct, frozen=True):
    """One posted person: a risk or a refusal, never both, never neither."""

    employee_id: str
    risk: Risk | None
    band: Literal["low", "elevated", "high", "critical"] | None
    reasons: Sequence[ReasonGiven]
    next_conversation: Conversation | None
    no_score: Refusal | None
    missing_sources: Sequence[str]
    """Lists that were not posted: such a source does not exist there, and what rests on it is null."""
    team_features: str
    """``published_run:DAY`` (that run's values), ``team_means:DAY`` (the team's plain means) or ``none`` (null)."""


class LeftOutCounts(Struct, frozen=True):
    """What was posted and not used, in counts."""

    denied_columns: int
    denied_rows: int
    repeated_rows: int
    outside_employment: int
    unknown_columns: int


class ScoresAnswer(Struct, frozen=True):
    """The answer of `POST /v1/scores`, people in the order asked."""

    as_of: str
    model: ModelNamed
    scores: list[PersonScore]
    reasons_horizon: int
    """Days of the risk that the reasons speak of."""
    left_out: LeftOutCounts


class StreamHead(Struct, frozen=True):
    """The first line of an NDJSON answer."""

    as_of: str
    model: ModelNamed
    reasons_horizon: int
    """Days of the risk that the reasons speak of."""


class FaultTold(Struct, frozen=True):
    """What is wrong with one line of an NDJSON body; pointers are into the line."""

    code: Literal["malformed", "rule_broken"]
    faults: list[Fault]


class FaultLine(Struct, frozen=True):
    """The line of an NDJSON answer that stands for a line with faults."""

    fault: FaultTold


class StreamEnd(Struct, frozen=True):
    """The last line of an NDJSON answer; without it the answer is not whole."""

    left_out: LeftOutCounts


class StreamProblem(Struct, frozen=True):
    """The last line of an NDJSON answer that ends early."""

    problem: Problem


class Freshness(Struct, frozen=True):
    """What a caller may want to know of a model that cannot ask the registry itself. Times are RFC 3339, UTC."""

    loaded_at: str | None
    degraded: str | None
    """Why what is served may be out of date: `registry_away`, `registry_refused`, `no_champion`, `sync_stopped` or
    `bundle_refused:REASON`; null where nothing says so."""
    degraded_since: str | None
    registry_reached: str | None
    """When the registry last named its champion; null where nothing was fetched from here."""
    last_refusal: str | None
    """Why a champion's bundle was refused last, since this process began; null where none was."""


class ModelAnswer(Struct, frozen=True):
    """The answer of `GET /v1/model`: the model that is loaded."""

    name: str
    version: str
    run: str
    digest: str
    mode: str
    trained_to: str
    age_days: int
    """Days since the training day."""
    freshness: Freshness
    horizons: list[int]
    backtest: tuple[Evidence, ...]
    """How good each method was out of time."""
    sources: tuple[Source, ...]
    """The tables it was made from: counts, days and names of columns."""
    data: DataFacts | None
    sentiment: SentimentFacts | None
    """What comments are read by."""
    correction: Correction | None
    """What was done about the level of the recent past."""
    fairness: FairnessFacts | None
    """The audit at the list cut, in short; null where there was nothing to audit."""
    card: str
    """The model card, Markdown."""
    sheet: str
    """The sheet of the data, Markdown."""


class Live(Struct, frozen=True):
    """The process lives."""

    status: Literal["live"] = "live"


class ServerMetadata(Struct, frozen=True):
    """The service itself, by the Open Inference Protocol."""

    name: str
    version: str
    extensions: list[str]


class ServerLive(Struct, frozen=True):
    """The process lives."""

    live: bool


class ServerReady(Struct, frozen=True):
    """A verified model is loaded."""

    ready: bool


class ModelReady(Struct, frozen=True):
    """The model is loaded."""

    name: str
    ready: bool


class Tensor(Struct, frozen=True):
    """One input or output of the model."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(Struct, frozen=True):
    """The loaded model, by the Open Inference Protocol."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[Tensor]
    outputs: list[Tensor]


@lru_cache(maxsize=1)
def named(serving: Serving) -> ModelNamed:
    """The short form of the served model."""
    model = serving.model
    return ModelNamed(serving.champion.version, model.digest, model.mode, model.manifest.training.trained_to)


def scored(ids: Sequence[str], told: Told, missing_sources: Sequence[str], team_features: Sequence[str]) -> list[bytes]:
    """The `PersonScore` of each person who is scored."""
    found = []
    for id_, risks, band, reasons, kind, days, team in zip(
        ids, told.risks.tolist(), told.bands, told.reasons, told.conversations, told.overdue, team_features, strict=True
    ):
        due = Conversation(_KINDS[kind], days) if kind >= 0 else None
        one = PersonScore(id_, Risk(*risks), band, _encoded(reasons), due, None, missing_sources, team)
        found.append(ENCODER.encode(one))
    return found


def refused(employee_id: str, refusal: Refusal, missing_sources: Sequence[str]) -> bytes:
    """The `PersonScore` of a person who is not scored."""
    return ENCODER.encode(PersonScore(employee_id, None, None, (), None, refusal, missing_sources, NONE))


def whole(as_of: str, model: ModelNamed, scores: list[bytes], horizon: int, counts: LeftOut) -> bytes:
    """The answer of `POST /v1/scores` with these scores."""
    return ENCODER.encode(ScoresAnswer(as_of, model, list(map(_encoded, scores)), horizon, left_out(counts)))


def _encoded(part: bytes) -> Any:
    """A part of an answer that is encoded already: it is taken as it is."""
    return Raw(part)


def left_out(counts: LeftOut) -> LeftOutCounts:
    """The counts of what was not used."""
    return LeftOutCounts(
        counts.denied_columns,
        counts.denied_rows,
        counts.repeated_rows,
        counts.outside_employment,
        counts.unknown_columns,
    )
