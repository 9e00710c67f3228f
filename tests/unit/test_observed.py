"""What is seen of a request: its id and trace, its numbers, its line; and a process's own life."""

import asyncio
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.life import Life
from service.logs import Lines
from service.metrics import Metrics
from service.observe import Observe, RequestLog, trace_id

UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
TRACE = "0af7651916cd43dd8448eb211c80319c"


async def app(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer 200 on a route with a template."""
    scope["route"] = SimpleNamespace(path_format="/v1/employees/{employee_id}/risk")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
    await send({"type": "http.response.body", "body": b""})


def asked(observe: Observe, headers: dict[str, str], method: str = "GET") -> dict[bytes, bytes]:
    """The headers of the answer to one request."""
    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": method, "path": "/v1/employees/E990017/risk", "headers": given}
    asyncio.run(observe(scope, receive, send))
    return dict(sent[0]["headers"])


@pytest.mark.parametrize("given", [UUID, TRACE, "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_an_id_that_names_nobody_is_kept(given: str) -> None:
    """A UUID, hexadecimal digits and a ULID come back as they were."""
    assert asked(Observe(app, Metrics(), Life()), {"x-request-id": given})[b"x-request-id"].decode() == given


@pytest.mark.parametrize("given", ["", "E990017", "jane.doe@example.com", "a" * 65, f"{UUID}\n", "Z" * 20])
def test_any_other_id_is_replaced(given: str) -> None:
    """What could name somebody, or does not fit a line, is not taken over; ids of our own never repeat."""
    observe = Observe(app, Metrics(), Life())
    found = [asked(observe, {"x-request-id": given})[b"x-request-id"].decode() for _ in range(3)]
    assert given not in found
    assert len(set(found)) == 3


@pytest.mark.parametrize("header, trace", [
    (f"00-{TRACE}-b7ad6b7169203331-01", TRACE),
    (f"01-{TRACE}-b7ad6b7169203331-01-later", TRACE),
    (f"00-{TRACE}-b7ad6b7169203331-01-later", ""),
    (f"ff-{TRACE}-b7ad6b7169203331-01", ""),
    (f"00-{'0' * 32}-b7ad6b7169203331-01", ""),
    (f"00-{TRACE}-{'0' * 16}-01", ""),
    (f"00-{TRACE.upper()}-b7ad6b7169203331-01", ""),
    ("E990017", ""),
])  # fmt: skip
def test_trace_id_by_the_letter(header: str, trace: str) -> None:
    """W3C Trace Context, section 3.2: version, lower case, no zeros, and more only after later versions."""
    assert trace_id(header.encode()) == trace


def test_a_line_holds_the_template_and_no_path(tmp_path: Path) -> None:
    """One JSON object with the route's template, both ids, method, status and time; never the path."""
    lines = Lines(os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT))
    log = RequestLog(lines, "json", "all", lambda: 1_795_316_645.625)
    asked(
        Observe(app, Metrics(), Life(), log), {"x-request-id": UUID, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    )
    lines.flush()
    written = json.loads((tmp_path / "log").read_text())
    assert written.pop("ms") < 1_000
    assert written == {
        "time": "2026-11-22T03:04:05.625Z", "level": "info", "logger": "service.requests", "event": "request",
        "request_id": UUID, "trace_id": TRACE, "route": "/v1/employees/{employee_id}/risk", "method": "GET",
        "status": 200, "key": "",
    }  # fmt: skip


@pytest.mark.parametrize("which, count", [("all", 1), ("errors", 0), ("none", 0)])
def test_which_requests_get_a_line(tmp_path: Path, which: str, count: int) -> None:
    """All, only failed ones, or none."""
    lines = Lines(os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT))
    asked(Observe(app, Metrics(), Life(), RequestLog(lines, "text", which, lambda: 0.0)), {})
    lines.flush()
    assert (tmp_path / "log").read_text().count("\n") == count


def test_an_invented_method_is_no_label() -> None:
    """Whatever stands where the method should, the metric says `other`."""
    metrics = Metrics()
    asked(Observe(app, metrics, Life()), {}, "E990017")
    assert "E990017" not in metrics.text().decode()
    assert 'method="other"' in metrics.text().decode()


def test_answers_ask_to_close_while_draining() -> None:
    """A connection that is kept would only be cut later."""
    life = Life()
    observe = Observe(app, Metrics(), life)
    assert b"connection" not in asked(observe, {})
    life.draining = True
    assert asked(observe, {})[b"connection"] == b"close"


def test_a_failing_task_is_done_again_and_a_dead_one_is_told() -> None:
    """What fails is repeated; what is ended for good is a fault that liveness tells."""
    done: list[int] = []

    async def work() -> None:
        done.append(1)
        if len(done) == 1:
            raise ValueError

    async def main() -> list[Any]:
        life = Life()
        with life.kept("watch", work, 0.001):
            await asyncio.sleep(1.1)
            before = life.faults()
            next(iter(life._tasks.values())).cancel()
            await asyncio.sleep(0.01)
            return [before, life.faults()]

    assert asyncio.run(main()) == [[], ["watch"]]
    assert len(done) > 2
