"""F06 and F07: the champion changes while everybody asks. Nobody notices, and what was served before comes back as it was."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests import followed
from tests.followed import Followed, answers, served
from tests.posting import body
from tests.running import PERSON, Server, load, running
from training import cli

SYNC_SECONDS: Final = 0.1
WATCH_SECONDS: Final = 0.05
SLACK_SECONDS: Final = 2.0
"""On top of one look of each, for what a look takes on a busy machine."""
BATCH: Final = body("2026-09-15", [PERSON | {"employee_id": f"E{number}"} for number in range(50)])


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """A home whose registry holds two sound versions."""
    return followed.followed(tmp_path_factory.mktemp("f06") / "home")


@pytest.fixture(scope="module")
def server(held: Followed) -> Iterator[Server]:
    """A server and the sync process beside it, both versions fetched once."""
    settings = {"RETENTION_SYNC_SECONDS": str(SYNC_SECONDS), "RETENTION_WATCH_SECONDS": str(WATCH_SECONDS)}
    with running(held.home, settings=settings, until="/readyz") as found:
        for number in (2, 1):
            held.crown(number)
            until_served(found, digest(number), 60)
        yield found


def digest(number: int) -> str:
    """Digest of a version."""
    return (followed.sound(number) / "digest.txt").read_text().strip()


def until_served(server: Server, wanted: str, seconds: float) -> float:
    """Wait until the server answers with a model; how long it took."""
    began = time.monotonic()
    while served(server) != wanted:
        assert time.monotonic() < began + seconds, server.log
        time.sleep(0.01)
    return time.monotonic() - began


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


def test_f06_swaps_under_load_lose_nothing(
    held: Followed, server: Server, trial: bool, figures: Callable[..., Path]
) -> None:
    """The alias moves to and fro under constant load: every request is answered, each by one version it names."""
    swaps, taken = 100 if trial else 8, []
    with load(server, connections=3, pause=0.002) as sent, batches(server) as told:
        for number in range(swaps):
            held.crown(2 - number % 2)
            taken.append(until_served(server, digest(2 - number % 2), 20))
    assert sent.failed() == []
    assert {(one.version, one.digest) for one in sent.sent} == {("1", digest(1)), ("2", digest(2))}
    assert sorted((version, by) for version, by, _ in told) == [("1", digest(1)), ("2", digest(2))]
    assert len({answer for _, _, answer in told}) == 2
    shown = {"swaps": swaps, "requests": len(sent.sent), "failed": 0, "versions_mixed": 0,
             "seconds_to_swap_most": round(max(taken), 2), "p99_ms": round(1000 * sent.percentile(0.99), 1)}  # fmt: skip
    figures("f06_swaps", shown)
    print(shown)


def test_f07_rollback_serves_what_was_served_before(
    held: Followed, server: Server, figures: Callable[..., Path]
) -> None:
    """One poll and one look after the alias moved back, the answers are those of before, to the last bit."""
    held.crown(1)
    until_served(server, digest(1), 20)
    before, batch = answers(server), answers(server, BATCH)
    held.crown(2)
    until_served(server, digest(2), 20)
    assert answers(server) != before
    held.crown(1)
    seconds = until_served(server, digest(1), SYNC_SECONDS + WATCH_SECONDS + SLACK_SECONDS)
    assert (answers(server), answers(server, BATCH)) == (before, batch)
    figures("f07_rollback", {"seconds": round(seconds, 2)})
    print(f"rolled back in {seconds:.2f} s")


def test_f07_the_command_that_rolls_back(held: Followed, server: Server) -> None:
    """`training rollback` moves the alias, and that is all it takes."""
    assert cli.main(["promote", "2", "--why", "it is newer"], {"RETENTION_HOME": str(held.home)}) == 0
    until_served(server, digest(2), 20)
    assert cli.main(["rollback"], {"RETENTION_HOME": str(held.home)}) == 0
    until_served(server, digest(1), 20)
