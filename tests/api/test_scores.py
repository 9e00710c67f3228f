"""`POST /v1/scores`: what it answers, and every way to be refused. Nothing that was sent ever comes back."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from features.days import to_date
from service.access.keys import ROLES, Caller, add_key
from service.app import create_app
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import Client, Person, body
from tests.served import TRAINED_TO, day, shared_toy

TODAY: Final = day("2026-10-01")
CANARY: Final = "Kanarienvogel-4711"
Post = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose toy champion is fetched, without any run."""
    return shared_toy().home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[Client]:
    """The application, with small limits."""
    settings = Settings(home=home, body_limit=20_000, batch_limit=5, rows_limit=12)
    with Client(create_app(settings, {}, today=lambda: TODAY)) as client:
        yield client


def key_for(home: Path, role: str, name: str = "test") -> str:
    """A key of that role."""
    store = open_store(Settings(home=home).database_url)
    key = add_key(store, Caller(name, role, ""), "2026-01-01T00:00:00Z")
    store.dispose()
    return key


@pytest.fixture(scope="module")
def post(client: Client, home: Path) -> Post:
    """Post a body as a caller who may score."""
    key = key_for(home, "system")

    def send(content: Any, query: str = "", **headers: str) -> httpx.Response:
        given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **headers}
        return client("POST", f"/v1/scores{query}", content=content, headers=given)

    return send


def person(**more: Any) -> Person:
    """One person with a hire row and every source."""
    job = {"effective_date": "2023-04-01", "event": "hire", "manager_id": "M0007", "org_unit": "Sales/EMEA"}
    empty: Person = {name: [] for name in ("surveys", "tickets", "checkins", "signals", "absences")}
    return {"employee_id": "E1", "hire_date": "2023-04-01", "job_history": [job], **empty, **more}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, of the status and code wanted."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert (found["status"], found["code"]) == (status, code)
    assert CANARY.lower() not in answer.text.lower()
    return found


def test_answer_has_the_shape_of_the_contract(post: Post) -> None:
    """Keys in order, four rising risks, a band, as many reasons as asked, the model's name."""
    answer = post(body("2026-09-15", [person()]), "?reasons=3").json()
    assert list(answer) == ["as_of", "model", "scores", "reasons_horizon", "left_out"]
    assert answer["as_of"] == "2026-09-15"
    assert answer["model"] == {
        "version": "1", "digest": shared_toy().bundle.digest, "mode": "full", "trained_to": str(to_date(TRAINED_TO)),
    }  # fmt: skip
    (score,) = answer["scores"]
    assert list(score["risk"]) == ["30", "90", "180", "365"]
    assert 0 < score["risk"]["30"] < score["risk"]["90"] < score["risk"]["180"] < score["risk"]["365"] < 1
    assert score["band"] in {"low", "elevated", "high", "critical"}
    assert len(score["reasons"]) == 3
    assert {"feature", "text", "direction", "contribution"} <= set(score["reasons"][0])
    assert score["next_conversation"]["type"] in {"what", "how", "want"}
    assert score["no_score"] is None
    assert (answer["reasons_horizon"], score["missing_sources"], score["team_features"]) == (90, [], "none")


