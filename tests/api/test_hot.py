"""The handler in front of the framework: the framework's own route leads to the same answers, and no answer is late."""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.middleware import Middleware

from service.access.keys import ROLES, Caller, add_key
from service.api.scores import Hot
from service.app import create_app
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import Client, Person, body
from tests.running import REQUEST, running
from tests.served import day, shared_toy

TODAY: Final = day("2026-10-01")
CANARY: Final = "Kanarienvogel-4711"
ASKED: Final = body("2026-09-15", [{"employee_id": "E1", "hire_date": "2023-04-01", "job_history": []}])
OF_A_REQUEST: Final = {"x-request-id", "date"}
"""Headers that differ between any two answers."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose toy champion is fetched."""
    return shared_toy().home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def both(home: Path) -> Iterator[tuple[Client, Client]]:
    """The application as it is, and without the handler in front of the framework."""
    known = Settings(home=home, body_limit=20_000)
    plain = create_app(known, {}, today=lambda: TODAY)
    plain.user_middleware = [one for one in plain.user_middleware if getattr(one.cls, "__name__", "") != Hot.__name__]
    hot = create_app(known, {}, today=lambda: TODAY)
    assert [type(one) for one in hot.user_middleware] == [Middleware] * (len(plain.user_middleware) + 1)
    with Client(hot) as first, Client(plain) as second:
        yield first, second


@pytest.fixture(scope="module")
def keys(home: Path) -> dict[str, str]:
    """A key of every role, and headers of nobody."""
    store = open_store(Settings(home=home).database_url)
    made = {role: add_key(store, Caller("hot", role, ""), "2026-01-01T00:00:00Z") for role in ROLES}
    store.dispose()
    return {role: f"Bearer {key}" for role, key in made.items()} | {"nobody": "", "wrong": "Bearer rk_wrong"}


