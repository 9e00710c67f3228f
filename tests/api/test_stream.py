"""`POST /v1/scores` as NDJSON: the same answers as a batch's, a bad line told of in its place, one model throughout."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from service.access.keys import Caller, add_key
from service.app import create_app
from service.bundles import Champion
from service.cli import main
from service.settings import Settings
from service.store import runs
from service.store.engine import open_store
from tests.posting import Client, Person, body, people
from tests.served import day, shared_toy

DAY: Final = "2026-09-15"
TODAY: Final = day("2026-10-01")
NDJSON: Final = "application/x-ndjson"
Answer = tuple[int, list[Any]]
Stream = Callable[..., Answer]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose toy champion has scored the sample company on the day."""
    home = shared_toy().home(tmp_path_factory.mktemp("home"))
    out = home / "scores.parquet"
    arguments = ["score", "--data", str(shared_toy().data), "--as-of", DAY, "--out", str(out)]
    assert main(arguments, {"RETENTION_HOME": str(home)}) == 0
    return home


@pytest.fixture(scope="module")
def everyone() -> list[Person]:
    """All posted people of the sample company, the employments of each after one another."""
    return sorted(people(shared_toy().data), key=lambda person: str(person["employee_id"]))


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[Client]:
    """The application on that home, with a small limit of lines' bytes."""
    settings = Settings(home=home, line_limit=60_000, stream_limit=400)
    with Client(create_app(settings, {}, today=lambda: TODAY)) as client:
        yield client


@pytest.fixture(scope="module")
def headers(home: Path) -> dict[str, str]:
    """The headers of a caller who may score."""
    store = open_store(Settings(home=home).database_url)
    key = add_key(store, Caller("stream", "system", ""), "2026-01-01T00:00:00Z")
    store.dispose()
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def stream(client: Client, headers: dict[str, str]) -> Stream:
    """Post lines; the status, and each line of the answer as JSON."""

    def send(content: bytes, query: str = "") -> Answer:
        given = {**headers, "Content-Type": NDJSON}
        answer = client("POST", f"/v1/scores{query}", content=content, headers=given)
        if answer.status_code != 200:
            assert answer.headers["content-type"] == "application/problem+json"
            return answer.status_code, [answer.json()]
        assert answer.headers["content-type"] == NDJSON
        return 200, [json.loads(line) for line in answer.text.splitlines()]

    return send


@pytest.fixture(scope="module")
def batch(client: Client, headers: dict[str, str]) -> Callable[..., dict[str, Any]]:
    """Post people in one JSON body; the answer."""

    def send(employees: list[Person], query: str = "") -> dict[str, Any]:
        given = {**headers, "Content-Type": "application/json"}
        answer = client("POST", f"/v1/scores{query}", content=body(DAY, employees), headers=given)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return send


def lines(*parts: object, head: object = None) -> bytes:
    """A head and what follows, a line each."""
    return b"".join(json.dumps(part).encode() + b"\n" for part in ({"as_of": DAY} if head is None else head, *parts))


def person(**more: Any) -> Person:
    """One person with a hire row."""
    job = {"effective_date": "2023-04-01", "event": "hire", "manager_id": "M0007", "org_unit": "Sales/EMEA"}
    return {"employee_id": "E1", "hire_date": "2023-04-01", "job_history": [job], **more}


@pytest.mark.parametrize("query", ["", "?reasons=10&horizon=365", "?reasons=0"])
def test_stream_equals_batch_to_the_last_bit(
    stream: Stream, batch: Callable[..., dict[str, Any]], everyone: list[Person], query: str
) -> None:
    """Head, people in order, and what was left out: the same, float for float, reasons and team features included."""
    asked = batch(everyone, query)
    status, (head, *scores, end) = stream(lines(*everyone), query)
    assert status == 200
    assert head == {name: asked[name] for name in ("as_of", "model", "reasons_horizon")}
    assert [json.dumps(score) for score in scores] == [json.dumps(score) for score in asked["scores"]]
    assert end == {"left_out": asked["left_out"]}
    assert {score["team_features"] for score in scores} >= {f"published_run:{DAY}"}


def test_single_batch_and_night_are_equal_to_the_last_bit(
    batch: Callable[..., dict[str, Any]], home: Path, everyone: list[Person]
) -> None:
    """Everybody the night scored: the same risks, band, reasons with their numbers, and next conversation, posted alone too."""
    store = open_store(Settings(home=home).database_url)
    run = runs.latest(store)
    assert run is not None
    night = {one.scored.employee_id: one.scored for one in runs.scores_of(store, run)}
    store.dispose()
    asked = [score for score in batch(everyone, "?reasons=5")["scores"] if score["risk"]]
    scored = {id_: one for id_, one in night.items() if one.risks}
    assert sorted(score["employee_id"] for score in asked) == sorted(scored)
    for place, score in enumerate(asked):
        one = scored[score["employee_id"]]
        assert tuple(score["risk"].values()) == one.risks
        assert score["band"] == one.band
        told = [(r["feature"], r["text"], r["contribution"], r["value"]) for r in score["reasons"]]
        assert told == [(r.feature, r.text, r.contribution, r.value) for r in one.reasons]
        if place % 30 == 0:
            own = [person for person in everyone if person["employee_id"] == score["employee_id"]]
            assert json.dumps(batch(own, "?reasons=5")["scores"][-1]) == json.dumps(score)
    assert pl.read_parquet(home / "scores.parquet").height == len(night)