def test_a_model_that_may_be_out_of_date_says_so(client: Client, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the registry is away answers carry `X-Model-Stale: true`, as one body or as lines; otherwise none does."""
    asked, lines = body("2026-09-15", [person()]), b'{"as_of":"2026-09-15"}\n'
    assert "x-model-stale" not in post(asked).headers
    monkeypatch.setattr(client.app.state.service.models, "degraded", "registry_away")
    assert post(asked).headers["x-model-stale"] == "true"
    assert post(lines, **{"Content-Type": "application/x-ndjson"}).headers["x-model-stale"] == "true"


@pytest.mark.parametrize("count", [0, 10])
def test_reasons_from_none_to_ten(post: Post, count: int) -> None:
    """`reasons` gives so many, none included."""
    (score,) = post(body("2026-09-15", [person()]), f"?reasons={count}").json()["scores"]
    assert len(score["reasons"]) == count


@pytest.mark.parametrize("horizon", [30, 90, 180, 365])
def test_reasons_of_any_horizon(post: Post, horizon: int) -> None:
    """`horizon` chooses the risk that is explained and leaves the risks as they are; 90 days are what is said without it."""
    plain = post(body("2026-09-15", [person()]), "?reasons=10").json()
    answer = post(body("2026-09-15", [person()]), f"?reasons=10&horizon={horizon}").json()
    assert answer["reasons_horizon"] == horizon
    assert answer["scores"][0]["risk"] == plain["scores"][0]["risk"]
    assert (answer["scores"] == plain["scores"]) == (horizon == 90)


@pytest.mark.parametrize("query", ["?horizon=60", "?horizon=", "?horizon=Kanarienvogel-4711", "?horizon=90.5"])
def test_no_such_horizon(post: Post, query: str) -> None:
    """A horizon that is none of the four is refused with its rule."""
    found = problem(post(body("2026-09-15", [person()]), query), 422, "rule_broken")
    assert [fault["pointer"] for fault in found["faults"]] == ["/query/horizon"]


def test_sources_that_were_not_posted_are_named(post: Post) -> None:
    """A list left out or null is missing, an empty one is not; the reasons say so, and nothing of it can be acted on."""
    asked = person(surveys=None, employee_id="E2")
    del asked["tickets"]
    scores = post(body("2026-09-15", [person(), asked]), "?reasons=10").json()["scores"]
    assert [score["missing_sources"] for score in scores] == [[], ["surveys", "tickets"]]
    texts = {reason["text"].removeprefix("Lowers the risk: "): reason for reason in scores[1]["reasons"]}
    assert "Nothing known of the team here" in texts
    assert all(not reason["actionable"] for reason in texts.values() if reason["value"] is None)


def test_what_can_be_acted_on_comes_first(post: Post) -> None:
    """Then context; in either part what raises before what lowers, and texts that lower say so."""
    (score,) = post(body("2026-09-15", [person()]), "?reasons=10").json()["scores"]
    order = [
        (not one["actionable"], one["direction"] == "lowers", -abs(one["contribution"])) for one in score["reasons"]
    ]
    assert order == sorted(order)
    assert {one["direction"] for one in score["reasons"]} == {"raises", "lowers"}
    for one in score["reasons"]:
        assert (
            one["text"].startswith("Lowers the risk: ") == (one["direction"] == "lowers") == (one["contribution"] < 0)
        )


@pytest.mark.parametrize(
    "change, code",
    [
        ({"hire_date": "2026-09-16", "job_history": []}, "not_hired_yet"),
        ({"termination_date": "2026-09-15", "termination_type": "mutual"}, "left"),
        ({"resignation_date": "2026-09-01", "termination_date": "2026-12-31"}, "notice_given"),
        ({"tickets": [{"ticket_id": "1", "opened_at": "2026-09-01", "category": "Offboarding"}]}, "notice_given"),
        ({"job_history": None}, "no_job_history"),
        ({"objections": [{"objected_at": "2026-01-01"}]}, "objection"),
        ({"resignation_date": "2023-03-31"}, "invalid_input"),
        ({"absences": [{"start_date": "2024-01-02", "end_date": "2024-01-01"}]}, "invalid_input"),
        ({"signals": [{"occurred_at": "2024-01-02", "name": "a", "recorded_at": "2026-10-03"}]}, "invalid_input"),
    ],
)  # fmt: skip
def test_every_refusal_is_typed(post: Post, change: dict[str, Any], code: str) -> None:
    """Who may not be scored gets no risk and the code; the person beside them is scored."""
    scores = post(body("2026-09-15", [person(employee_id="E0"), person(**change)])).json()["scores"]
    assert scores[0]["risk"] is not None
    refused = scores[1]
    assert refused["no_score"]["code"] == code
    assert (refused["risk"], refused["band"], refused["reasons"], refused["next_conversation"]) == (
        None,
        None,
        [],
        None,
    )


def test_another_encoding_is_named(post: Post) -> None:
    """A key in Latin-1 is told as text that is not UTF-8, not as nesting or a long number."""
    found = problem(post('{"\u00e9":1}'.encode("latin-1")), 400, "malformed")
    assert found["detail"] == (
        "The body is not JSON that can be read: check its syntax, that it is UTF-8, and that it holds no NaN, "
        "infinity, number beyond a double or lone surrogate."
    )


def test_broken_row_is_named_by_place_and_rule(post: Post) -> None:
    """`invalid_input` says table, row, column and rule, and no value."""
    rows = [{"occurred_at": "2024-01-01", "name": "a"}, {"occurred_at": "1024-01-01", "name": CANARY}]
    (score,) = post(body("2026-09-15", [person(signals=rows)])).json()["scores"]
    assert score["no_score"] == {
        "code": "invalid_input",
        "detail": "Table signals, row 2, column occurred_at: year outside 1900 to 2199.",
    }


def test_missing_source_differs_from_an_empty_one(post: Post) -> None:
    """People with different sources in one request get what they get alone."""
    without = person(employee_id="E2")
    del without["checkins"]
    both = post(body("2026-09-15", [person(), without])).json()["scores"]
    assert both[1]["next_conversation"] is None
    assert both[0]["next_conversation"] is not None
    assert both == [post(body("2026-09-15", [one])).json()["scores"][0] for one in (person(), without)]


def test_denied_facts_are_counted_and_change_nothing(post: Post) -> None:
    """Columns and rows that name protected facts are left out; only counts tell of them."""
    plain = post(body("2026-09-15", [person()])).json()
    more = person(
        gender=CANARY,
        tickets=[{"ticket_id": "1", "opened_at": "2024-01-01", "category": "medical"}],
        signals=[{"occurred_at": "2024-01-01", "name": "sick_days", "value": 3}],
        surveys=[{"survey_id": "1", "sent_at": "2024-01-01", "driver": "religion", "birth_date": CANARY}],
    )
    answer = post(body("2026-09-15", [more]))
    assert CANARY not in answer.text
    assert answer.json()["scores"] == plain["scores"]
    assert answer.json()["left_out"] == {
        "denied_columns": 2, "denied_rows": 3, "repeated_rows": 0, "outside_employment": 0,
        "unknown_columns": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]x",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"as_of":NaN}',
        b'{"as_of":-Infinity}',
        b'{"as_of":1e999}',
        b'{"as_of":"2026-09-15","as_of":"2026-09-15","employees":[]}',
        b'{"as_of":"2026-09-15","employees":[{"a":{"x":1,"x":2}}]}',
        b'{"as_of":"\\ud800"}',
        b'{"as_of":"\\udc00\\ud800"}',
        b'{"as_of":' + b"9" * 5_000 + b"}",
        b"[" * 9_000,
        b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
        b'{"as_of":"' + CANARY.encode() + b"}",
    ],
)  # fmt: skip
def test_what_is_not_json_is_malformed(post: Post, content: bytes) -> None:
    """Broken syntax, doubled keys, NaN, numbers beyond a double, lone surrogates, depth: 400."""
    problem(post(content), 400, "malformed")


@pytest.mark.parametrize(
    "content, pointer, rule",
    [
        ([], "", "not an object"),
        ({"as_of": "2026-09-15"}, "/employees", "missing value"),
        ({"as_of": "2026-09-15", "employees": []}, "/employees", "1 to 5 people"),
        ({"as_of": "2026-09-15", "employees": [{}] * 6}, "/employees", "1 to 5 people"),
        ({"as_of": "2026-09-15", "employees": {}}, "/employees", "not a list"),
        ({"as_of": "2026-10-03", "employees": [person()]}, "/as_of", "after tomorrow"),
        ({"as_of": "yesterday", "employees": [person()]}, "/as_of", "not a date"),
        ({"as_of": 20260915, "employees": [person()]}, "/as_of", "not a date"),
        ({"employees": [person()]}, "/as_of", "missing value"),
        ({"as_of": "2026-09-15", "employees": [person()], CANARY: 1}, "", "unknown key"),
        ({"as_of": "2026-09-15", "employees": [person(**{CANARY: [1]})]}, "/employees/0", "unknown key"),
        ({"as_of": "2026-09-15", "employees": [CANARY]}, "/employees/0", "not an object"),
        ({"as_of": "2026-09-15", "employees": [person(), person()]}, "/employees/1", "duplicate key"),
        ({"as_of": "2026-09-15", "employees": [person(employee_id=7)]}, "/employees/0/employee_id", "not an id"),
        ({"as_of": "2026-09-15", "employees": [person(employee_id="a\0b")]}, "/employees/0/employee_id", "not an id"),
        ({"as_of": "2026-09-15", "employees": [person(hire_date="2023-02-30")]}, "/employees/0/hire_date", "not a date"),
        ({"as_of": "2026-09-15", "employees": [person(tickets=CANARY)]}, "/employees/0/tickets", "not a list"),
        ({"as_of": "2026-09-15", "employees": [person(tickets=[CANARY])]}, "/employees/0/tickets/0", "not an object"),
        ({"as_of": "2026-09-15", "employees": [person(signals=[{"name": "a", "occurred_at": "2024-01-01", "value": CANARY}])]},
         "/employees/0/signals/0/value", "not a number"),
        ({"as_of": "2026-09-15", "employees": [person(signals=[{"name": "a", "occurred_at": CANARY}])]},
         "/employees/0/signals/0/occurred_at", "not a time"),
        ({"as_of": "2026-09-15", "employees": [person(signals=[{"occurred_at": "2024-01-01"}])]},
         "/employees/0/signals/0/name", "missing value"),
        ({"as_of": "2026-09-15", "employees": [person(absences=[{"start_date": "2024-01-01"}] * 12)]},
         "/employees/0", "at most 12 rows in all tables together"),
    ],
)  # fmt: skip
def test_broken_rule_of_the_request_is_pointed_at(post: Post, content: Any, pointer: str, rule: str) -> None:
    """422 with a pointer and a rule, and never the value or an unknown key's name."""
    found = problem(post(json.dumps(content)), 422, "rule_broken")
    assert [(fault["pointer"], fault["rule"]) for fault in found["faults"]] == [(pointer, rule)]


def test_all_faults_are_told_together(post: Post) -> None:
    """A caller mends everything at once."""
    faulty = person(hire_date="x", absences=[{"end_date": "2024-01-01"}], country=5.5)
    found = problem(post(body("x", [faulty])), 422, "rule_broken")
    assert [fault["pointer"] for fault in found["faults"]] == [
        "/as_of", "/employees/0/hire_date", "/employees/0/country", "/employees/0/absences/0/start_date",
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["?reasons=11", "?reasons=-1", "?reasons=Kanarienvogel-4711", "?reasons="])
def test_reasons_out_of_range(post: Post, query: str) -> None:
    """A query parameter is held to its rule like a body."""
    found = problem(post(body("2026-09-15", [person()]), query), 422, "rule_broken")
    assert found["faults"][0]["pointer"] == "/query/reasons"


@pytest.mark.parametrize(
    "query, pointer, rule",
    [
        ("reasons=11", "/query/reasons", "not a whole number from 0 to 10"),
        ("reasons=05", "/query/reasons", "not a whole number from 0 to 10"),
        ("reasons=%2B5", "/query/reasons", "not a whole number from 0 to 10"),
        ("reasons=5.0", "/query/reasons", "not a whole number from 0 to 10"),
        ("reasons=%D9%A5", "/query/reasons", "not a whole number from 0 to 10"),
        ("reasons", "/query/reasons", "not a whole number from 0 to 10"),
        ("reasons=5&reasons=5", "/query/reasons", "given twice"),
        ("horizon=45", "/query/horizon", "none of 30, 90, 180, 365"),
        ("horizon=090", "/query/horizon", "none of 30, 90, 180, 365"),
        ("horizon=90&horizon=30", "/query/horizon", "given twice"),
        ("Reasons=5", "/query", "unknown parameter"),
        (f"{CANARY}=5", "/query", "unknown parameter"),
        (f"reasons=5&{CANARY}", "/query", "unknown parameter"),
        ("&".join("ab"[n % 2] for n in range(200)), "/query", "too many parameters"),
    ],
)
def test_a_query_is_held_to_its_rules(post: Post, query: str, pointer: str, rule: str) -> None:
    """Known names, each once, whole numbers written in one way; the fault says where and which rule."""
    found = problem(post(body("2026-09-15", [person()]), f"?{query}"), 422, "rule_broken")
    assert [(fault["pointer"], fault["rule"]) for fault in found["faults"]] == [(pointer, rule)]


@pytest.mark.parametrize("query", ["?", "?&", "?reasons=%35", "?horizon=365&reasons=0"])
def test_other_ways_to_write_the_same_query(post: Post, query: str) -> None:
    """An empty query, and what URLs may write in two ways, are read."""
    assert post(body("2026-09-15", [person()]), query).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Encoding": "gzip"},
    ],
)
def test_other_media_types(post: Post, headers: dict[str, str]) -> None:
    """Only plain JSON in UTF-8 is read."""
    problem(post(body("2026-09-15", [person()]), **headers), 415, "media_type")


