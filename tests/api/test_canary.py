"""Nothing that belongs to somebody leaves the server but in the answer it is meant for: not in a line, a label, a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests import planted
from tests.planted import COMMENT, KEY, MANAGER, NAME, PERSON, UNIT, VALUE
from tests.posting import body
from tests.running import Server, make_key, running
from tests.sabotage import CRASH, sabotaged
from tests.served import shared_toy

JOB: Final = {
    "effective_date": "2023-04-01",
    "event": "hire",
    "manager_id": MANAGER,
    "org_unit": f"{UNIT}/Nest",
    "job_title": VALUE,
}
SURVEY: Final = {
    "survey_id": "S1",
    "survey_type": "pulse",
    "sent_at": "2026-08-01",
    "responded_at": "2026-08-02",
    "driver": "enps",
    "score": 3,
    "comment": f"{NAME} says {COMMENT}",
}


def person(**more: Any) -> dict[str, Any]:
    """Somebody with a planted word in every field that takes one."""
    return {"employee_id": PERSON, "hire_date": "2023-04-01", "job_history": [JOB], "surveys": [SURVEY], **more}


GOOD: Final = body("2026-09-15", [person()])
BAD: Final = {
    "value": body("2026-09-15", [person(hire_date=VALUE)]),
    "missing": body("2026-09-15", [{"employee_id": PERSON}]),
    "nested": body("2026-09-15", [person(tickets=[{"ticket_id": VALUE, "opened_at": VALUE}])]),
    "day": body(VALUE, [person()]),
    "twice": b'{"as_of": "2026-09-15", "%s": 1, "%s": 2}' % (VALUE.encode(), VALUE.encode()),
    "cut": GOOD[:-9],
    "latin": GOOD.replace(b"says", b"\xe4"),
    "crash": body("2026-09-15", [person()], note=CRASH),
}
HEADERS: Final = {
    "X-Request-Id": PERSON,
    "User-Agent": NAME,
    "Cookie": f"a={VALUE}",
    "Referer": f"http://127.0.0.1/{PERSON}",
    "traceparent": f"00-{VALUE}-b7ad6b7169203331-01",
    "tracestate": f"a={VALUE}",
}
OTHERS: Final = [
    ("GET", f"/v1/employees/{PERSON}/risk"),
    ("GET", f"/v1/employees/{PERSON}"),
    ("GET", f"/v1/risk-list?org_unit={UNIT}&cursor={VALUE}"),
    ("GET", f"/{NAME}"),
    ("GET", f"/v1/model?{NAME}={VALUE}"),
    ("DELETE", f"/v1/scores?{NAME}"),
    ("POST", f"/v1/scores?reasons={VALUE}"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Server]:
    """A server that crashes with what it was sent, when told to."""
    home = shared_toy().home(tmp_path_factory.mktemp("home"))
    environ = sabotaged(tmp_path_factory.mktemp("sabotage"), root)
    with running(home, "--no-sync", settings=environ, until="/readyz") as found:
        yield found


def silent(text: str) -> None:
    """Fail, naming the kinds of what was found, not the text."""
    assert planted.found_in(text) == []


UNKNOWN: Final = body("2026-09-15", [person(job_history=[{**JOB, VALUE: VALUE}])])


@pytest.mark.parametrize("content", [GOOD, UNKNOWN], ids=["good", "unknown column"])
def test_an_answer_holds_the_person_and_no_record(server: Server, content: bytes) -> None:
    """The answer names the person it was asked for, and nothing else of what was sent."""
    reply = server.fetch("POST", "/v1/scores", content, HEADERS)
    assert (reply.status, reply.json["scores"][0]["employee_id"]) == (200, PERSON)
    assert reply.json["scores"][0]["risk"]["90"] > 0
    text = reply.content.decode().replace(PERSON, "")
    silent(text + json.dumps(dict(reply.headers)))


@pytest.mark.parametrize("name", BAD)
def test_a_fault_repeats_nothing(server: Server, name: str) -> None:
    """Neither the problem nor its headers repeat anything that was sent."""
    reply = server.fetch("POST", "/v1/scores", BAD[name], HEADERS)
    assert reply.status == 500 if name == "crash" else reply.status in {400, 422}
    silent(reply.content.decode() + json.dumps(dict(reply.headers)))


@pytest.mark.parametrize("method, path", OTHERS)
def test_a_path_or_query_is_not_repeated(server: Server, method: str, path: str) -> None:
    """What stands in a path, a query or a header is not in the answer."""
    reply = server.fetch(method, path, GOOD if method == "POST" else None, HEADERS)
    assert 400 <= reply.status < 500
    silent(reply.content.decode() + json.dumps(dict(reply.headers)))


@pytest.mark.parametrize("headers", [
    {"Authorization": f"Bearer {KEY}"},
    {"Authorization": f"Basic {NAME}"},
    {"Content-Type": f"text/{NAME}"},
    {"Content-Encoding": VALUE},
])  # fmt: skip
def test_a_header_is_not_repeated(server: Server, headers: dict[str, str]) -> None:
    """A refused key, type or encoding is not named."""
    reply = server.fetch("POST", "/v1/scores", GOOD, headers)
    assert reply.status in {401, 415}
    silent(reply.content.decode() + json.dumps(dict(reply.headers)))


def test_broken_http_is_not_repeated(server: Server) -> None:
    """Bytes that are no request, and a request that ends in its midst, leave no trace."""
    for sent in (f"{NAME} {PERSON}\r\n\r\n", f"GET /{NAME} HTTP/9.9\r\n{VALUE}\r\n\r\n"):
        with server.connect(5) as connection:
            connection.sendall(sent.encode())
            silent(connection.recv(65_536).decode())
    head = (
        f"POST /v1/scores HTTP/1.1\r\nHost: {NAME}\r\nAuthorization: Bearer {server.key}\r\nContent-Length: 999\r\n\r\n"
    )
    with server.connect(5) as connection:
        connection.sendall(head.encode() + GOOD[:100])


def test_after_all_that_nothing_is_found(server: Server) -> None:
    """After every request above: no line, no label and no file of the home holds a planted word, and no key."""
    key = make_key(server.home, "hrbp", UNIT)
    for path in ("/v1/model", "/v1/risk-list"):
        server.fetch("GET", path, headers={"Authorization": f"Bearer {key}"})
    assert server.ask("POST", "/v1/scores", GOOD)[0] == 200
    silent(server.fetch("GET", "/metrics", role="").content.decode())
    assert server.stop() == 0
    assert "unexpected RuntimeError at " in server.log
    assert server.log.count('"event":"request"') > 20
    silent(server.log)
    assert all(isinstance(json.loads(line), dict) for line in server.lines)
    assert planted.files_with(server.home, PERSON, MANAGER, COMMENT, NAME, VALUE, KEY, key, server.key) == []
