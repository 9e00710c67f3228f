"""F06 and F07: the champion changes while everybody asks. Nobody notices, and what was served before comes back as it was."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from models.linear import Linear, four
from tests import small_models
from tests.fault_proxy import SmallRegistry, small_registry, until
from tests.loads import load
from tests.posting import body
from tests.running import PERSON, REQUEST, Server, running

SYNC_SECONDS: Final = 0.1
WATCH_SECONDS: Final = 0.05
SLACK_SECONDS: Final = 2.0
"""On top of one look of each, for what a look takes on a busy machine."""
BATCH: Final = body("2026-09-15", [PERSON | {"employee_id": f"E{number}"} for number in range(50)])


@dataclass(frozen=True)
class Followed:
    """A registry of two versions, and a server that follows it."""

    registry: SmallRegistry
    server: Server

    def crown(self, number: int, seconds: float = 20.0) -> float:
        """Make a version the champion, and wait until it is served; how long that took. Unit: seconds."""
        self.registry.champion = number
        return until(lambda: served(self.server) == self.digest(number), seconds, lambda: self.server.log)

    def digest(self, number: int) -> str:
        """Digest of a version."""
        return (self.registry.bundles[number] / "digest.txt").read_text().strip()


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """A server and the sync process beside it, both versions fetched once."""
    folder = tmp_path_factory.mktemp("f06")
    held = {
        number: small_models.write(folder / str(number), linear=Linear(four([0.1 * number] * 4))).path
        for number in (1, 2)
    }
    with small_registry(held, 1) as registry:
        settings = {
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{registry.server_port}",
            "RETENTION_SYNC_SECONDS": str(SYNC_SECONDS),
            "RETENTION_WATCH_SECONDS": str(WATCH_SECONDS),
        }
        with running(folder / "home", settings=settings, until="/readyz") as server:
            found = Followed(registry, server)
            for number in (2, 1):
                found.crown(number, 60.0)
            yield found


def answers(server: Server, content: bytes = REQUEST) -> str:
    """What the server says of people: everything but the name of the model that said it."""
    status, found = server.ask("POST", "/v1/scores?reasons=5", content)
    assert status == 200, found
    return json.dumps(found["scores"])


def served(server: Server) -> str:
    """Digest of the model that the server has loaded."""
    return str(server.ask("GET", "/v1/model")[1]["digest"])


@contextmanager
def batches(server: Server) -> Iterator[set[tuple[str, str, str]]]:
    """Ask for a batch of equal people as long as the block lasts: every version, digest and answer that came."""
    found: set[tuple[str, str, str]] = set()
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            _, answer = server.ask("POST", "/v1/scores?reasons=2", BATCH)
            model = answer["model"]
            told = {json.dumps(one | {"employee_id": ""}) for one in answer["scores"]}
            found.update((model["version"], model["digest"], one) for one in told)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join(30)


def test_f06_swaps_under_load_lose_nothing(followed: Followed, trial: bool, figures: Callable[..., Path]) -> None:
    """The alias moves to and fro under constant load: every request is answered, each by one version it names."""
    swaps = 100 if trial else 8
    with load(followed.server, connections=3, pause=0.002) as sent, batches(followed.server) as told:
        taken = [followed.crown(2 - number % 2) for number in range(swaps)]
    both = [("1", followed.digest(1)), ("2", followed.digest(2))]
    assert sent.failed() == []
    assert sorted({(one.version, one.digest) for one in sent.sent}) == both
    assert sorted((version, digest) for version, digest, _ in told) == both
    assert len({answer for _, _, answer in told}) == 2
    shown = {"swaps": swaps, "requests": len(sent.sent), "failed": 0, "versions_mixed": 0,
             "seconds_to_swap_most": round(max(taken), 2), "p99_ms": round(1000 * sent.percentile(0.99), 1)}  # fmt: skip
    figures("f06_swaps", shown)
    print(shown)


def test_f07_rollback_serves_what_was_served_before(followed: Followed, figures: Callable[..., Path]) -> None:
    """One poll and one look after the alias moved back, the answers are those of before, to the last bit."""
    followed.crown(1)
    before = answers(followed.server), answers(followed.server, BATCH)
    followed.crown(2)
    assert answers(followed.server) != before[0]
    seconds = followed.crown(1, SYNC_SECONDS + WATCH_SECONDS + SLACK_SECONDS)
    assert (answers(followed.server), answers(followed.server, BATCH)) == before
    figures("f07_rollback", {"seconds": round(seconds, 2)})
    print(f"rolled back in {seconds:.2f} s")
