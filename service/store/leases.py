"""Leases: only one process, of all hosts of a store, works on a scoring run at a time, and what it has done is kept.

    held = take(store, night, me())      a Lease, or the words that say who has it
    held.stage(0, author, content)       keeps a part and renews the lease, in one transaction
    held.parts(author)                   the parts that are there, also those of a run that was cut off
    held.end                             a `Write`: forgets all that, in the transaction that publishes the run

A lease is good for `SECONDS`, by the database's clock, and is renewed with every part. Who finds one that has run out, or
whose holder is a dead process of this very machine, takes it over. Whoever was only slow learns so from the next thing it
writes, since that asks for the lease: nothing is ever published twice.
"""

import os
import platform
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, delete, exists, literal_column, select, update

from service.errors import StoreError
from service.store.engine import faults_named
from service.store.night_tables import nights, staged
from service.store.upsert import insertion

SECONDS: Final = 120.0
"""A lease that was not renewed for so long may be taken over."""
KEPT_SECONDS: Final = 2 * 86_400.0
"""What a run that was cut off has done is kept for so long."""
_NOW: Final = {"sqlite": "((julianday('now') - 2440587.5) * 86400.0)"}
_POSTGRESQL: Final = "cast(extract(epoch from clock_timestamp()) as double precision)"


class LostError(StoreError):
    """Another process has taken the lease over."""


@dataclass(frozen=True)
class Lease:
    """The right to work on one run."""

    store: Engine
    night: str
    token: str

    def stage(self, part: int, author: str, content: bytes) -> None:
        """Keep a part that is done.

        Raises
        ------
        LostError
            Another process has taken the run over; nothing was kept.
        """
        row = {"night": self.night, "part": part, "author": author, "content": content}
        with faults_named(), self.store.begin() as connection:
            self._renew(connection)
            connection.execute(_instead(connection.dialect.name, row))

    def parts(self, author: str) -> Mapping[int, bytes]:
        """What has been kept of the run so far by this very author."""
        query = select(staged.c.part, staged.c.content).where(staged.c.night == self.night, staged.c.author == author)
        with faults_named(), self.store.connect() as connection:
            return {part: bytes(content) for part, content in connection.execute(query)}

    def renew(self) -> None:
        """Ask for the lease again, for as long as it was given.

        Raises
        ------
        LostError
            Another process has taken the run over.
        """
        with faults_named(), self.store.begin() as connection:
            self._renew(connection)

    def end(self, connection: Connection, _run: int) -> None:
        """Forget the lease and all parts; within the transaction that publishes the run.

        Raises
        ------
        LostError
            Another process has taken the run over: this one must not be published.
        """
        mine = delete(nights).where(nights.c.night == self.night, nights.c.token == self.token)
        if not connection.execute(mine).rowcount:
            raise LostError("Another process has taken this run over.")

    def release(self) -> None:
        """Let others go on with the run at once; what is kept stays. Of no use, and no harm, where it is published."""
        mine = nights.c.night == self.night, nights.c.token == self.token
        empty = ~exists().where(staged.c.night == self.night)
        with suppress(StoreError), faults_named(), self.store.begin() as connection:
            connection.execute(delete(nights).where(*mine, empty))
            connection.execute(update(nights).where(*mine).values(holder="", expires=_now(connection)))

    def _renew(self, connection: Connection) -> None:
        mine = update(nights).where(nights.c.night == self.night, nights.c.token == self.token)
        if not connection.execute(mine.values(expires=_now(connection) + SECONDS)).rowcount:
            raise LostError("Another process has taken this run over.")


def take(store: Engine, night: str, holder: str) -> Lease | str:
    """The lease of a run; or who has it, in words, where that is another process that is not known to be dead.

    Parameters
    ----------
    holder
        Who asks, as `me` says.
    """
    token = secrets.token_hex(16)
    with faults_named(), store.begin() as connection:
        now = _now(connection)
        connection.execute(delete(nights).where(nights.c.expires < now - KEPT_SECONDS, nights.c.night != night))
        connection.execute(_first(connection.dialect.name, night))
        was = connection.execute(select(nights.c.holder, nights.c.token).where(nights.c.night == night)).one()
        free = nights.c.token == was.token if gone(was.holder) else nights.c.expires <= now
        taken = update(nights).where(nights.c.night == night, free)
        if connection.execute(taken.values(holder=holder, token=token, expires=now + SECONDS)).rowcount:
            return Lease(store, night, token)
    return str(was.holder).rpartition(" ")[0]


def under_way(connection: Connection) -> bool:
    """Whether a process that is not known to be dead works on any run; within a transaction."""
    holders = connection.execute(select(nights.c.holder).where(nights.c.expires > _now(connection))).scalars()
    return any(not gone(holder) for holder in holders)


def me() -> str:
    """Who asks: this host and process in words, and behind the last space what tells it from any other ever.

    That is the machine's start, the name space of process numbers, the number and the process's start; empty where the
    system does not say.
    """
    return f"{platform.node() or 'a host'}, process {os.getpid()} {_mark(os.getpid())}"


def gone(holder: str) -> bool:
    """Whether a holder is known to be dead: a process of this machine that is no more. Nobody is."""
    mark = holder.rpartition(" ")[2]
    parts = mark.split(":")
    if len(parts) != 4:
        return not holder
    return parts[:2] == _machine() and mark != _mark(int(parts[2]))


def _mark(process: int) -> str:
    """What tells a process from any other; empty where there is none, or the system does not say."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    # A process that is dead and not yet waited for has ended too.
    return "" if state[0] in "ZX" else ":".join([*_machine(), str(process), state[19]])


def _machine() -> list[str]:
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return [start, str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")]
    except OSError:
        return []


def _first(dialect: str, night: str) -> Any:
    """The row of a run that nobody has worked on yet."""
    return insertion(dialect, nights).values(night=night, holder="", token="", expires=0.0).on_conflict_do_nothing()


def _instead(dialect: str, row: Mapping[str, Any]) -> Any:
    """Keep a part, in the place of one that another author may have left."""
    kept = insertion(dialect, staged).values(row)
    new = {name: kept.excluded[name] for name in ("author", "content")}
    return kept.on_conflict_do_update(index_elements=["night", "part"], set_=new)


def _now(connection: Connection) -> ColumnElement[float]:
    """Seconds since 1970, by the database's clock, which is one for all hosts."""
    return literal_column(_NOW.get(connection.dialect.name, _POSTGRESQL))