def test_json_with_its_charset_is_read(post: Post) -> None:
    """The usual parameter does no harm."""
    headers = {"Content-Type": 'application/JSON; charset="UTF-8"'}
    assert post(body("2026-09-15", [person()]), **headers).status_code == 200


def test_body_beyond_the_limit(post: Post) -> None:
    """413, whether the length is declared or the body comes in chunks."""

    async def chunks() -> Any:
        for _ in range(30):
            yield b" " * 1_000

    problem(post(b" " * 20_001), 413, "body_too_large")
    problem(post(chunks()), 413, "body_too_large")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer rk_wrong", f"Bearer {CANARY}"])
def test_without_a_known_key(client: Client, header: str) -> None:
    """401 before anything of the body is looked at."""
    headers = {"Content-Type": "text/plain", **({"Authorization": header} if header else {})}
    answer = client("POST", "/v1/scores", content=b"{", headers=headers)
    problem(answer, 401, "bad_key")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", [role for role in ROLES if role != "system"])
def test_other_roles_may_not_score(client: Client, home: Path, role: str) -> None:
    """403 for every role but `system`."""
    headers = {"Authorization": f"Bearer {key_for(home, role)}", "Content-Type": "application/json"}
    problem(client("POST", "/v1/scores", content=body("2026-09-15", [person()]), headers=headers), 403, "role")


