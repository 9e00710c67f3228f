"""Secrets among the settings: from the environment or from a file that its owner alone may read, and never a placeholder.

A secret setting may be given by the name of a file that holds it, in a variable of the same name and ``_FILE``: what stands in the
environment can be read by everything a process starts. Messages name the setting, never what it holds.
"""

import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

SECRETS: Final = ("RETENTION_STORE_URL", "RETENTION_OIDC_CLIENT_SECRET")
"""Settings that may hold a secret: the first a password, the second nothing else."""
WHOLE: Final = ("RETENTION_OIDC_CLIENT_SECRET", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
"""Settings that are a secret as they stand, those of other programs that `sync` uses among them."""

_MOST_BYTES: Final = 16_000
_PLACEHOLDER: Final = re.compile(
    r"(<.*>|\$\{.*\}|\{\{.*\}\}|[x*.]+|change[-_ ]?(me|it)\W*|replace[-_ ]?me|place[-_ ]?holder|insert.*here|your[-_ ].*|"
    r"to-?do|secret|(my)?passw(or)?d|password123\d*|pass|admin|default|example|postgres|test|none|null)",
    re.IGNORECASE,
)


def with_files(environ: Mapping[str, str]) -> tuple[Mapping[str, str], list[str]]:
    """The environment with the secrets that lie in files, and what is wrong with those files or with a secret."""
    found, faults = dict(environ), []
    for name in SECRETS:
        path = environ.get(f"{name}_FILE", "").strip()
        if path and environ.get(name, "").strip():
            faults.append(f"{name} and {name}_FILE are both set: one of them must go")
        elif path:
            content, fault = _read(Path(path))
            found[name] = content
            faults += [f"{name}_FILE {fault}"] if fault else []
    faults += [f"{name} holds a placeholder, not a secret" for name in _placeholders(found)]
    return found, faults


def _read(path: Path) -> tuple[str, str]:
    """What a file holds, and what is wrong with it."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            return "", "is not a file"
        if facts.st_mode & 0o077:
            return "", "can be read or changed by others than its owner: chmod 600"
        content = path.read_text(encoding="utf-8")[:_MOST_BYTES].strip()
    except (OSError, ValueError):
        return "", "cannot be read"
    return content, "" if content else "is empty"


def _placeholders(environ: Mapping[str, str]) -> Iterable[str]:
    """The names of the settings whose secret is one that somebody forgot to fill in."""
    for name in SECRETS:
        try:
            password = urlsplit(environ.get(name, "").strip()).password
        except ValueError:
            continue
        if password is not None and _PLACEHOLDER.fullmatch(unquote(password).strip() or "x"):
            yield name
    for name in WHOLE:
        if (value := environ.get(name, "").strip()) and _PLACEHOLDER.fullmatch(value):
            yield name
