"""Bundles as they arrive from disks that fail, transfers that break off, and hands that mean harm."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

PARTS: Final = ("model.txt", "manifest.json", "sentiment.bin", "digest.txt")
SEALED: Final = ("model.txt", "manifest.json", "sentiment.bin")
"""What can be damaged and given a digest that agrees again."""

Generator = np.random.Generator


@dataclass(frozen=True)
class Case:
    """One damaged copy of a bundle."""

    part: str
    kind: str
    mended: bool
    """Whether the digests were made to agree with the damage."""
    path: Path
    digest: str
    """What a registry that knows no better says of it."""

    def __str__(self) -> str:
        return f"{self.part} {self.kind}{', digests mended' if self.mended else ''}"


def flipped(data: bytes, rng: Generator) -> bytes:
    """One bit turned."""
    changed = bytearray(data)
    changed[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def digit(data: bytes, rng: Generator) -> bytes:
    """One digit replaced by another: still a number, so nothing but its meaning is wrong."""
    places = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    at = int(rng.choice(places)) if places else 0
    return data[:at] + bytes([48 + (data[at] - 48 + int(rng.integers(1, 10))) % 10]) + data[at + 1 :]


def truncated(data: bytes, rng: Generator) -> bytes:
    """Cut off somewhere."""
    return data[: int(rng.integers(1, len(data.rstrip())))]


def zeroed(data: bytes, rng: Generator) -> bytes:
    """A block of zeros somewhere, as a file system leaves one after a power cut."""
    at = int(rng.integers(len(data)))
    block = min(len(data) - at, 512)
    return data[:at] + bytes(block) + data[at + block :]


def empty(_data: bytes, _rng: Generator) -> bytes:
    """Nothing."""
    return b""


KINDS: Final[dict[str, Callable[[bytes, Generator], bytes]]] = {
    "flipped": flipped, "digit": digit, "truncated": truncated, "zeroed": zeroed, "empty": empty,
}  # fmt: skip


def cases(sound: Path, into: Path, rng: Generator, stale: int, mended: int) -> Iterator[Case]:
    """So many damaged copies with the digests as they were, and so many whose digests agree, spread over all kinds."""
    kinds = sorted(KINDS)
    for number in range(stale + mended):
        again = number >= stale
        parts = SEALED if again else PARTS
        turn = number - stale if again else number
        # The trees in every second copy: they are what a reader can die of.
        part = "model.txt" if turn % 2 == 0 else parts[turn // 2 % len(parts)]
        kind = kinds[(turn + turn // len(kinds)) % len(kinds)]
        yield damage(sound, into / str(number), part, kind, rng, mend=again)


def damage(sound: Path, into: Path, part: str, kind: str, rng: Generator, *, mend: bool) -> Case:
    """One damaged copy."""
    into.mkdir(parents=True)
    data = {path.name: path.read_bytes() for path in sound.iterdir()}
    said = data["digest.txt"].decode().strip()
    whole = data[part]
    while data[part] == whole:
        data[part] = KINDS[kind](whole, rng)
    if mend:
        said = mended_digests(data, part, whole)
    for name, content in data.items():
        (into / name).write_bytes(content)
    return Case(part, kind, mend, into, said)


def mended_digests(data: dict[str, bytes], part: str, whole: bytes) -> str:
    """Make manifest and digest agree with a changed part; the digest of the bundle that this makes."""
    if part != "manifest.json":
        before, after = (hashlib.sha256(content).hexdigest().encode() for content in (whole, data[part]))
        data["manifest.json"] = data["manifest.json"].replace(before, after)
    said = f"sha256:{hashlib.sha256(data['manifest.json']).hexdigest()}"
    data["digest.txt"] = f"{said}\n".encode()
    return said


def rewritten(sound: Path, into: Path, change: Callable[[dict[str, bytes]], None]) -> str:
    """A copy in which `change` rewrote files, all digests made to agree; its digest."""
    data = {path.name: path.read_bytes() for path in sound.iterdir()}
    change(data)
    manifest = json.loads(data["manifest.json"])
    others = {name: content for name, content in data.items() if name not in {"manifest.json", "digest.txt"}}
    manifest["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in others.items()}
    data["manifest.json"] = json.dumps(manifest).encode()
    said = f"sha256:{hashlib.sha256(data['manifest.json']).hexdigest()}"
    data["digest.txt"] = f"{said}\n".encode()
    into.mkdir(parents=True)
    for name, content in data.items():
        (into / name).write_bytes(content)
    return said