def test_without_a_model(tmp_path: Path) -> None:
    """503 with a reason and when to try again; live all the same."""
    headers = {"Authorization": f"Bearer {key_for(tmp_path, 'system')}", "Content-Type": "application/json"}
    with Client(create_app(Settings(home=tmp_path), {}, today=lambda: TODAY)) as client:
        answer = client("POST", "/v1/scores", content=body("2026-09-15", [person()]), headers=headers)
        found = problem(answer, 503, "model_unavailable")
        assert found["detail"] == "Not ready: no champion was fetched yet."
        assert answer.headers["retry-after"] == "5"
        problem(client("GET", "/readyz"), 503, "model_unavailable")
        assert client("GET", "/livez").json() == {"status": "live"}


def test_too_much_at_once(client: Client, post: Post) -> None:
    """429 while the bodies of others fill the memory they may have, and nothing of a refused one is held."""
    gate = client.app.state.service.gate.bytes
    gate.held = gate.limit
    answer = post(body("2026-09-15", [person()]))
    held, gate.held = gate.held, 0
    problem(answer, 429, "busy")
    assert answer.headers["retry-after"] == "1"
    assert held == gate.limit
    assert post(b"{").status_code == 400
    assert (gate.held, gate.by) == (0, {})


def test_too_many_people_of_one_key(home: Path) -> None:
    """A key that has posted more than it may is told when to come back; others go on."""
    settings = Settings(home=home, rate_people=0.01, rate_burst=3)
    with Client(create_app(settings, {}, today=lambda: TODAY)) as client:
        many = body("2026-09-15", [person(employee_id=f"E{number}") for number in range(4)])
        keys = [key_for(home, "system", name) for name in ("first", "second")]
        sent = [{"Authorization": f"Bearer {key}", "Content-Type": "application/json"} for key in keys]
        assert client("POST", "/v1/scores", content=many, headers=sent[0]).status_code == 200
        answer = client("POST", "/v1/scores", content=b"{", headers=sent[0])
        problem(answer, 429, "rate")
        assert int(answer.headers["retry-after"]) >= 100
        assert client("POST", "/v1/scores", content=many, headers=sent[1]).status_code == 200