def said(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer, as far as they are the same for the same request."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_A_REQUEST}
    return answer.status_code, headers, answer.content


QUERIES: Final = st.one_of(
    st.sampled_from(["", "?reasons=3", "?horizon=365&reasons=0", "?reasons=11", "?x=1", "?reasons=1&reasons=1"]),
    st.text("reasonhizx=&0123456789%+- ", max_size=20).map(lambda text: f"?{text}"),
)
TYPES: Final = st.sampled_from(
    ["application/json", "application/x-ndjson", "text/plain", "application/json;charset=utf-16"]
)
BODIES: Final = st.one_of(
    st.sampled_from([ASKED, b"", b"{}", b"[]", b'{"as_of":"2026-09-15"}\n{}\n', b" " * 20_001]), st.binary(max_size=40)
)
WHO: Final = st.sampled_from(["system"] * 6 + ["leader", "nobody", "wrong"])


@settings(max_examples=60)
@given(WHO, QUERIES, TYPES, BODIES)
def test_the_declared_route_answers_the_same(
    both: tuple[Client, Client], keys: dict[str, str], who: str, query: str, media_type: str, content: bytes
) -> None:
    """Whatever is sent: status, headers and body are those of the handler in front."""
    headers = {"Content-Type": media_type, **({"Authorization": keys[who]} if keys[who] else {})}
    first, second = (client("POST", f"/v1/scores{query}", content=content, headers=headers) for client in both)
    assert said(first) == said(second)
    assert first.status_code < 500


@settings(max_examples=60)
@given(WHO, QUERIES, TYPES, BODIES)
def test_what_is_answered_at_once_is_answered_the_same(
    both: tuple[Client, Client], keys: dict[str, str], who: str, query: str, media_type: str, content: bytes
) -> None:
    """What needs no application has the status, headers and body that it gives; whatever is refused does need it."""
    headers = {"Content-Type": media_type, **({"Authorization": keys[who]} if keys[who] else {})}
    expected = both[0]("POST", f"/v1/scores{query}", content=content, headers=headers)
    found = at_once(both[0], expected.request.url.query, headers, content)
    if expected.status_code != 200 or media_type == "application/x-ndjson":
        assert found is None
    else:
        assert found is not None
        answer = httpx.Response(200, headers=found[0], content=found[1])
        assert said(answer) == said(expected)


def test_many_people_are_not_answered_at_once(both: tuple[Client, Client], keys: dict[str, str]) -> None:
    """Thirty-two are; of more the application makes blocks, between which others have their turn."""
    headers = {"Content-Type": "application/json", "Authorization": keys["system"]}
    few, many = (body("2026-09-15", [_person(employee_id=f"E{n}") for n in range(size)]) for size in (32, 33))
    assert at_once(both[0], b"", headers, few) is not None
    assert at_once(both[0], b"", headers, many) is None
    assert both[0]("POST", "/v1/scores", content=many, headers=headers).status_code == 200


def at_once(client: Client, query: bytes, headers: dict[str, str], content: bytes) -> Any:
    """What the protocol is given for a request, None where the application is asked."""
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/v1/scores", "query_string": query, "headers": sent}
    return client.app.state.at_once(scope, content)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_the_framework_s(both: tuple[Client, Client], method: str) -> None:
    """405 with the method that is allowed, as a problem."""
    first, second = (client(method, "/v1/scores") for client in both)
    assert said(first) == said(second)
    assert (first.status_code, first.headers["allow"]) == (405, "POST")
    assert first.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/scores/", "/v1//scores", "/V1/scores", "/v1/scores;x", "/v1/score"])
def test_other_paths_are_unknown(both: tuple[Client, Client], keys: dict[str, str], path: str) -> None:
    """Nothing is redirected or guessed."""
    answer = both[0]("POST", path, content=ASKED, headers={"Authorization": keys["system"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def _person(**more: Any) -> Person:
    return {"employee_id": "E1", "hire_date": "2023-04-01", "job_history": [], **more}


def _asked(as_of: str = "2026-09-15", **more: Any) -> str:
    return json.dumps({"as_of": as_of, "employees": [_person(**more)]})


@pytest.mark.parametrize(
    "sent",
    [
        {"path": f"/v1/scores?{CANARY}=1"},
        {"path": f"/v1/scores?reasons={CANARY}"},
        {"path": f"/v1/scores?horizon={CANARY}"},
        {"path": f"/v1/{CANARY}"},
        {"path": f"/v1/model?{CANARY}={CANARY}", "method": "GET"},
        {"path": f"/v2/models/retention-risk/versions/{CANARY}", "method": "GET"},
        {"headers": {"Content-Type": CANARY}},
        {"headers": {"Content-Encoding": CANARY}},
        {"headers": {"Authorization": f"Bearer {CANARY}"}},
        {"headers": {"Authorization": CANARY}},
        {"headers": {"X-Request-Id": CANARY, "Content-Type": "text/csv"}},
        {"content": CANARY},
        {"content": f'{{"{CANARY}": 1}}'},
        {"content": f'{{"as_of": "{CANARY}'},
        {"content": f'{{"{CANARY}": 1, "{CANARY}": 2}}'},
        {"content": _asked(CANARY)},
        {"content": _asked(employee_id=[CANARY])},
        {"content": _asked(hire_date=CANARY)},
        {"content": _asked().replace("hire_date", CANARY)},
        {"content": _asked(tickets=CANARY)},
        {"content": _asked(tickets=[CANARY])},
        {"content": _asked(tickets=[{"ticket_id": CANARY, "opened_at": CANARY}])},
        {"content": _asked(signals=[{"occurred_at": "2024-01-01", "name": "a", "value": CANARY}])},
        {"content": _asked(surveys=[{"sent_at": CANARY, "survey_id": 1, "driver": 2, "comment": CANARY}])},
        {"content": f'{{"as_of": "{CANARY}"}}', "headers": {"Content-Type": "application/x-ndjson"}},
        {"content": f'{{"as_of": "2026-09-15"}}\n{CANARY}\n{{"{CANARY}": "{CANARY}"}}',
         "headers": {"Content-Type": "application/x-ndjson"}, "status": 200},
    ],
    ids=lambda sent: str(sent).replace(CANARY, "*")[:70],
)  # fmt: skip
def test_nothing_sent_comes_back(both: tuple[Client, Client], keys: dict[str, str], sent: dict[str, Any]) -> None:
    """A canary in every place of a bad request is in no part of the answer."""
    headers = {"Authorization": keys["system"], "Content-Type": "application/json", **sent.get("headers", {})}
    method, path, content = sent.get("method", "POST"), sent.get("path", "/v1/scores"), sent.get("content", _asked())
    answer = both[0](method, path, content=content.encode(), headers=headers)
    assert answer.status_code == sent.get("status", answer.status_code)
    assert answer.status_code >= 400 or "status" in sent
    shown = json.dumps(dict(answer.headers)) + answer.text
    assert CANARY.lower() not in shown.lower()


@pytest.fixture(scope="module")
def port(home: Path) -> Iterator[tuple[int, str]]:
    """Where a server of two processes listens, and a key."""
    with running(home, "--workers", "2", "--no-sync", until="/readyz") as server:
        yield server.port, server.key


def _ask(connection: http.client.HTTPConnection, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/scores?reasons=0", REQUEST, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_no_answer_waits_for_nagle(port: tuple[int, str]) -> None:
    """With two processes, a kept connection is answered in milliseconds: not 44 ms late, as without uvloop."""
    number, key = port
    times = []
    with closing(http.client.HTTPConnection("127.0.0.1", number, timeout=30)) as kept:
        until = time.monotonic() + 30
        while _ask(kept, key) != 200 and time.monotonic() < until:
            time.sleep(0.05)  # this one of the two may still be loading the model
        for _ in range(60):
            began = time.perf_counter()
            assert _ask(kept, key) == 200
            times.append(time.perf_counter() - began)
    median = statistics.median(times)
    print(f"median of a kept connection, two processes: {median * 1000:.1f} ms")
    assert median < 0.015


@pytest.mark.parametrize("package", ["uvloop", "httptools"])
def test_nothing_is_served_without_what_makes_it_fast(tmp_path: Path, package: str) -> None:
    """A missing event loop or parser is one clear line and exit code 2, never a slow server."""
    code = (
        f"import sys; sys.modules[{package!r}] = None; from service.cli import main; import os; "
        "sys.exit(main(['serve', '--no-sync', '--port', '0'], os.environ))"
    )
    environ = {**os.environ, "RETENTION_HOME": str(tmp_path), "RETENTION_LOG": "text"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"The package {package} is not installed here, and nothing is served without it. Run: make setup."
    ]
