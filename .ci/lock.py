"""Keeps the lock files in step with pyproject.toml, for `make lock` and `make check`.

The first line of each lock file is a digest of what pyproject.toml asks for, so that a lock that was not renewed is
noticed without asking any package index. `--write` resolves anew (needs an index); `--check` only compares.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
EXTRAS: Final = ("--extra", "tables", "--extra", "registry", "--extra", "postgres")
"""What the image needs beside the server itself."""
LOCKS: Final = {
    "requirements.lock": ["pyproject.toml", *EXTRAS, "--extra", "training", "--extra", "dev"],
    "requirements-serve.lock": ["pyproject.toml", *EXTRAS, "--constraint", "requirements.lock"],
    "requirements-bench.lock": ["pyproject.toml", "--all-extras", "--constraint", "requirements.lock"],
    "requirements-mlserver.lock": ["--group", "mlserver"],
    "requirements-bentoml.lock": ["--group", "bentoml"],
}
"""What `make setup` installs; what the image installs; what `make peers` adds: the same versions in all three. Then what
`make peers` puts into environments of their own."""
OPTIONS: Final = (
    "--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet"
)


def wanted() -> str:
    """Digest of the dependency sections of pyproject.toml and of how they are resolved."""
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = whole["project"]
    kinds = [project["dependencies"], project["optional-dependencies"], whole["dependency-groups"]]
    asked = [project["requires-python"], *kinds, OPTIONS, LOCKS]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def header() -> str:
    """The first line a lock file should have."""
    return f"# asked for: sha256:{wanted()} (renew with `make lock`)\n"


def check() -> int:
    """Say which lock files are out of date; 0 if none is, else 2."""
    stale = [name for name in LOCKS if not (ROOT / name).read_text(encoding="utf-8").startswith(header())]
    if stale:
        print(f"{' and '.join(stale)}: not made from this pyproject.toml. Run `make lock`.", file=sys.stderr)
    return 2 if stale else 0


def write() -> None:
    """Resolve the lock files anew, keeping pins that still fit."""
    for name, extras in LOCKS.items():
        path = ROOT / name
        command = ["-m", "uv", "pip", "compile", *OPTIONS.split(), *extras, "--output-file", name]
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        path.write_text(header() + path.read_text(encoding="utf-8"), encoding="utf-8")


def main() -> int:
    """Read the arguments, check or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true", help="compare, offline")
    action.add_argument("--write", action="store_true", help="resolve anew")
    if parser.parse_args().check:
        return check()
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
