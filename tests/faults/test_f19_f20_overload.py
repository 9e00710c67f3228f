"""More than the server can do, from all or from one: what it can do it does, the rest hears so at once."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.flood import Flood, flood
from tests.loads import load
from tests.posting import body
from tests.raw import head
from tests.running import PERSON, REQUEST, Server, make_key, running
from tests.served import shared_toy

MB: Final = 1_000_000
Figures = Callable[[str, dict[str, object]], Path]


def batch(people: int) -> bytes:
    """A request of some milliseconds, so that a client written in Python can send ten times what a server can do."""
    return body("2026-09-15", [{**PERSON, "employee_id": f"E{number}"} for number in range(people)])


def request(server: Server, content: bytes, key: str = "") -> bytes:
    """A whole request."""
    return head(server, b"Content-Length: %d" % len(content), path=b"/v1/scores?reasons=10", key=key) + content


def percentile(values: list[float], share: float) -> float:
    """The value that so large a share stays below."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


@contextmanager
def health(server: Server) -> Iterator[list[float]]:
    """The seconds that `/livez` and `/readyz` took meanwhile, asked twenty times a second."""
    found: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.wait(0.05):
            for path in ("/livez", "/readyz"):
                began = time.monotonic()
                ok = server.status(path, timeout=30) == 200
                found.append(time.monotonic() - began if ok else float("inf"))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join(10)


def goodput(found: Flood, seconds: float) -> float:
    """Good answers a second."""
    return len(found.of(200)) / seconds


def test_f19_ten_times_more_than_it_can_do(tmp_path: Path, trial: bool, figures: Figures) -> None:
    """Nearly as many good answers as at its best; the others hear 429 or 503 and when to come back; health stays well."""
    seconds, unlimited = (15 if trial else 2), {"RETENTION_RATE_PEOPLE": "0"}  # a key's rate is not what is tried here
    with running(shared_toy().home(tmp_path), "--no-sync", settings=unlimited, until="/readyz") as server:
        wanted = request(server, batch(1_000))  # so long that to refuse nine takes little beside the tenth
        with flood(server.port, wanted, 10_000, 8) as best:
            time.sleep(seconds)
        peak, before = goodput(best, seconds), server.rss()
        with health(server) as healthy, flood(server.port, wanted, 10 * peak, 300) as over:
            time.sleep(seconds)
        reached, grown = goodput(over, seconds), (server.rss() - before) / MB
        refused, lost = over.of(429, 503), over.of(0)
        told = {
            "peak_per_second": peak,
            "goodput_per_second": reached,
            "sent": len(over.found),
            "unsent": over.unsent,
            "refused": len(refused),
            "refused_p50_ms": percentile([one.seconds * 1e3 for one in refused], 0.5),
            "refused_p99_ms": percentile([one.seconds * 1e3 for one in refused], 0.99),
            "admitted_p99_ms": percentile([one.seconds * 1e3 for one in over.of(200)], 0.99),
            "health_p50_ms": percentile([one * 1e3 for one in healthy], 0.5),
            "health_p99_ms": percentile([one * 1e3 for one in healthy], 0.99),
            "grown_mb": grown,
        }
        print("F19", {name: round(value, 1) for name, value in told.items()})
        figures("f19", dict(told))
        assert reached >= (0.8 if trial else 0.5) * peak
        assert refused
        assert len(over.found) == len(over.of(200, 429, 503))
        assert not lost
        assert all(re.search(r"\r\nretry-after: \d+\r\n", one.head) for one in refused)
        assert percentile(healthy, 0.5) < (0.1 if trial else 0.3)
        assert percentile([one.seconds for one in refused], 0.5) < (0.05 if trial else 0.3)
        assert grown < 100
        assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200


@pytest.mark.parametrize("limited", [False, True], ids=["within its rate", "beyond its rate"])
def test_f20_one_noisy_key(tmp_path: Path, trial: bool, limited: bool, figures: Figures) -> None:
    """Another key's requests all succeed and hardly wait, whether a limit stops the noisy one or only its share does."""
    seconds, rate = (10 if trial else 1.5), {"RETENTION_RATE_PEOPLE": "300", "RETENTION_RATE_BURST": "600"}
    home = shared_toy().home(tmp_path)
    with running(home, "--no-sync", settings=rate if limited else {}, until="/readyz") as server:
        noisy = request(server, batch(100), make_key(home, "system"))
        with load(server, connections=1, pause=0.02) as alone:
            time.sleep(seconds)
        with flood(server.port, noisy, 2_000, 250) as over, load(server, connections=1, pause=0.02) as beside:
            time.sleep(seconds)
        refused = over.of(429)
        told = {
            "p50_alone_ms": alone.percentile(0.5) * 1e3,
            "p50_beside_ms": beside.percentile(0.5) * 1e3,
            "p99_alone_ms": alone.percentile(0.99) * 1e3,
            "p99_beside_ms": beside.percentile(0.99) * 1e3,
            "noisy_good": len(over.of(200)),
            "noisy_refused": len(refused),
        }
        print("F20", limited, {name: round(value, 1) for name, value in told.items()})
        figures(f"f20_{'limited' if limited else 'shared'}", dict(told))
        assert beside.failed() == []
        assert refused
        assert beside.percentile(0.5) < max(20 * alone.percentile(0.5), 0.3)
        if limited:
            assert len(over.of(200)) * 100 <= 600 + 300 * (seconds + 5) + 100
            last = refused[-1].head
            assert re.search(r'\r\nratelimit: "people";r=0;t=\d+\r\n', last)
            assert '\r\nratelimit-policy: "people";q=600;w=2\r\n' in last
            assert re.search(r"\r\nretry-after: \d+\r\n", last)