def test_store_that_does_not_answer(tmp_path: Path) -> None:
    """503 when the keys cannot be read, and the cause stays inside."""
    home = shared_toy().home(tmp_path)
    headers = {"Authorization": f"Bearer {key_for(home, 'system')}", "Content-Type": "application/json"}
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        client.app.state.service.store.dispose()
        database = home / "retention.db"
        database.rename(home / "away.db")
        database.mkdir()
        content = body("2026-09-15", [person()])
        problem(client("POST", "/v1/scores", content=content, headers=headers), 503, "store_unavailable")


def test_bug_is_answered_without_a_trace(client: Client, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """500 as a problem; the log names type and place, not the message."""

    def broken() -> int:
        raise RuntimeError(CANARY)

    today = client.app.state.service.today
    client.app.state.service.today = broken
    with caplog.at_level(logging.DEBUG):
        try:
            problem(post(body("2026-09-15", [person()])), 500, "internal")
        finally:
            client.app.state.service.today = today
    assert "unexpected RuntimeError at test_scores.py:" in caplog.text
    assert CANARY not in caplog.text


def test_logs_and_metrics_name_nobody(client: Client, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """Ids, managers, units and the query stay out of log lines and labels."""
    with caplog.at_level(logging.DEBUG):
        job = {"effective_date": "2023-04-01", "event": "hire", "manager_id": CANARY, "org_unit": CANARY}
        answer = post(body("2026-09-15", [person(employee_id=CANARY, job_history=[job])]), "?reasons=1")
        post(body("2026-09-15", [person()]), f"?reasons=1&x={CANARY}")
        post(body("2026-09-15", [person(hire_date=CANARY)]))
    assert answer.json()["scores"][0]["employee_id"] == CANARY
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert 'route="/v1/scores",method="POST",status="200"' in client("GET", "/metrics").text
    assert CANARY not in ours
    assert CANARY not in client("GET", "/metrics").text


def test_unknown_values_of_a_person_are_ignored_and_counted(post: Post) -> None:
    """As unknown columns of a table are: who exports a few more columns is answered all the same."""
    plain, more = person(), person(cost_center="4711", grade=3)
    asked = [post(body("2026-09-15", [one])).json() for one in (plain, more)]
    assert asked[0]["scores"] == asked[1]["scores"]
    assert [one["left_out"]["unknown_columns"] for one in asked] == [0, 2]