def test_bad_lines_are_told_of_in_their_place(stream: Stream) -> None:
    """Each faulty line has its fault, with a pointer into the line, and spoils no other."""
    content = lines(person(), {"employee_id": "E2"}, person(employee_id="E3", hire_date="x"))
    content += b'{"a":1,"a":2}\nnonsense\n\n' + lines(
        person(employee_id="E4"), head=person(employee_id="E5", secret=[1])
    )
    status, (_, first, second, third, fourth, fifth, sixth, last, end) = stream(content)
    assert status == 200
    assert first["risk"]["90"] == last["risk"]["90"] > 0
    missing = {"code": "rule_broken", "faults": [{"pointer": "/hire_date", "rule": "missing value"}]}
    assert second == {"fault": missing}
    assert third["fault"]["faults"] == [{"pointer": "/hire_date", "rule": "not a date"}]
    assert fourth["fault"]["code"] == fifth["fault"]["code"] == "malformed"
    assert [fault["rule"] for fault in sixth["fault"]["faults"]] == ["unknown key"]
    assert end["left_out"]["denied_rows"] == 0


def test_a_refused_person_is_no_fault(stream: Stream) -> None:
    """A record that breaks a rule of its table refuses its person, as in a batch."""
    _, (_, score, _) = stream(lines(person(resignation_date="2023-03-31")))
    assert score["no_score"]["code"] == "invalid_input"


@pytest.mark.parametrize(
    "content, status, code",
    [
        (b"", 400, "malformed"),
        (b"\n\n", 400, "malformed"),
        (b"{", 400, "malformed"),
        (lines(head={}), 422, "rule_broken"),
        (lines(head={"as_of": "2026-10-03"}), 422, "rule_broken"),
        (lines(head={"as_of": DAY, "employees": []}), 422, "rule_broken"),
        (lines(head=person()), 422, "rule_broken"),
        (b" " * 60_001, 413, "body_too_large"),
    ],
)
def test_a_bad_head_is_a_problem(stream: Stream, content: bytes, status: int, code: str) -> None:
    """Before anything was answered, what is wrong has a status."""
    found, (problem,) = stream(content)
    assert (found, problem["code"]) == (status, code)


@pytest.mark.parametrize(
    "content",
    [
        lines(person()).replace(b"\n", b"\r\n"),
        lines(person()).rstrip(b"\n"),
        lines(person()).replace(b"\n", b"\n \n"),
    ],
)
def test_line_ends_may_differ(stream: Stream, content: bytes) -> None:
    """Carriage returns, a last line without its end, and blank lines do no harm."""
    _, (head, score, end) = stream(content)
    assert (head["as_of"], score["employee_id"], list(end)) == (DAY, "E1", ["left_out"])


def test_nobody_at_all(stream: Stream) -> None:
    """A head alone is answered by a head and an end."""
    _, (head, end) = stream(lines())
    assert (head["reasons_horizon"], list(end)) == (90, ["left_out"])


def test_what_ends_a_stream_early_is_told_last(stream: Stream) -> None:
    """A line too long and people too many: those before are answered, then a problem, and no end."""
    long = person(employee_id="E2", signals=[{"name": "a" * 60_000, "occurred_at": "2024-01-01"}])
    _, answered = stream(lines(person(), long, person(employee_id="E3")))
    assert list(answered[-1]) == ["problem"]
    assert answered[-1]["problem"]["code"] == "body_too_large"
    many = [person(employee_id=f"E{number:04}") for number in range(500)]
    _, answered = stream(lines(*many))
    assert answered[-1]["problem"] | {"type": ""} == {
        "title": "The body is too large", "status": 413, "code": "body_too_large", "type": "",
        "detail": "A stream may have at most 400 people. Send the rest in another one.",
    }  # fmt: skip
    assert all("left_out" not in line for line in answered)


def test_one_model_for_a_whole_stream(client: Client, headers: dict[str, str]) -> None:
    """A champion that comes in the middle of a stream changes nothing in it."""
    service = client.app.state.service
    before = service.models.serving
    sent: list[bytes] = []

    async def drive() -> None:
        given = [(name.lower().encode(), value.encode()) for name, value in {**headers, "Content-Type": NDJSON}.items()]
        scope = {"type": "http", "method": "POST", "path": "/v1/scores", "query_string": b"", "headers": given}
        parts = iter([lines(person()), None, *(lines(head=person(employee_id=f"E{n}")) for n in range(2, 40))])

        async def receive() -> dict[str, Any]:
            part = next(parts, b"")
            if part is None:
                service.models.serving = replace(before, champion=Champion("retention-risk", "9", "", "x"))
                part = lines(head=person(employee_id="E0"))
            return {"type": "http.request", "body": part, "more_body": bool(part)}

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))

        await client.app(scope, receive, send)

    try:
        client._runner.run(asyncio.wait_for(drive(), 30))
    finally:
        service.models.serving = before
    answered = [json.loads(line) for line in b"".join(sent).splitlines()]
    assert answered[0]["model"]["version"] == "1"
    assert len(answered) == 42
