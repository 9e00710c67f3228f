"""What the process that asks the registry does; `fetcher` starts it, and ends it when its time is over.

python -m service.asking HOME     a question a line on standard input, an answer a line on standard output
"""

import contextlib
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from models import bundle, forest, registry
from models.errors import BundleError, NoChampionError, RegistryAwayError, RegistryError
from models.registry import Registry
from service import limited

_MEMORY_BYTES: Final = 1024**3
"""An answer without an end must not fill the machine."""

NONE: Final = "none"
AWAY: Final = "away"
REFUSED: Final = "refused"
BUNDLE: Final = "bundle"
"""What an answer's error may be: no champion; no answer; an answer, but not that; a bundle that is damaged."""


class Question(msgspec.Struct, frozen=True):
    """Who is the champion; or, with a number, fetch that version's bundle."""

    number: int = 0
    into: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The champion, the digest of what was fetched, or why there is neither."""

    number: int = 0
    run_id: str = ""
    digest: str = ""
    error: str = ""
    """Empty, or one of the words above."""
    reason: str = ""
    """Of a bundle that was refused."""
    message: str = ""


def main(arguments: list[str]) -> int:
    """Answer until the input ends."""
    limited.die_with_parent()
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(os.dup(1), "wb", buffering=0) as out:
        os.dup2(2, 1)  # what MLflow prints is no answer
        import mlflow  # noqa: F401 - so that no question pays for it

        out.write(msgspec.json.encode(Answer()) + b"\n")
        for line in sys.stdin.buffer:
            question = msgspec.json.decode(line, type=Question)
            out.write(msgspec.json.encode(answer(Path(arguments[0]), question)) + b"\n")
    return 0


def answer(home: Path, question: Question) -> Answer:
    """Ask the registry; whatever goes wrong is an answer too."""
    try:
        opened = registry.connect(home, os.environ.get("MLFLOW_TRACKING_URI") or None)
        if question.number:
            return Answer(digest=_fetched(opened, question.number, Path(question.into)))
        found = opened.champion()
    except BundleError as error:
        return Answer(error=BUNDLE, reason=error.reason, message=str(error))
    except RegistryError as error:
        kinds = {NoChampionError: NONE, RegistryAwayError: AWAY}
        return Answer(error=kinds.get(type(error), REFUSED), message=str(error))
    except Exception as error:  # noqa: BLE001 - MLflow passes on what it meets: an answer that is none, a full disk
        return Answer(error=REFUSED, message=f"The model registry could not be asked ({type(error).__name__}).")
    return Answer(found.number, found.run_id, found.digest)


def _fetched(opened: Registry, number: int, into: Path) -> str:
    """Digest of a version's bundle, fetched into a folder, its trees well formed: the rest is for its proof."""
    with _files_of_a_bundle():
        held = opened.fetch(number, into)
    forest.parse(held.model_text, len(held.manifest.columns))
    return held.digest


@contextlib.contextmanager
def _files_of_a_bundle() -> Iterator[None]:
    """No file that is written may grow beyond what a bundle's may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bundle.MAX_BYTES + 1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
