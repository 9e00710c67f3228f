"""Leases on runs: who has one, who may take it over, and what becomes of parts that are done; on SQLite and PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from service.access.keys import Caller
from service.audit.erase import erase
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.settings import Settings
from service.store import leases
from service.store.leases import Lease, LostError, gone, me, take
from service.store.night_tables import nights
from tests.published_runs import Person, publish

ADMIN = Caller("the test", "admin", "", "command:the test")
NIGHT = "sha256:n"
ELSEWHERE = "another host, process 7 a-boot:4026531836:7:99"


def taken(store: Engine, night: str = NIGHT, holder: str = "") -> Lease:
    """The lease, which nobody else has."""
    found = take(store, night, holder or me())
    assert isinstance(found, Lease)
    return found


def run_out(store: Engine, by: float = 0.0) -> None:
    """Let every lease have run out so many seconds ago."""
    with store.begin() as connection:
        connection.execute(update(nights).values(expires=leases._now(connection) - by))


def test_nobody_else_gets_it_while_its_holder_may_live(store: Engine) -> None:
    """Of this host or another: who asks is told who has it; a run of another identity is free."""
    taken(store, holder=ELSEWHERE)
    assert take(store, NIGHT, me()) == "another host, process 7"
    taken(store, "sha256:third")
    assert str(take(store, "sha256:third", ELSEWHERE)).endswith(f", process {os.getpid()}")


def test_a_dead_process_of_this_machine_holds_nothing(store: Engine) -> None:
    """Its lease is taken over at once, whatever time it had; a process that got its number since is another one."""
    asked = [sys.executable, "-c", "from service.store.leases import me; print(me())"]
    dead = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout.rstrip("\n")
    assert gone(dead)
    assert not gone(me())
    assert not gone(ELSEWHERE)
    assert gone(f"{me()}1")
    taken(store, holder=dead)
    taken(store)


def test_a_lease_that_ran_out_is_lost_and_its_parts_are_found(store: Engine) -> None:
    """The next holder has the parts of the same author; the last one can keep, renew and end nothing any more."""
    first = taken(store, holder=ELSEWHERE)
    first.stage(0, "a", b"zero")
    first.stage(1, "a", b"one")
    first.stage(1, "b", b"another one")
    run_out(store)
    second = taken(store)
    assert second.parts("a") == {0: b"zero"}
    assert second.parts("b") == {1: b"another one"}
    for late in (lambda: first.stage(2, "a", b"two"), first.renew):
        with pytest.raises(LostError):
            late()
    with pytest.raises(LostError), store.begin() as connection:
        first.end(connection, 1)
    first.release()
    assert second.parts("a") == {0: b"zero"}
    with store.begin() as connection:
        second.end(connection, 1)
    assert taken(store).parts("a") == {}


def test_what_was_cut_off_is_kept_for_two_days(store: Engine) -> None:
    """A lease that is given back leaves its parts to the next; after two days they go with the next night of any kind."""
    first = taken(store)
    first.stage(0, "a", b"zero")
    first.release()
    second = taken(store, holder=ELSEWHERE)
    assert second.parts("a") == {0: b"zero"}
    run_out(store, leases.KEPT_SECONDS + 60)
    taken(store, "sha256:other")
    assert taken(store).parts("a") == {}


def test_erasing_somebody_takes_what_is_staged(store: Engine, tmp_path: Path) -> None:
    """It may be about them: the run works it out again, without them."""
    publish(store, "2026-01-31", [Person("E1", 0.1), Person("E2", 0.2)])
    lease = taken(store)
    lease.stage(0, "a", b"numbers of two people")
    settings = Settings(home=tmp_path)
    erase(AccessLog(store, settings, lambda: 1_767_225_600.0), Kept(settings), ADMIN, "E1")
    assert lease.parts("a") == {}
    lease.renew()
