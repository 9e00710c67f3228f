"""A key's life on a running server of two processes: made, used, revoked by command, dead everywhere within two seconds."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.running import Server, running
from tests.served import shared_toy


def keys(home: Path, *arguments: str) -> str:
    """What `service keys` prints."""
    environ = {**os.environ, "RETENTION_HOME": str(home)}
    command = [sys.executable, "-m", "service", "keys", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True).stdout


def statuses(server: Server, key: str) -> set[int]:
    """What ten requests with this key are answered, each on a connection of its own, so that every process is asked."""
    headers = {"Authorization": f"Bearer {key}"}
    return {server.fetch("GET", "/v1/model", headers=headers, role="").status for _ in range(10)}


def test_a_key_is_made_used_changed_and_revoked(tmp_path: Path) -> None:
    """The next key works at once beside the old one; the old one, revoked, is dead in all processes after two seconds."""
    home = shared_toy().home(tmp_path)
    with running(home, "--no-sync", "--workers", "2", until="/readyz") as server:
        old = keys(home, "add", "--name", "payroll", "--role", "system").split()[-1]
        assert statuses(server, old) == {200}
        new = keys(home, "add", "--name", "payroll", "--role", "system", "--expires-days", "30").split()[-1]
        assert statuses(server, new) == {200}
        assert statuses(server, old) == {200}
        keys(home, "revoke", old[3:11])
        revoked = time.monotonic()
        while statuses(server, old) != {401}:
            assert time.monotonic() - revoked < 2
        time.sleep(max(0.0, revoked + 2 - time.monotonic()))
        assert statuses(server, old) == {401}
        assert statuses(server, new) == {200}
        assert not any(key[12:] in server.log for key in (old, new))
    listed = {line.split()[0]: line.split() for line in keys(home, "list").splitlines()[1:]}
    assert (listed[old[3:11]][1], listed[new[3:11]][1]) == ("revoked", "live")
    assert listed[new[3:11]][5] == time.strftime("%Y-%m-%d", time.gmtime())
