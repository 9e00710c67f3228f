"""What is shipped: a folder of plain files that hold one model. No code, no pickle, nobody's row.

    manifest.json   what the model is (`Manifest`), its linear part included, with the SHA-256 of every other file
    digest.txt      "sha256:" and the SHA-256 of manifest.json: the bundle's digest, its name everywhere
    model.txt       the trees, as LightGBM's native text
    card.md         the model card, for people
    sheet.md        the sheet of the data it was made from, for people
    sentiment.bin   what reads comments, as numbers; only where there were enough comments to learn it from

Reading refuses before it trusts: names, sizes, then digests, and only then the content;
`risk.RiskModel.load` proves the answers on the golden rows, which a server first does in a process that may die.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from models.errors import BundleError
from models.hazard import INTERVALS
from models.manifest import MODES, SCHEMA, Manifest

MODEL: Final = "model.txt"
CARD: Final = "card.md"
SHEET: Final = "sheet.md"
SENTIMENT: Final = "sentiment.bin"
MANIFEST: Final = "manifest.json"
DIGEST: Final = "digest.txt"
FILES: Final = frozenset({MODEL, CARD, SHEET, MANIFEST, DIGEST})
"""What every bundle holds; `SENTIMENT` may stand beside them."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""No file of a bundle may be larger."""
_MOST_NAMES: Final = 50
"""So many names are looked at in a folder that should hold six."""


@dataclass(frozen=True)
class Bundle:
    """A bundle whose digests have been checked; its answers have not."""

    path: Path
    digest: str
    """"sha256:" and 64 hex digits."""
    manifest: Manifest
    model_text: str
    card: str
    sheet: str
    sentiment: bytes | None = None


@dataclass(frozen=True)
class _Form:
    """What every version of the manifest says of its own form."""

    schema: int


def write(
    manifest: Manifest, model_text: str, card: str, sheet: str, into: Path, sentiment: bytes | None = None
) -> Bundle:
    """Write a bundle folder whole or not at all.

    Parameters
    ----------
    into
        The folder to become; its parent exists. It must not exist yet.

    Raises
    ------
    BundleError
        `into` exists already.
    """
    if into.exists():
        raise BundleError(f"{into.name} exists already; a bundle is never overwritten.", "files")
    texts = {MODEL: model_text.encode(), CARD: card.encode(), SHEET: sheet.encode()}
    if sentiment is not None:
        texts[SENTIMENT] = sentiment
    whole = replace(manifest, files={name: _sha256(data) for name, data in texts.items()})
    texts[MANIFEST] = msgspec.json.encode(whole, order="sorted")
    digest = "sha256:" + _sha256(texts[MANIFEST])
    texts[DIGEST] = f"{digest}\n".encode()
    _write_whole(texts, into)
    return Bundle(into, digest, whole, model_text, card, sheet, sentiment)


def read(directory: Path, digest: str | None = None) -> Bundle:
    """Read a bundle and check all that can be checked without asking LightGBM.

    Parameters
    ----------
    directory
        The bundle folder.
    digest
        What the bundle should be, as the registry names it; None asks only that it agrees with itself.

    Raises
    ------
    BundleError
        A file is missing, unexpected, a link, too large or changed; or the manifest is none of ours.
    """
    return _checked(_read_files(directory), directory, digest)


def copy(directory: Path, into: Path, digest: str | None = None) -> Bundle:
    """Check a bundle as `read` does, and write what was checked, flushed to disk, to the folder `into`.

    Raises
    ------
    BundleError
        See `read`; nothing was written.
    """
    data = _read_files(directory)
    held = _checked(data, directory, digest)
    _write_whole(data, into)
    return replace(held, path=into)


def expect(sizes: Mapping[str, int | None]) -> None:
    """Refuse what is no bundle by the names and sizes of its files, before any of them is copied.

    Parameters
    ----------
    sizes
        Bytes by name; None for what is no file.
    """
    if sizes.keys() - {SENTIMENT} != FILES or None in sizes.values():
        raise BundleError("The registry does not hold exactly the files of a bundle.", "files")
    if any((size or 0) > MAX_BYTES for size in sizes.values()):
        raise BundleError(f"The registry holds a file larger than {MAX_BYTES:,} bytes.", "size")


