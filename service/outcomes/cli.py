"""``actions``: what was recorded here as a file in the columns of the contract's table, for training to read back.

What opens the store is imported late: the parser is also that of `serve`, which must start fast.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.settings import Settings


def add_verbs(verbs: Any) -> None:
    """Add the command to the parser's verbs."""
    verb = verbs.add_parser("actions", help="write what was done to keep people as a table that training reads")
    verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file: .csv or .parquet")
    verb.set_defaults(command=_actions)


def _actions(asked: argparse.Namespace, settings: Settings, _environ: Mapping[str, str]) -> None:
    from service.outcomes import actions_file
    from service.store import actions
    from service.store.engine import opened, refuse_absent

    refuse_absent(settings.database_url)
    with opened(settings.database_url) as store:
        count = actions_file.write(asked.out, actions.recorded(store))
    print(f"{count:,} actions that were recorded here, none of them dropped: {asked.out}")
