"""``python -m features check``: judge a data folder and print what came in. The clock is read here and nowhere below."""

import argparse
import datetime as dt
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TextIO

from features.days import to_day
from features.door import examine, join_problems
from features.errors import RetentionError
from features.report import Report, left_out_by_reason, lines, rejects_file
from features.settings import FeatureSettings

DONE: Final = 0
FAILED: Final = 1
CALLERS_MISTAKE: Final = 2


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command and return its exit code: 0 done, 2 the caller's mistake, 1 anything else."""
    try:
        options = _parser().parse_args(arguments)
        _check(options.data, options.rejects, environ)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else CALLERS_MISTAKE
    except RetentionError as error:
        _say(f"error: {error}")
        return CALLERS_MISTAKE
    except KeyboardInterrupt:
        _say("interrupted")
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last line of defence: no stack trace reaches a user
        if environ.get("RETENTION_DEBUG") == "1":
            traceback.print_exc(file=sys.stderr)
        _say(f"error: unexpected {type(error).__name__}. Set RETENTION_DEBUG=1 to see where it was raised.")
        return FAILED
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m features", description="Read and judge the tables of a company.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="validate a data folder and print a line per table")
    check.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the folder, one file per table")
    check.add_argument(
        "--rejects",
        type=Path,
        metavar="FILE",
        help="where rejected rows are named (default: $RETENTION_HOME/rejects/FOLDER-TIME.csv)",
    )
    return parser


def _check(folder: Path, rejects: Path | None, environ: Mapping[str, str]) -> None:
    settings = FeatureSettings.from_env(environ)
    now = dt.datetime.now(dt.UTC)
    home = Path(environ.get("RETENTION_HOME") or ".retention")
    examined = examine(folder, settings, to_day(now.date()), rejects or rejects_file(home, folder, now))
    for line in lines(examined.report):
        _print(line, sys.stdout)
    _explain(examined.report)
    if examined.problems:
        raise join_problems(examined.problems)


def _explain(report: Report) -> None:
    """Warnings, and what lies behind the counts: all of it beside the result, on standard error."""
    for table in report.tables:
        if table.left_out:
            _say(f"'{table.table}': left out {left_out_by_reason(table)}.")
        for (column, rule), count in table.broken.items():
            _say(f"'{table.table}': rejected {count:,}: {rule} in column '{column}'.")
    for warning in report.warnings:
        _say(f"warning: {warning}")
    if report.missing:
        _say(f"Missing optional tables, whatever they feed is null: {', '.join(report.missing)}.")
    if report.rejects_path is not None:
        _say(f"Rejected rows are named in {report.rejects_path}.")


def _say(text: str) -> None:
    _print(text, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    print(text, file=stream)


def run() -> int:
    """The command as the shell calls it."""
    return main(sys.argv[1:], os.environ)
