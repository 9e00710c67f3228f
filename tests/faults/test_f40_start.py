"""Starts that must fail: a clear line that names what is wrong and none of its value, soon, and nothing left open."""

import os
import resource
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from service.secret_settings import with_files
from service.settings import Settings
from service.store.engine import open_store
from service.store.tables import SCHEMA_VERSION
from tests.running import free_port, running

CANARY: Final = "kanarienvogel4711"
SECONDS: Final = 2.0
"""How much of a processor a refused start may use: what it takes on a machine that does nothing else."""

Prepare = Callable[[Path], Mapping[str, str]]


def newer(home: Path) -> Mapping[str, str]:
    """A store of a version that does not exist yet."""
    store(home).execute("UPDATE schema_version SET version = ?", [SCHEMA_VERSION + 1]).connection.commit()
    return {}


def damaged(home: Path) -> Mapping[str, str]:
    """A store that is none."""
    home.mkdir(mode=0o700)
    (home / "retention.db").write_bytes(b"no database at all. " * 500)
    return {}


def store(home: Path) -> sqlite3.Connection:
    """A good store's file, opened without this program."""
    open_store(Settings(home=home).database_url).dispose()
    return sqlite3.connect(home / "retention.db")


def file_of(mode: int, content: str) -> Prepare:
    """The store's URL in a file with those rights."""

    def prepare(home: Path) -> Mapping[str, str]:
        path = home.with_name("store-url")
        path.write_text(content)
        path.chmod(mode)
        return {"RETENTION_STORE_URL_FILE": str(path)}

    return prepare


def given(**settings: str) -> Prepare:
    """Settings and nothing else."""
    return lambda _home: {f"RETENTION_{name}": value for name, value in settings.items()}


OIDC: Final = "https://login.example.com"
STARTS: Final[dict[str, tuple[Prepare, list[str], str]]] = {
    "port of the option": (given(), ["--port", "70000"], "argument --port: must be a whole number from 0 to 65535"),
    "port in words": (given(), ["--port", CANARY], "argument --port: must be a whole number from 0 to 65535"),
    "workers": (given(), ["--workers", "0"], "argument --workers: must be a whole number from 1 to 256"),
    "port of the setting": (given(PORT=CANARY), [], "RETENTION_PORT must be a whole number"),
    "limit out of range": (given(BODY_LIMIT="0"), [], "RETENTION_BODY_LIMIT must be at least 1"),
    "foreign host": (given(), ["--host", "203.0.113.7"], "--host"),
    "placeholder": (given(STORE_URL=f"postgresql://{CANARY}:changeme@127.0.0.1/x"), [], "RETENTION_STORE_URL holds a placeholder"),
    "placeholder to fill": (given(STORE_URL=f"postgresql://{CANARY}:%3Cpassword%3E@127.0.0.1/x"), [], "RETENTION_STORE_URL holds a placeholder"),
    "secret for all": (file_of(0o644, f"sqlite:///{CANARY}"), [], "RETENTION_STORE_URL_FILE can be read or changed by others"),
    "secret for a group": (file_of(0o640, f"sqlite:///{CANARY}"), [], "RETENTION_STORE_URL_FILE can be read or changed by others"),
    "empty secret": (file_of(0o600, " "), [], "RETENTION_STORE_URL_FILE is empty"),
    "missing secret": (given(STORE_URL_FILE=f"/{CANARY}"), [], "RETENTION_STORE_URL_FILE cannot be read"),
    "secret twice": (given(STORE_URL_FILE="/x", STORE_URL=CANARY), [], "are both set"),
    "no URL": (given(STORE_URL=CANARY), [], "RETENTION_STORE_URL"),
    "store away": (given(STORE_URL=f"postgresql://a:{CANARY}@127.0.0.1:1/x"), [], "The score store"),
    "home in a file": (given(HOME="/dev/null"), [], "RETENTION_HOME"),
    "newer store": (newer, [], "made by a newer version"),
    "damaged store": (damaged, [], "The score store"),
    "bands": (given(BANDS="9"), [], "RETENTION_BANDS"),
    "tokens for anyone": (given(OIDC_ISSUER=OIDC), [], "RETENTION_OIDC_AUDIENCE is missing"),
    "tokens of anyone": (given(OIDC_AUDIENCE=CANARY), [], "RETENTION_OIDC_ISSUER is missing"),
    "tokens in the clear": (given(OIDC_ISSUER=f"http://{CANARY}.example.com", OIDC_AUDIENCE="a"), [], "RETENTION_OIDC_ISSUER must be an https URL"),
    "keys in the clear": (given(OIDC_ISSUER=OIDC, OIDC_AUDIENCE="a", OIDC_JWKS_URL="http://169.254.169.254/"), [], "RETENTION_OIDC_JWKS_URL must be an https URL"),
}  # fmt: skip


