"""``python -m training VERB``: sample, train, backtest, promote, rollback, history. The clock is read here and nowhere below.

Results go to standard output, all else to standard error. Exit codes: 0 done, 2 the caller's mistake, 3 no model fit
to promote, 1 anything else.
"""

import argparse
import datetime as dt
import getpass
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from features.days import to_date, to_day
from features.errors import RetentionError
from training.errors import HeldBackError, NoModelError, UsageError
from training.progress import Teller, on_standard_error

DONE: Final = 0
FAILED: Final = 1
CALLERS_MISTAKE: Final = 2
NO_MODEL: Final = 3


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command and return its exit code."""
    teller = on_standard_error()
    try:
        options = _parser().parse_args(arguments)
        return int(options.run(options, environ, teller) or DONE)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else CALLERS_MISTAKE
    except RetentionError as error:
        teller.say(f"error: {error}")
        return NO_MODEL if isinstance(error, NoModelError) else CALLERS_MISTAKE
    except KeyboardInterrupt:
        teller.say("stopped; the champion is as it was")
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last line of defence: no stack trace reaches a user
        if environ.get("RETENTION_DEBUG") == "1":
            traceback.print_exc(file=sys.stderr)
        teller.say(f"error: unexpected {type(error).__name__}. Set RETENTION_DEBUG=1 to see where it was raised.")
        return FAILED


def run() -> int:
    """Run the command this process was started with."""
    return main(sys.argv[1:], os.environ)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Make, judge and promote models.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    sample = verbs.add_parser("sample", help="write a sample company as a data folder")
    sample.add_argument("--employees", type=_whole, required=True, metavar="N", help="people employed at a time")
    sample.add_argument("--months", type=_whole, required=True, metavar="M", help="months of history")
    sample.add_argument("--seed", type=_whole, default=1, metavar="S", help="the same seed gives the same company (1)")
    sample.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder to write")
    sample.add_argument("--shock", metavar="NAME", help="hiring_freeze, pay_freeze or resignation_wave (none)")
    sample.add_argument("--shock-months-ago", type=_whole, default=9, metavar="N", help="the months it fills (9)")
    sample.set_defaults(run=_sample)
    train = verbs.add_parser("train", help="fit, judge, log, register and promote")
    train.set_defaults(run=_train)
    backtest = verbs.add_parser("backtest", help="rolling-origin evaluation, nothing registered")
    backtest.add_argument("--origins", type=_whole, default=6, metavar="N", help="how many cutoffs at most (6)")
    backtest.add_argument("--every", type=_whole, default=3, metavar="MONTHS", help="months between cutoffs (3)")
    backtest.add_argument("--ablate", action="store_true", help="also refit without each family of records")
    backtest.add_argument("--out", type=Path, metavar="FOLDER", help="also write evidence.json and pictures there")
    backtest.set_defaults(run=_backtest)
    for verb in (train, backtest):
        verb.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the data folder")
        verb.add_argument(
            "--actions", type=Path, metavar="FILE", help="what was done to keep people, beside the folder's own"
        )
        verb.add_argument("--as-of", metavar="DATE", help="training day (default: the latest day any fact was known)")
    promote = verbs.add_parser("promote", help="let the champion be a version")
    promote.add_argument("version", type=_whole, help="its number")
    promote.set_defaults(run=_promote)
    rollback = verbs.add_parser("rollback", help="let the champion be the one before")
    rollback.set_defaults(run=_rollback)
    for verb in (promote, rollback):
        verb.add_argument("--why", default="", help="the reason, kept with the move")
    history = verbs.add_parser("history", help="how the champion moved, and whether the record holds")
    history.set_defaults(run=_history)
    return parser


def _sample(options: argparse.Namespace, _: Mapping[str, str], teller: Teller) -> None:
    from training import sample

    shock, months_ago = options.shock, options.shock_months_ago
    with teller.bar(f"Inventing {options.employees:,} people over {options.months} months"):
        made = sample.make(options.employees, options.months, options.seed, shock=shock, months_ago=months_ago)
        sample.write(made, options.out)
    print(options.out)


def _train(options: argparse.Namespace, environ: Mapping[str, str], teller: Teller) -> None:
    from training import pipeline, tables
    from training.settings import TrainingSettings

    settings = TrainingSettings.from_env(environ)
    trained = pipeline.train(_data(options, environ, teller), settings, _moved("trained", environ), teller)
    tables.show(trained.evidence, trained.against)
    if trained.reasons:
        raise HeldBackError(trained.reasons, f"Version {trained.version.number}")
    print(f"version {trained.version.number} is the champion; mode {trained.mode}; {trained.version.digest}")


def _backtest(options: argparse.Namespace, environ: Mapping[str, str], teller: Teller) -> None:
    from training import look_back, tables
    from training.settings import TrainingSettings

    settings = TrainingSettings.from_env(environ)
    data = _data(options, environ, teller)
    asked = look_back.Asked(options.origins, options.every, options.ablate, options.out is not None)
    seen = look_back.look_back(data, settings, asked, teller)
    tables.show(seen.evidence, seen.against, seen.ablation)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        for name, content in seen.files().items():
            (options.out / name).write_bytes(content)
        print(options.out)


def _promote(options: argparse.Namespace, environ: Mapping[str, str], teller: Teller) -> None:
    from training import moves
    from training.settings import TrainingSettings

    moved = _moved(options.why, environ)
    version = moves.promote(options.version, TrainingSettings.from_env(environ), moved, teller)
    print(f"version {version.number} is the champion; {version.digest}")


def _rollback(options: argparse.Namespace, environ: Mapping[str, str], teller: Teller) -> None:
    from training import moves
    from training.settings import TrainingSettings

    version = moves.rollback(TrainingSettings.from_env(environ), _moved(options.why, environ), teller)
    print(f"version {version.number} is the champion; {version.digest}")


def _history(options: argparse.Namespace, environ: Mapping[str, str], teller: Teller) -> int:
    """Print the moves; a record that was changed is a failure."""
    from training import moves
    from training.settings import TrainingSettings

    del options
    found = moves.history(TrainingSettings.from_env(environ))
    print(found.told())
    if found.moves and found.champion != found.moves[-1].version:
        teller.warn(
            f"The champion is version {found.champion}, though the last move names {found.moves[-1].version}: "
            "it was moved by other means, or a run died while it moved it."
        )
    for fault in found.faults:
        teller.say(f"error: {fault}")
    if found.faults:
        teller.say("error: the history is not the one that was written")
        return FAILED
    print(f"{len(found.moves)} moves; the chain holds, its head is {found.head}")
    return DONE


def _data(options: argparse.Namespace, environ: Mapping[str, str], teller: Teller) -> Any:
    """Read the folder and settle the training day."""
    from features.actions_file import read_actions, together
    from features.ingest import load
    from features.report import rejects_file
    from features.settings import FeatureSettings
    from training.landmarks import latest_known_day
    from training.pipeline import Data
    from training.settings import TrainingSettings

    now = _now()
    today = to_day(now.date())
    as_of = None if options.as_of is None else _day(options.as_of, today)
    settings, home = FeatureSettings.from_env(environ), TrainingSettings.from_env(environ).home
    with teller.bar(f"Reading {options.data}"):
        read = load(options.data, settings, today, rejects_file(home, options.data, now))
    for warning in read.report.warnings:
        teller.warn(warning)
    if read.report.missing:
        teller.warn(f"Missing optional tables, whatever they feed is null: {', '.join(read.report.missing)}.")
    if read.report.rejects_path is not None:
        teller.warn(f"Rejected rows are named in {read.report.rejects_path}.")
    as_of = latest_known_day(read.company, today) if as_of is None else as_of
    teller.say(f"Training on what was known on {to_date(as_of)}")
    own = read_actions(options.actions, today) if options.actions is not None else None
    actions = together(read.actions, own)
    return Data(read.company, as_of, read.digest, settings.cadence, read.protected, actions, read.report, options.data)


def _day(text: str, today: int) -> int:
    try:
        day = to_day(dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date())
    except ValueError:
        raise UsageError(f"--as-of is {text!r}; it must be a date such as 2026-09-30.") from None
    if day > today + 1:
        raise UsageError(f"--as-of {text} lies ahead of today, {to_date(today)}: nothing is known of it yet.")
    return day


def _moved(why: str, environ: Mapping[str, str]) -> Any:
    from training.moves import Moved

    now = _now()
    by = environ.get("RETENTION_ACTOR", "").strip() or getpass.getuser()
    return Moved(by, why, now.isoformat(timespec="seconds").replace("+00:00", "Z"), int(now.timestamp() * 1000))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _whole(text: str) -> int:
    """A whole number of at least 1, as argparse wants it."""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)
