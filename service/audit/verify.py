"""Whether the access log is whole: every row fits the one before it, and every point of the anchor holds.

What was done shows in the first row that does not fit:

    edited, put in, moved        its hash is not that of its content and of the row before
    taken out                    its number is missing
    cut off at the end           rows that the head or the anchor knows are not there
    computed anew, store swapped the chain is whole, but a row is not the one the anchor knows
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, select

from service.audit.anchor import Anchor
from service.audit.chain import START, Entry, Point, link
from service.store.audit_tables import access_head, access_log
from service.store.engine import faults_named

PURGED: Final = "purged"
"""The action of the row that says up to where old rows were taken out, and which hash the last of them had."""
_AT_ONCE: Final = 20_000


@dataclass(frozen=True)
class Verdict:
    """What was found."""

    rows: int
    """Rows that fit, from the first one on."""
    end: Point
    """The last of them."""
    anchored: int
    """Points of the anchor that hold."""
    bad_row: int | None = None
    """Number of the first row that does not fit, or is missing; None: all is well."""
    fault: str = ""
    """What is wrong with it."""


class _FoundError(Exception):
    """A row does not fit."""

    def __init__(self, row: int, fault: str) -> None:
        self.row, self.fault = row, fault


def verify(store: Engine, anchor: Anchor) -> Verdict:
    """Go through the whole chain as it is now; rows that are added meanwhile do not count.

    Raises
    ------
    ChainError
        The anchor is damaged.
    StoreError
        The store or the anchor cannot be read.
    """
    points = anchor.points()
    with faults_named(), store.connect() as connection:
        _as_of_now(connection)
        return _Walk(connection, points).verdict()


class _Walk:
    """One way through the chain, from its base to its end."""

    def __init__(self, connection: Connection, points: list[Point]) -> None:
        row = connection.execute(select(access_head)).one_or_none()
        self._connection, self._points = connection, points
        self._head = Point(row.seq, row.hash) if row else START
        self._base = Point(row.base_seq, row.base_hash) if row else START
        self._at = self._base
        self._rows = self._anchored = 0
        self._sound = self._base.seq
        """Up to here an anchored point has vouched for the rows."""
        self._purged = self._base == START

    def verdict(self) -> Verdict:
        """Walk, and say what was found."""
        row, fault = None, ""
        try:
            self._walk()
        except _FoundError as found:
            row, fault = found.row, found.fault
        return Verdict(self._rows, self._at, self._anchored, row, fault)

    def _walk(self) -> None:
        points = iter([point for point in self._points if point.seq >= self._base.seq])
        due = self._pass(points, next(points, None))
        for row in self._stored():
            self._step(row)
            due = self._pass(points, due)
        if self._at != self._head or due is not None:
            last = max(self._head.seq, *(point.seq for point in self._points), 0)
            raise _FoundError(self._at.seq + 1, _missing(self._at, self._head, last))
        if self._head.seq and not self._points:
            raise _FoundError(
                self._base.seq + 1, "the anchor is missing, so nothing outside the store vouches for the rows"
            )
        if not self._purged:
            raise _FoundError(
                self._base.seq, "the rows up to here are gone, and no row of the log says that they were purged"
            )

    def _step(self, row: Row[Any]) -> None:
        """Go on to the next row, which must follow the last."""
        seq, *content, found = tuple(row)
        if seq != self._at.seq + 1:
            raise _FoundError(self._at.seq + 1, f"it is missing; the next that is there is {seq:,}")
        if link(self._at.hash, seq, Entry(*content)) != found:
            raise _FoundError(seq, "it does not fit the row before: it was changed, put in or moved")
        self._at, self._rows = Point(seq, found), self._rows + 1
        self._purged |= row.action == PURGED and row.subject == self._base.hash

    def _pass(self, points: Iterator[Point], due: Point | None) -> Point | None:
        """Compare the row that was reached with what the anchor knows of it; the point that is due next."""
        while due is not None and due.seq == self._at.seq:
            if due.hash != self._at.hash:
                raise _FoundError(
                    self._sound + 1,
                    f"row {due.seq:,} is not the one that was anchored: rows from here on were computed anew, or this is "
                    "another store",
                )
            self._sound, self._anchored = due.seq, self._anchored + 1
            due = next(points, None)
        return due

    def _stored(self) -> Iterator[Row[Any]]:
        """The rows after the base, in order, a part at a time."""
        query = select(access_log).order_by(access_log.c.seq).limit(_AT_ONCE)
        last = self._base.seq
        while part := self._connection.execute(query.where(access_log.c.seq > last)).all():
            yield from part
            last = part[-1].seq


def _as_of_now(connection: Connection) -> None:
    """Let every statement see the store as it is at the first."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.execution_options(isolation_level="REPEATABLE READ")


def _missing(at: Point, head: Point, last: int) -> str:
    if at.seq >= last:
        return (
            "it is missing, or the head of the log was changed"
            if at.seq < head.seq
            else "the head of the log was changed"
        )
    return f"it is missing, and so are all up to {last:,}: the end of the log was cut off"