def _checked(data: dict[str, bytes], directory: Path, digest: str | None) -> Bundle:
    """The bundle that the files are, if every digest agrees."""
    found = "sha256:" + _sha256(data[MANIFEST])
    said = data[DIGEST].decode("ascii", "replace").strip()
    if found != said or found != (digest or found):
        raise BundleError(
            f"The bundle {directory.name} is not the one it says it is: {MANIFEST} was changed.", "digest"
        )
    manifest = _manifest(data[MANIFEST], directory.name)
    for name in {*manifest.files, *data} - {MANIFEST, DIGEST}:
        if name not in data or manifest.files.get(name) != _sha256(data[name]):
            raise BundleError(
                f"The bundle {directory.name} is damaged: {name} does not have the digest it was written with.",
                "digest",
            )
    model, card, sheet = (_text(data[name], name, directory.name) for name in (MODEL, CARD, SHEET))
    return Bundle(directory, found, manifest, model, card, sheet, data.get(SENTIMENT))


def _read_files(directory: Path) -> dict[str, bytes]:
    """All files of a bundle, after names, kinds and sizes have been checked."""
    if not directory.is_dir():
        raise BundleError(f"There is no bundle folder {directory.name}.", "files")
    try:
        with os.scandir(directory) as entries:
            names = {entry.name for entry in islice(entries, _MOST_NAMES)}
        if names - {SENTIMENT} != FILES:
            raise BundleError(
                f"The bundle {directory.name} does not hold exactly {', '.join(sorted(FILES))}: "
                f"{len(FILES - names)} missing, {len(names - FILES - {SENTIMENT})} not expected.",
                "files",
            )
        return {name: _read_file(directory / name) for name in sorted(names)}
    except OSError as error:
        why = f"{type(error).__name__}: {os.strerror(error.errno or 0)}"
        raise BundleError(f"The bundle {directory.name} cannot be read ({why}).", "unreadable") from error


def _read_file(path: Path) -> bytes:
    """The bytes of a plain file that is not too large; a link is not followed, and a pipe is not waited for."""
    kind = path.lstat().st_mode
    if not stat.S_ISREG(kind):
        raise BundleError(f"{path.name} in the bundle {path.parent.name} is not a plain file.", "files")
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as handle:
        data = b"" if os.fstat(descriptor).st_size > MAX_BYTES else handle.read(MAX_BYTES + 1)
        if os.fstat(descriptor).st_size > MAX_BYTES or len(data) > MAX_BYTES:
            raise BundleError(
                f"{path.name} in the bundle {path.parent.name} is larger than {MAX_BYTES:,} bytes.", "size"
            )
    return data


def _text(data: bytes, name: str, bundle: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BundleError(f"{name} of the bundle {bundle} is not UTF-8.") from None


def _manifest(data: bytes, name: str) -> Manifest:
    """The manifest, if it has the form and the version this program writes."""
    try:
        known = msgspec.json.decode(data, type=_Form).schema == SCHEMA
        manifest = msgspec.json.decode(data, type=Manifest) if known else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(
            f"The manifest of bundle {name} does not have the form of version {SCHEMA}.", "manifest"
        ) from error
    if manifest is None or manifest.intervals != INTERVALS or manifest.mode not in MODES:
        raise BundleError(f"The bundle {name} was written by another version of this program; train again.", "manifest")
    held = manifest.reference
    if held is not None and not held.sound(len(manifest.columns), len(INTERVALS)):
        raise BundleError(f"The bundle {name} says nothing sound of the people it learned from.", "manifest")
    return manifest


def _write_whole(files: dict[str, bytes], into: Path) -> None:
    """Write a folder beside its place, flush it to disk, then rename it there."""
    beside = into.with_name(f".{into.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for name, data in files.items():
        with (beside / name).open("xb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
    beside.rename(into)
    descriptor = os.open(into.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
