"""F08 to F10: the registry is down, silent, broken or slow, before and after the server starts. Scoring does not notice."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from models.registry import connect
from service import bundles, limited
from service.bundles import Champion
from tests import registered, small_models
from tests.fault_proxy import FAULTS, Proxy, SmallRegistry, proxied, small_registry, until
from tests.loads import load
from tests.running import REQUEST, Server, free_port, running

SYNC_SECONDS: Final = 0.3
LOOK_SECONDS: Final = 5.0
"""What one look at the registry may cost, whatever the registry does."""
SLACK_SECONDS: Final = 3.0
"""For a machine that is busy with other tests."""
START_SECONDS: Final = 30.0
"""For a process that imports MLflow on such a machine."""
QUICK: Final = ("refused", "error 500", "garbage", "nonsense", "silent", "trickle")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the base rate."""
    return small_models.write(tmp_path_factory.mktemp("f08") / "bundle").path


@contextmanager
def registry(bundle: Path, champion: int = 1) -> Iterator[tuple[SmallRegistry, Proxy]]:
    """A registry behind a proxy that can fail."""
    with small_registry({1: bundle}, champion) as found, proxied(found.server_port) as proxy:
        yield found, proxy


@contextmanager
def following(home: Path, proxy: Proxy, until: str = "/readyz") -> Iterator[Server]:
    """A server that follows the registry behind the proxy."""
    settings = {
        "MLFLOW_TRACKING_URI": proxy.uri,
        "RETENTION_SYNC_SECONDS": str(SYNC_SECONDS),
        "RETENTION_WATCH_SECONDS": "0.05",
    }
    with running(home, settings=settings, until=until) as server:
        yield server


def ready(server: Server) -> Any:
    """What `/readyz` says, with its status code."""
    reply = server.fetch("GET", "/readyz", role="")
    return reply.json | {"code": reply.json.get("code", reply.status)}


def with_bundle(home: Path, bundle: Path) -> Path:
    """A home in which the bundle was fetched at an earlier time."""
    digest = (bundle / "digest.txt").read_text().strip()
    store = home / "bundles"
    place = bundles.folder(store, digest)
    place.mkdir(parents=True)
    for path in bundle.iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    bundles.point_to(store, Champion("retention-risk", "1", "0" * 32, digest))
    return home


def suffer(server: Server, proxy: Proxy, faults: Sequence[str]) -> dict[str, Any]:
    """Each way to be away, under load: told within one look, no request lost, and over by itself; what it took."""
    told: dict[str, Any] = {}
    until(lambda: ready(server)["status"] == "ready", START_SECONDS)
    for fault in ("", *faults):
        with load(server, connections=2, pause=0.005) as sent:
            proxy.fail(fault)
            found = noticed(server, proxy) if fault else calm()
        assert sent.failed() == []
        found |= {"requests": len(sent.sent), "p99_ms": round(1000 * sent.percentile(0.99), 1)}
        told[fault or "none"] = found
    assert server.fetch("POST", "/v1/scores", REQUEST).headers.get("x-model-stale") is None
    print(told)
    return told


def calm() -> dict[str, Any]:
    """Let a second and a half go by without a fault."""
    time.sleep(1.5)
    return {}


def noticed(server: Server, proxy: Proxy) -> dict[str, Any]:
    """Wait until the server says that it may be out of date, end the fault, and wait until it says so no more."""
    most = SYNC_SECONDS + LOOK_SECONDS + SLACK_SECONDS
    until_told = until(lambda: ready(server)["status"] == "degraded", most, lambda: server.log)
    why = ready(server)["freshness"]["degraded"]
    assert why in {"registry_away", "registry_refused"}
    assert server.fetch("POST", "/v1/scores", REQUEST).headers["x-model-stale"] == "true"
    proxy.fail("")
    over = until(lambda: ready(server)["status"] == "ready", START_SECONDS, lambda: server.log)
    return {"noticed_s": round(until_told, 2), "recovered_s": round(over, 2), "called": why}


def test_f08_scoring_does_not_notice_the_registry(
    bundle: Path, tmp_path: Path, trial: bool, figures: Callable[..., Path]
) -> None:
    """In front of answers like MLflow's: refused, broken, garbled, silent, slow; at full size every fault there is."""
    with registry(bundle) as (_, proxy), following(tmp_path / "home", proxy) as server:
        figures("f08_registry", suffer(server, proxy, FAULTS if trial else QUICK))


@pytest.mark.trial
def test_f08_in_front_of_a_real_mlflow_server(tmp_path: Path, figures: Callable[..., Path]) -> None:
    """The same with MLflow's own server, its database and its artifacts behind the proxy."""
    with (
        mlflow_server(tmp_path / "mlflow") as port,
        proxied(port) as proxy,
        following(tmp_path / "home", proxy) as server,
    ):
        figures("f08_mlflow_server", suffer(server, proxy, FAULTS))


@contextmanager
def mlflow_server(folder: Path) -> Iterator[int]:
    """An MLflow server that holds one version, the champion; its port."""
    folder.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", str(port),
               "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files")]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: answers_http(port), 120)
        opened = connect(folder, f"http://127.0.0.1:{port}")
        registered.register(opened, small_models.write(folder / "bundle", mode="full", evidence=(
            small_models.evidence(method="full"),)))  # fmt: skip
        opened.promote(1, "tests", "the first", registered.AT)
        yield port
    finally:
        limited.end(process)


def answers_http(port: int) -> bool:
    """Whether a server answers there."""
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).status == 200)
    except OSError:
        return False


def test_f09_ready_without_the_registry(bundle: Path, tmp_path: Path, figures: Callable[..., Path]) -> None:
    """With a bundle on disk the server is ready while nobody answers for the registry, and says that it may be out of date."""
    home = with_bundle(tmp_path / "home", bundle)
    with registry(bundle) as (_, proxy):
        proxy.fail("refused")
        with following(home, proxy, until="") as server:
            seconds = server.wait_for("/readyz")
            assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200
            until(lambda: ready(server)["freshness"]["degraded"] == "registry_away", START_SECONDS)
            proxy.fail("")
            until(lambda: ready(server)["status"] == "ready", START_SECONDS)
    figures("f09_ready", {"seconds": round(seconds, 2)})
    print(f"ready in {seconds:.2f} s")


def test_f10_without_bundle_and_registry_nothing_is_scored(bundle: Path, tmp_path: Path) -> None:
    """Live, not ready with the reason, scoring answers 503 and when to come again; ready once the registry is back."""
    with registry(bundle, champion=0) as (found, proxy):
        proxy.fail("refused")
        with following(tmp_path / "home", proxy, until="/livez") as server:
            until(lambda: "registry_away" in ready(server)["detail"], START_SECONDS)
            assert server.status("/livez") == 200
            assert server.status("/readyz") == 503
            reply = server.fetch("POST", "/v1/scores", REQUEST)
            assert (reply.status, reply.json["code"]) == (503, "model_unavailable")
            assert int(reply.headers["retry-after"]) > 0
            proxy.fail("")
            until(lambda: "no_champion" in ready(server)["detail"], START_SECONDS)
            found.champion = 1
            server.wait_for("/readyz")
            assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200
