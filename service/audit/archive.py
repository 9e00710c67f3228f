"""A backup's file: one tar archive that is written whole or not at all, and read only where every byte is as written.

audit/anchor.jsonl, audit/tombstones.jsonl   from wherever they lie
home/…                                       the other files of the home; SQLite files as their online copies
store.jsonl                                  the store's rows, where it is not the home's own file
manifest.json                                the last one: size and SHA-256 of every other
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

import msgspec

from service.errors import UsageError

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_BLOCK: Final = 1 << 20
_MOST_MANIFEST: Final = 64_000_000
_BROKEN: Final = "This is no whole backup of this program"


class Facts(msgspec.Struct, frozen=True):
    """What one file must be."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an archive holds."""

    format: int
    made_at: str
    """RFC 3339, UTC."""
    schema: int
    """The store's schema version."""
    files: dict[str, Facts]
    """By name."""


class Writer:
    """An archive that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.files: dict[str, Facts] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file that nobody changes any more."""
        with path.open("rb") as handle:
            size = os.fstat(handle.fileno()).st_size
            hashed = _Hashed(handle)
            self._tar.addfile(_member(name, size), hashed)
        self.files[name] = Facts(size, hashed.hash.hexdigest())


@contextmanager
def writing(target: Path, made_at: str, schema: int) -> Iterator[Writer]:
    """Write an archive; it takes its place at the end of the block, and not where that fails."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with _private(beside) as handle:
            with tarfile.open(fileobj=handle, mode="w", format=tarfile.PAX_FORMAT) as tar:
                writer = Writer(tar)
                yield writer
                content = msgspec.json.encode(Manifest(FORMAT, made_at, schema, writer.files))
                tar.addfile(_member(MANIFEST, len(content)), io.BytesIO(content))
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def unpack(archive: Path, folder: Path) -> Manifest:
    """Write every file of an archive below an empty folder, and check it against the manifest.

    Raises
    ------
    UsageError
        It is not an archive of this kind, or a byte of it is not as it was written.
    """
    if not archive.is_file():
        raise UsageError("There is no such file. Give the one that `backup` wrote.")
    found: dict[str, Facts] = {}
    manifest = b""
    try:
        with tarfile.open(archive, mode="r|") as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isreg() and not manifest else None
                if source is None or member.name in found:
                    raise UsageError(f"{_BROKEN}: it holds something else than files.")
                if member.name == MANIFEST and member.size <= _MOST_MANIFEST:
                    manifest = source.read()
                else:
                    found[member.name] = _copy(source, _place(folder, member.name))
        read = msgspec.json.decode(manifest, type=Manifest)
    except (OSError, tarfile.TarError, msgspec.DecodeError, EOFError) as error:
        raise UsageError(f"{_BROKEN} ({type(error).__name__}).") from error
    if read.format != FORMAT or read.files != found:
        raise UsageError(f"{_BROKEN}: a file is not as it was written.")
    return read


def _place(folder: Path, name: str) -> Path:
    """Where a member goes: below the folder, whatever it calls itself."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise UsageError(f"{_BROKEN}: a file of it would lie elsewhere.")
    return folder / path


def _copy(source: IO[bytes], path: Path) -> Facts:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with _private(path) as handle:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += handle.write(block)
        handle.flush()
        os.fsync(handle.fileno())
    return Facts(size, digest.hexdigest())


class _Hashed:
    """A file whose digest is known once it was read."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self.hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Read on."""
        block = self._handle.read(size)
        self.hash.update(block)
        return block


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _private(path: Path) -> IO[bytes]:
    """A new file that is its owner's alone."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
