"""F12: killed without warning while requests come, and started again: nothing that was acknowledged is lost."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from service.settings import Settings
from service.store import tables
from service.store.engine import open_store
from tests.loads import load
from tests.running import Server, running
from tests.served import shared_toy

READY_SECONDS = 5
"""What is promised, on a machine that is not busy with other tests."""
BUSY = 4


def add_key(home: Path, name: str) -> str:
    """Make a key by the command, as an administrator would; it is acknowledged when the command ended well."""
    command = [sys.executable, "-m", "service", "keys", "add", "--name", name, "--role", "system"]
    environ = {**os.environ, "RETENTION_HOME": str(home)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()[-1]


def kill_under_load(home: Path, seed: int) -> str:
    """Kill a server and all its processes while it answers and while a key is made; the key."""
    with running(home, "--no-sync", until="/readyz") as server, load(server, connections=3, pause=0.005) as sent:
        key = add_key(home, f"killed {seed}")
        time.sleep(random.Random(seed).random() * 0.3)
        server.kill()
        assert not [one for one in sent.sent if one.status not in {0, 200}]
        assert any(one.status == 200 for one in sent.sent)
    return key


def integrity(home: Path) -> str:
    """What SQLite finds wrong with the file; `ok` where nothing is."""
    connection = sqlite3.connect(home / "retention.db")
    (found,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return str(found)


def opens(server: Server, key: str) -> int:
    """Status of a request with that key."""
    return server.fetch("GET", "/v1/model", headers={"Authorization": f"Bearer {key}"}).status


def test_f12_what_was_acknowledged_survives_a_kill(
    tmp_path: Path, trial: bool, figures: Callable[[str, Mapping[str, object]], Path]
) -> None:
    """After each kill the store is whole, every key made so far opens, and the server is ready in seconds."""
    home, keys, ready = shared_toy().home(tmp_path), list[str](), list[float]()
    for seed in range(10 if trial else 1):
        keys.append(kill_under_load(home, seed))
        assert integrity(home) == "ok"
        with running(home, "--no-sync", until="") as server:
            ready.append(server.wait_for("/readyz"))
            assert [opens(server, key) for key in keys] == [200] * len(keys)
    store = open_store(Settings(home=home).database_url)
    with store.connect() as connection:
        names = [row.name for row in connection.execute(tables.keys.select()) if row.name.startswith("killed ")]
        assert sorted(names) == sorted(f"killed {seed}" for seed in range(len(keys)))
    store.dispose()
    told = {"kills": len(keys), "keys_lost": 0, "slowest_ready_s": round(max(ready), 2)}
    print(told)
    figures("f12_kills", told)
    assert max(ready) < READY_SECONDS * BUSY


def test_f12_nobody_outlives_the_process_above(tmp_path: Path) -> None:
    """When only the first process is killed, those that answer end by themselves, and the port is free at once."""
    home = shared_toy().home(tmp_path)
    with running(home, "--no-sync", "--workers", "2", until="/readyz") as server:
        below = server.workers()
        assert len(below) == 2
        os.kill(server.process.pid, signal.SIGKILL)
        server.wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 5)
        assert server.status("/livez") == 0
