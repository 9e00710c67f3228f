"""`service audit`, `object`, `unit`, `report`, `erase`, `backup`, `restore`: the commands of oversight.

What a command needs it imports itself, as in `service.cli`.
"""

import argparse
import csv
import getpass
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.settings import Settings

if TYPE_CHECKING:
    from service.access.keys import Caller
    from service.audit.log import AccessLog

Clock = Callable[[], float]
"""Seconds since 1970."""


def add_verbs(parent: Any, clock: Clock) -> None:
    """Add these commands to a parser's."""
    audit = parent.add_parser("audit", help="the log of who saw whose risk")
    verbs = audit.add_subparsers(required=True, metavar="VERB")
    verify = verbs.add_parser("verify", help="whether the log is whole; exit code 2 and the first bad row where not")
    verify.set_defaults(command=partial(_verify, clock))
    who = verbs.add_parser("who", help="who saw a person's risk, for that person: JSON lines, the oldest first")
    _employee(who).add_argument("--csv", action="store_true", help="as CSV")
    who.set_defaults(command=partial(_who, clock))

    objects = parent.add_parser("object", help="a person objects: from now on neither scored nor listed")
    _employee(objects).add_argument("--withdraw", action="store_true", help="the objection ends")
    objects.set_defaults(command=partial(_object, clock))

    unit = parent.add_parser("unit", help="switch scoring and lists off or on for a unit and all below it")
    way = unit.add_mutually_exclusive_group(required=True)
    way.add_argument("--off", metavar="PATH", help="such as Sales/EMEA; / is the whole company")
    way.add_argument("--on", metavar="PATH", help="a path that was switched off")
    unit.set_defaults(command=partial(_unit, clock))

    report = parent.add_parser("report", help="everything that is held about a person, in words, for that person")
    _employee(report).set_defaults(command=partial(_report, clock))

    erase = parent.add_parser("erase", help="remove a person; a certificate as JSON on standard output")
    _employee(erase).set_defaults(command=partial(_erase, clock))

    backup = parent.add_parser("backup", help="save the whole home in one file, while it runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="the archive; it takes its place when it is whole")
    backup.set_defaults(command=partial(_backup, clock))

    restore = parent.add_parser("restore", help="put a backup in the home's place; the server must not run")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="what is in the home now goes")
    restore.set_defaults(command=partial(_restore, clock))


def _employee(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--employee", required=True, metavar="ID", help="the person's employee id")
    return parser


def _verify(clock: Clock, _asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.audit.verify import verify
    from service.errors import ChainError

    with opened_log(settings, clock) as log:
        found = verify(log.store, log.anchor)
        if found.bad_row is None:
            log.flush()
    if found.bad_row is not None:
        raise ChainError(
            f"The access log is broken. Row {found.bad_row:,} is the first bad one: {found.fault}. "
            f"{found.rows:,} rows before it fit. Keep the store and the anchor as they are, find out who changed them, "
            "then restore a backup: python -m service restore FILE."
        )
    if not found.rows:
        print("There is nothing to verify: no row was ever written to the access log of this store.")
        return
    print(f"The access log is whole: {found.rows:,} rows, {found.anchored:,} of them anchored outside the store.")


def _who(clock: Clock, asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    import msgspec

    from service.audit.who import View, views

    with opened_log(settings, clock) as log:
        lines = csv.DictWriter(sys.stdout, View.__struct_fields__, lineterminator="\n")
        if asked.csv:
            lines.writeheader()
        for view in views(log.store, asked.employee):
            if asked.csv:
                lines.writerow(_tame(msgspec.to_builtins(view)))
            else:
                print(msgspec.json.encode(view).decode())


def _tame(row: dict[str, str | None]) -> dict[str, str | None]:
    """The row without cells that a spreadsheet would take for a formula."""
    return {name: f"'{cell}" if cell and cell[0] in "=+-@\t\r" else cell for name, cell in row.items()}


def _object(clock: Clock, asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.audit import blocks

    change = blocks.withdraw if asked.withdraw else blocks.object_to
    with opened_log(settings, clock) as log:
        changed = change(log, actor(environ), asked.employee)
    if asked.withdraw:
        print("The objection is withdrawn." if changed else "No objection of this person held.")
    else:
        print("The objection holds from now on." if changed else "The objection held already.")


def _unit(clock: Clock, asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.audit import blocks

    with opened_log(settings, clock) as log:
        if asked.on is None:
            changed = blocks.switch_off(log, actor(environ), asked.off)
        else:
            changed = blocks.switch_on(log, actor(environ), asked.on)
    state = "off" if asked.on is None else "on"
    if not changed and state == "on":
        print("Nothing was switched off by that path.")
        return
    print(f"The unit is switched {state}." if changed else "The unit was off already.")
    if state == "off" and (people := _people(settings, asked.off)) is not None:
        wrong = "" if people else " Paths are taken letter by letter: is it written as in the records?"
        print(f"People of the latest run in it: {people:,}.{wrong}")


def _people(settings: Settings, path: str) -> int | None:
    """How many people of the latest run stand in a unit; None without a run."""
    from service.store import listing, runs
    from service.store.engine import opened

    with opened(settings.database_url) as store:
        run = runs.latest(store)
        return None if run is None else listing.size(store, listing.Population(run, (path.strip("/"),)))


def _report(clock: Clock, asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.audit.report import report

    with opened_log(settings, clock) as log:
        print(report(log, actor(environ), asked.employee))


def _erase(clock: Clock, asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    import msgspec

    from service.audit.erase import erase
    from service.audit.kept import Kept

    with opened_log(settings, clock) as log:
        done = erase(log, Kept(settings), actor(environ), asked.employee)
    print(msgspec.json.format(msgspec.json.encode(done)).decode())


def _backup(clock: Clock, asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.audit.backup import backup

    with opened_log(settings, clock) as log:
        files = backup(log, settings, asked.file)
    print(f"The backup is whole: {files:,} files, {asked.file.stat().st_size:,} bytes.")


def _restore(clock: Clock, asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.audit.restore import restore
    from service.occupied import alone

    with alone(settings.home):
        done = restore(settings, asked.file, actor(environ), clock, replacing=asked.replace)
    print(
        f"The backup is in place: {done.files:,} files, an access log of {done.log_rows:,} rows, which is whole. "
        f"{done.erased:,} people who were erased since it was made are erased again."
    )


def actor(environ: Mapping[str, str]) -> "Caller":
    """Whoever gives a command, as the access log names them."""
    from service.access.keys import Caller

    try:
        name = environ.get("RETENTION_ACTOR", "").strip() or getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Caller(name, "admin", "", f"command:{name}")


@contextmanager
def opened_log(settings: Settings, clock: Clock) -> Iterator["AccessLog"]:
    """The access log of the home's store, which is closed afterwards."""
    from service.audit.log import AccessLog
    from service.store.engine import opened, refuse_absent

    refuse_absent(settings.database_url)
    with opened(settings.database_url) as store:
        yield AccessLog(store, settings, clock)
