"""A real PostgreSQL for the tests: private, on a free port of 127.0.0.1, in a folder of its own, gone with the process.

    url = database()      an empty database of that server, as an SQLAlchemy URL

PostgreSQL does not run as root, so root starts it as another user. Where it is not installed, root on Debian installs
it; where it cannot be had, the test is skipped and says why.
"""

import atexit
import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.debian import installed
from tests.running import free_port

_PLACES: Final = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql", "/usr/pgsql")
_CLUSTERS: Final = Path("/etc/postgresql-common/createcluster.conf")
_SECONDS: Final = 60
_CONFIGURATION: Final = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = '64MB'
fsync = off
full_page_writes = off
"""


@cache
def programs() -> Path:
    """The folder with `initdb` and `postgres`; installs them where that is possible, else skips the test."""
    return installed("postgresql", _found, "PostgreSQL", _no_server_of_its_own)


@cache
def server() -> str:
    """The address of this process's server, `user@host:port`; started at the first call, ended with the process."""
    where = programs()
    folder = Path(tempfile.mkdtemp(prefix="retention-postgres-"))
    user = _unprivileged()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, port = folder / "data", free_port()
    _run(user, [str(where / "initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"])
    with (data / "postgresql.conf").open("a", encoding="utf-8") as handle:
        handle.write(_CONFIGURATION)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(where / "postgres"), "-D", str(data), "-p", str(port)],
            stdout=log,
            stderr=log,
            cwd=folder,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    atexit.register(_end, process, folder, os.getpid())
    address = f"tests@127.0.0.1:{port}"
    _wait(address, process, folder / "log")
    return address


def database() -> str:
    """A new, empty database, as an SQLAlchemy URL."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(f"postgresql://{server()}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
    return f"postgresql+psycopg://{server()}/{name}"


def drop(url: str) -> None:
    """Remove a database that `database` made, whoever is still connected."""
    name = url.rpartition("/")[2]
    with psycopg.connect(f"postgresql://{server()}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@contextlib.contextmanager
def held_database() -> Iterator[str]:
    """A database for the length of a block."""
    url = database()
    try:
        yield url
    finally:
        drop(url)


def _found() -> Path | None:
    named = [Path(place).parent for place in [shutil.which("postgres")] if place]
    below = [path.parent for place in _PLACES for path in sorted(Path(place).glob("**/bin/postgres"), reverse=True)]
    return next((folder for folder in named + below if (folder / "initdb").exists()), None)


def _no_server_of_its_own() -> None:
    """Tell the package to start none."""
    if not _CLUSTERS.exists():
        _CLUSTERS.parent.mkdir(exist_ok=True)
        _CLUSTERS.write_text("create_main_cluster = false\n", encoding="utf-8")


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as where we are root; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("PostgreSQL does not run as root, and there is no user to run it as")


def _run(user: pwd.struct_passwd | None, command: list[str]) -> None:
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        timeout=_SECONDS,
        cwd="/",
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://{address}/postgres", connect_timeout=5).close()
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def _end(process: subprocess.Popen[bytes], folder: Path, owner: int) -> None:
    """Stop the server and remove its folder, in the process that started it."""
    if os.getpid() != owner:
        return
    process.send_signal(2)  # fast: ends its connections
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)
