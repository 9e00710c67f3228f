"""The service's commands, as the contract names them. Thin: read arguments, call the use case, name the exit code.

    0 done   2 the caller's mistake, or an access log that was tampered with   1 anything else

The clock and the environment are read here and in `service.app`, nowhere else. What a command needs it imports itself:
`serve` must start fast.
"""

import argparse
import dataclasses
import datetime as dt
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from features.errors import DataError, RetentionError, SettingError
from models.errors import BandsError, NoChampionError
from service import moments
from service import settings as settings_
from service.access import cli as keys
from service.audit import cli as audit
from service.errors import ChainError, UsageError
from service.outcomes import cli as outcomes
from service.page import cli as page
from service.retract import cli as retract
from service.settings import Settings
from service.webhooks import cli as webhooks

if TYPE_CHECKING:
    from service.nightly import Outcome

DONE: Final = 0
FAILED: Final = 1
MISTAKE: Final = 2

_MISTAKES: Final = (UsageError, DataError, SettingError, BandsError, NoChampionError, ChainError)


def main(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
    """Run one command; the exit code."""
    given = os.environ if environ is None else environ
    asked = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, Settings, Mapping[str, str]], None] = asked.command
    try:
        command(asked, settings_.from_environment(given), given)
    except KeyboardInterrupt:
        return FAILED
    except RetentionError as error:
        print(error, file=sys.stderr)
        return MISTAKE if isinstance(error, _MISTAKES) else FAILED
    except Exception as error:  # noqa: BLE001 - no stack trace reaches a user
        if given.get("RETENTION_DEBUG") == "1":
            traceback.print_exc()
        print(
            f"Unexpected {type(error).__name__}. Nothing was published. RETENTION_DEBUG=1 shows where.", file=sys.stderr
        )
        return FAILED
    return DONE


class _Parser(argparse.ArgumentParser):
    """A parser whose refusal is one line."""

    def error(self, message: str) -> NoReturn:
        """End with what is wrong; how it is right, `--help` says."""
        self.exit(MISTAKE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m service", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    score = verbs.add_parser("score", help="score everyone at risk on a day and publish the run")
    score.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the data folder")
    score.add_argument("--as-of", required=True, metavar="DATE", help="the day, YYYY-MM-DD")
    score.add_argument("--accept", action="store_true", help="publish also data that a gate would hold back")
    score.add_argument("--out", type=Path, metavar="FILE", help="also write the scores: .parquet or .csv")
    score.set_defaults(command=_score)

    serve = verbs.add_parser("serve", help="answer over HTTP until stopped")
    serve.add_argument("--host", help="default: RETENTION_HOST, 127.0.0.1")
    serve.add_argument("--port", type=_whole(0, 65_535), help="default: RETENTION_PORT, 8000; 0 takes a free one")
    serve.add_argument("--workers", type=_whole(1, 256), help="processes; default: RETENTION_WORKERS, 1")
    serve.add_argument("--no-sync", action="store_true", help="do not follow the registry's champion")
    serve.set_defaults(command=_serve)

    sync = verbs.add_parser("sync", help="fetch the champion's bundle from the registry")
    sync.add_argument("--watch", action="store_true", help="go on until stopped")
    sync.set_defaults(command=_sync)

    keys.add_verbs(verbs, _whole, lambda: dt.datetime.now(dt.UTC))
    audit.add_verbs(verbs, time.time)
    webhooks.add_verbs(verbs, lambda: dt.datetime.now(dt.UTC))
    outcomes.add_verbs(verbs)
    retract.add_verbs(verbs, time.time)
    page.add_verbs(verbs, lambda: dt.datetime.now(dt.UTC))
    return parser


def _score(asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from features.days import to_day
    from features.report import rejects_file
    from features.settings import FeatureSettings
    from models import bands
    from service import nightly, progress, scores_file, sync
    from service.audit import night as oversight
    from service.occupied import occupied
    from service.store import runs
    from service.store.engine import opened

    if asked.out is not None:
        scores_file.refuse_other(asked.out)
    now = dt.datetime.now(dt.UTC)
    day, today = _day(asked.as_of), to_day(now.date())
    if day > today + 1:
        raise UsageError("--as-of lies after tomorrow: nothing can be known on that day yet. Give an earlier one.")
    limits = environ.get("RETENTION_BANDS", "").strip()
    serving = sync.champion(settings, environ, time.time)
    night = nightly.Night(
        folder=asked.data,
        day=day,
        today=today,
        now=moments.text(now),
        features=FeatureSettings.from_env(environ),
        bands=bands.parse(limits) if limits else serving.model.bands,
        threads=settings.threads,
        accept=asked.accept,
        delay_days=settings.reporting_delay_days,
        rejects=rejects_file(settings.home, asked.data, now),
    )
    with opened(settings.database_url) as store:
        with occupied(settings.home), progress.shown() as tell:
            oversight.before(store, settings, time.time)
            done = nightly.run(night, store, serving, tell)
            if asked.out is not None:
                scores_file.write(asked.out, done.run, runs.scores_of(store, done.run))
        print(_said(done))
        oversight.after(store, settings, time.time, now.date())


def _said(done: "Outcome") -> str:
    """What a scoring run did, in words."""
    what = "had been published before" if done.already else "is published"
    return (
        f"{done.scored:,} people scored and {done.refused:,} not on {done.run.identity.as_of}, "
        f"model version {done.run.model_version}; the run {what}."
    )


def _serve(asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service.serve import serve

    given = {name: getattr(asked, name) for name in ("host", "port", "workers") if getattr(asked, name) is not None}
    serve(settings_.checked(dataclasses.replace(settings, **given)), environ, sync=not asked.no_sync)


def _sync(asked: argparse.Namespace, settings: Settings, environ: Mapping[str, str]) -> None:
    from service import bundles, sync

    if asked.watch:
        sync.watch(settings, environ, time.time)
        return
    before = bundles.pointed_at(settings.bundles)
    found = sync.fetch(settings, environ, time.time)
    what = (
        "It was there already." if bundles.pointed_at(settings.bundles) == before else "It is proven and in its place."
    )
    print(f"The champion is version {found.version}, {found.digest}. {what}")


def _whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers in a range, whose refusal does not repeat what was given."""

    def read(text: str) -> int:
        if not (text.isdecimal() and len(text) < 10 and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _day(text: str) -> int:
    from features.days import to_day

    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        date = None
    if date is None or str(date) != text:
        raise UsageError("--as-of takes a day as YYYY-MM-DD.")
    return to_day(date)
