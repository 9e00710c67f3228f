"""F08 to F10: the registry is down, silent, broken or slow, before and after the server starts. Scoring does not notice."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from service import bundles
from service.bundles import Champion
from tests import small_models
from tests.fault_proxy import FAULTS, Proxy, SmallRegistry, proxied, small_registry, until
from tests.running import REQUEST, Server, load, running

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


def test_f08_scoring_does_not_notice_the_registry(
    bundle: Path, tmp_path: Path, trial: bool, figures: Callable[..., Path]
) -> None:
    """Each way to be away is told within one look, under load, with no request lost; and is over by itself."""
    told: dict[str, Any] = {}
    with registry(bundle) as (_, proxy), following(tmp_path / "home", proxy) as server:
        until(lambda: ready(server)["status"] == "ready", START_SECONDS)
        with load(server, connections=2, pause=0.005) as calm:
            time.sleep(1.5)
        for fault in FAULTS if trial else QUICK:
            with load(server, connections=2, pause=0.005) as sent:
                proxy.fail(fault)
                most = SYNC_SECONDS + LOOK_SECONDS + SLACK_SECONDS
                noticed = until(lambda: ready(server)["status"] == "degraded", most, lambda: server.log)
                why = ready(server)["freshness"]["degraded"]
                reply = server.fetch("POST", "/v1/scores", REQUEST)
                proxy.fail("")
                recovered = until(lambda: ready(server)["status"] == "ready", START_SECONDS, lambda: server.log)
            assert sent.failed() == []
            assert reply.headers["x-model-stale"] == "true"
            assert why in {"registry_away", "registry_refused"}
            told[fault] = {"noticed_s": round(noticed, 2), "recovered_s": round(recovered, 2), "called": why,
                           "requests": len(sent.sent), "p99_ms": round(1000 * sent.percentile(0.99), 1)}  # fmt: skip
        assert server.fetch("POST", "/v1/scores", REQUEST).headers.get("x-model-stale") is None
    told["calm"] = {"requests": len(calm.sent), "p99_ms": round(1000 * calm.percentile(0.99), 1)}
    figures("f08_registry", told)
    print(told)


def test_f09_ready_without_the_registry(bundle: Path, tmp_path: Path, figures: Callable[..., Path]) -> None:
    """With a bundle on disk the server is ready in seconds, and says that it may be out of date."""
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
    assert seconds < 5.0


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
