"""The access log: every person shown is written down before the answer leaves. No log, no read.

    log = AccessLog(store, settings, time.time)
    log.write(caller, "list", run.id, [person.employee_id for person in page])   # raises: then nothing is shown

One row a person, in one transaction, chained (`chain`). Whoever appends holds the row of `access_head`, so that all
processes and hosts of one store make one chain. Before it appends, the log looks whether the chain still ends as this
process, or the anchor outside the store, last knew it; if not, it refuses, since nothing may be added to a chain that
was tampered with. The anchor learns the new end within `RETENTION_ANCHOR_SECONDS`.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, update

from service import moments
from service.access.keys import Caller
from service.audit import chain, subjects
from service.audit.anchor import Anchor, Line
from service.audit.chain import START, Entry, Point
from service.errors import ChainError, StoreError
from service.settings import Settings
from service.store.audit_tables import access_head, access_log
from service.store.engine import faults_named
from service.store.upsert import insertion

_LOG: Final = logging.getLogger("service.audit")

_BROKEN: Final = "Nothing is shown until that is cleared up. See: python -m service audit verify."
_WAIT_SECONDS: Final = 5
_MOST: Final = 64
"""Letters of a caller's name that are kept."""


class AccessLog:
    """The access log of one process.

    Parameters
    ----------
    wall
        Seconds since 1970.
    """

    def __init__(self, store: Engine, settings: Settings, wall: Callable[[], float]) -> None:
        self.store, self._wall, self._seconds = store, wall, settings.anchor_seconds
        self.anchor = Anchor(settings.anchor)
        self._known: Point | None = None
        """Where the chain ended when this process last looked."""
        self._anchored: Point | None = None
        self._timer: threading.Timer | None = None
        self._failed = False
        self._guard = threading.Lock()

    def write(self, caller: Caller, action: str, run: int | None, employee_ids: Sequence[str]) -> None:
        """Write down that a caller is shown these people's risk; once this returns, it is there for good.

        Parameters
        ----------
        action
            What shows them: ``list``, ``csv``, ``person``, ``warnings`` …
        run
            Number of the run whose scores they are.
        employee_ids
            Those who are shown, and nobody else: each gets a row. Nobody: nothing is written.

        Raises
        ------
        ChainError
            The chain was tampered with, in the store or in the anchor.
        StoreError
            It cannot be written.
        """
        if not employee_ids:
            return
        if self._failed:
            self.flush()
        with faults_named(), self.store.begin() as connection:
            _wait_briefly(connection)
            end = self.append(connection, caller, action, run, employee_ids)
        self._known = end
        self.soon()

    def append(
        self, connection: Connection, caller: Caller, action: str, run: int | None, employee_ids: Sequence[str]
    ) -> Point:
        """Do the same as part of a transaction, and return the new end; `flush` follows once it is committed."""
        after = self.end(connection)
        at = self.moment()
        named = subjects.of(connection, employee_ids)
        who = (caller.id or caller.name)[:_MOST]
        return self.add(
            connection, after, (Entry(at, who, caller.role, action, run, named[one]) for one in employee_ids)
        )

    def note(self, connection: Connection, caller: Caller, action: str, subject: str = "") -> Point:
        """Write down something that concerns nobody in particular, as part of a transaction; the new end."""
        after, who = self.end(connection), (caller.id or caller.name)[:_MOST]
        return self.add(connection, after, [Entry(self.moment(), who, caller.role, action, None, subject)])

    def moment(self) -> str:
        """The present moment as rows have it, RFC 3339 in UTC."""
        return moments.text(self._wall(), "milliseconds")

    def end(self, connection: Connection) -> Point:
        """Where the chain ends; nobody else can append until this transaction is over.

        Raises
        ------
        ChainError
            It does not end as it did when this process, or the anchor, last knew it.
        """
        row = connection.execute(_HOLD).one_or_none()
        if row is None:
            connection.execute(_first(connection.dialect.name))
            row = connection.execute(_HOLD).one()
        end, base = Point(row.seq, row.hash), Point(row.base_seq, row.base_hash)
        known = self.anchor.last() if self._known is None else self._known
        self._check(connection, end, base, known)
        return end

    @staticmethod
    def add(connection: Connection, after: Point, entries: Iterable[Entry]) -> Point:
        """Append rows after the chain's end, which this transaction holds; the new end."""
        new = list(chain.rows(after, entries))
        end = Point(new[-1][0], new[-1][-1])
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(_SQLITE, new)
        else:
            connection.exec_driver_sql(_POSTGRESQL, tuple(map(list, zip(*new, strict=True))))
        connection.execute(update(access_head).values(seq=end.seq, hash=end.hash))
        return end

    def soon(self) -> None:
        """Let the anchor learn the chain's end, within so many seconds."""
        with self._guard:
            if self._timer is None:
                self._timer = threading.Timer(self._seconds, self._late)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Let the anchor learn the chain's end now.

        Raises
        ------
        StoreError
            The anchor cannot be written; until it can be, nothing is logged and so nothing is shown.
        """
        with self._guard:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._failed = True
            self._note()
            self._failed = False

    def _late(self) -> None:
        try:
            self.flush()
        except StoreError as error:
            _LOG.warning("%s", error)

    def _note(self) -> None:
        with faults_named(), self.store.connect() as connection:
            end = ended(connection)
        if end.seq and end != self._anchored:
            self.anchor.add(Line(self.moment(), end.seq, end.hash))
            self._anchored = end

    @staticmethod
    def _check(connection: Connection, end: Point, base: Point, known: Point) -> None:
        """Refuse a chain whose last row does not fit the head or the row before, or that lacks the row that is known."""
        if end.seq < known.seq:
            raise ChainError(f"The access log ends before row {known.seq:,}, which it had. {_BROKEN}")
        query = select(access_log).where(access_log.c.seq.in_({end.seq - 1, end.seq, known.seq}))
        rows = {row.seq: row for row in connection.execute(query) if row.seq > base.seq}
        found = {START.seq: START.hash, base.seq: base.hash} | {seq: row.hash for seq, row in rows.items()}
        for point in (known, end):
            if point.seq >= base.seq and found.get(point.seq) != point.hash:
                raise ChainError(f"Row {point.seq:,} of the access log is not the one that was written. {_BROKEN}")
        if end.seq > base.seq:
            last = rows[end.seq]
            if chain.link(found.get(end.seq - 1, ""), end.seq, Entry(*last[1:-1])) != end.hash:
                raise ChainError(f"Row {end.seq:,} of the access log does not fit the one before. {_BROKEN}")


def ended(connection: Connection) -> Point:
    """Where the chain ends, by the head."""
    row = connection.execute(select(access_head)).one_or_none()
    return Point(row.seq, row.hash) if row else START


_INSERT: Final = "INSERT INTO access_log (seq, at, caller, role, action, run, subject, hash)"
_SQLITE: Final = f"{_INSERT} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_POSTGRESQL: Final = (
    f"{_INSERT} SELECT * FROM unnest("  # noqa: S608 - put together of constants
    "%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::integer[], %s::text[], %s::text[])"
)
"""In each database's own words: for a list of everybody this is several times as fast as one statement a row."""


def _wait_briefly(connection: Connection) -> None:
    """Give up soon where another writer holds the store: somebody waits for the answer."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1_000}")
    else:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'")


_HOLD: Final = update(access_head).values(seq=access_head.c.seq).returning(*access_head.c)
"""Takes the head for this transaction: SQLite's only writer, PostgreSQL's lock on the row."""


def _first(dialect: str) -> Any:
    """Make the head of a chain without rows, unless another process has just done it."""
    values = {"id": 1, "seq": START.seq, "hash": START.hash, "base_seq": START.seq, "base_hash": START.hash}
    return insertion(dialect, access_head).values(values).on_conflict_do_nothing()