def start(settings: Mapping[str, str], arguments: list[str]) -> tuple[subprocess.CompletedProcess[str], float]:
    """A server that does not come up, and the seconds of a processor it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "service", "serve", "--no-sync", *arguments]
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "RETENTION_LOG": "text", **settings}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("name", STARTS)
def test_f40_a_start_that_must_fail(tmp_path: Path, name: str) -> None:
    """Exit code other than 0 within two seconds, one line that names the setting, and no value of it."""
    prepare, arguments, line = STARTS[name]
    home, port = tmp_path / "home", free_port()
    settings = {"RETENTION_HOME": str(home), "RETENTION_PORT": str(port), **prepare(home)}
    done, seconds = start(settings, arguments)
    print(f"F40 {name}: exit {done.returncode}, {seconds:.2f} s of a processor")
    assert done.returncode in {1, 2}
    told = [text for text in done.stderr.splitlines() if "Listening on" not in text]
    assert len(told) == 1, done.stderr
    assert line in told[0]
    assert CANARY not in done.stdout + done.stderr
    assert seconds < SECONDS
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_f40_a_taken_port(tmp_path: Path) -> None:
    """Another's listener is left alone, and the option is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done, _ = start({"RETENTION_HOME": str(tmp_path)}, ["--port", str(port)])
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"Cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another with --port, or --host."
    ]


def test_f40_a_good_start_is_closed_and_private(tmp_path: Path) -> None:
    """With the store's URL in a file of its owner's it runs, lets nobody in without a key, and keeps its files private."""
    home, url = tmp_path / "deep" / "home", tmp_path / "url"
    url.write_text(f"sqlite:///{home / 'retention.db'}\n")
    url.chmod(0o600)
    old = os.umask(0o022)
    try:
        with running(home, "--no-sync", settings={"RETENTION_STORE_URL_FILE": str(url)}) as server:
            assert server.fetch("POST", "/v1/scores", b"{}", role="").status == 401
            assert server.fetch("GET", "/v1/model", role="").status == 401
            assert not any(b"sqlite" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in server.tree())
            assert home.stat().st_mode & 0o777 == 0o700
            assert {path.stat().st_mode & 0o077 for path in home.glob("retention.db*")} == {0}
    finally:
        os.umask(old)


def test_f40_an_old_store_is_no_longer_for_everybody(tmp_path: Path) -> None:
    """What everybody may read of a store made earlier is taken away; what its group may, stays."""
    store(tmp_path).close()
    (tmp_path / "retention.db").chmod(0o664)
    open_store(Settings(home=tmp_path).database_url).dispose()
    assert (tmp_path / "retention.db").stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("password, placeholder", [
    ("changeme", True), ("CHANGE_ME!", True), ("password", True), ("<password>", True), ("${DB_PASSWORD}", True),
    ("xxxx", True), ("your-password-here", True), ("postgres", True), ("", True), ("replace-me", True), ("********", True),
    ("correct horse", False), ("passwordless-8c1", False), ("x9", False), ("Secret7Garden", False),
])  # fmt: skip
def test_f40_placeholders(password: str, placeholder: bool) -> None:
    """What stands in examples is no secret; what somebody chose is."""
    for environ in ({"RETENTION_STORE_URL": f"postgresql://a:{password}@h/x"}, {"MLFLOW_TRACKING_PASSWORD": password}):
        _, faults = with_files(environ)
        assert bool(faults) is (placeholder and bool(password or "RETENTION_STORE_URL" in environ))
        assert not any(password in fault for fault in faults if len(password) > 8)


def test_f40_time_is_bounded(tmp_path: Path) -> None:
    """A store that accepts a connection and then says nothing ends the start too, in the time a supervisor gives it."""
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://a:b2Zk@127.0.0.1:{silent.getsockname()[1]}/x"
        done, _ = start({"RETENTION_HOME": str(tmp_path), "RETENTION_STORE_URL": url, "RETENTION_PORT": "0"}, [])
    print(f"F40 silent store: exit {done.returncode} after {time.monotonic() - began:.1f} s")
    assert done.returncode in {1, 2}
    assert time.monotonic() - began < 20
