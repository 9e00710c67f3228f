"""What the parts of a bundle mean, as one digest: exactly what decides an answer, however its bytes are written.

Digests of files say that bytes are those that were written; golden rows say that some answers are. The seal says that
every number an answer can depend on is the one the writer read back from its own text: the trees as parsed, the linear
part, the bands, what is usual, what reads comments, and what later people are compared with. A number changed by a hand
that mended the digests afterwards, or read otherwise by another machine, shows, even where no golden row comes by it.
"""

import hashlib
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from models import forest
from models.forest import Forest
from models.manifest import Manifest

_OF_TREES: Final = (
    "first_split", "first_leaf", "column", "threshold", "decision", "left", "right", "share", "first_word", "word_count",
    "words", "value",
)  # fmt: skip


def sealed(manifest: Manifest, text: str, sentiment: bytes | None = None) -> Manifest:
    """The manifest with the seal of its parts.

    Parameters
    ----------
    text
        The trees.
    sentiment
        What reads comments, as its file holds it.
    """
    return replace(manifest, seal=of(forest.parse(text, len(manifest.columns)), manifest, sentiment))


def of(trees: Forest, manifest: Manifest, sentiment: bytes | None) -> str:
    """SHA-256 (hex) over what the parts mean."""
    found = hashlib.sha256()
    for name in _OF_TREES:
        values = np.ascontiguousarray(getattr(trees, name))
        _add(found, name, values.astype(values.dtype.newbyteorder("<")).tobytes())
    plain = (manifest.mode, manifest.columns, manifest.intervals, manifest.linear, manifest.bands, manifest.typical)
    _add(found, "numbers", msgspec.json.encode(plain, order="sorted"))
    _add(found, "sentiment", sentiment or b"")
    if manifest.reference is not None:
        _add(found, "reference", msgspec.json.encode(manifest.reference, order="sorted"))
    return found.hexdigest()


def _add(found: "hashlib._Hash", name: str, data: bytes) -> None:
    """Add a part, its name and length before it, so that no two sets of parts read alike."""
    found.update(f"{name}:{len(data)}:".encode())
    found.update(data)
