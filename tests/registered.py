"""Versions in a registry without a training run: a bundle with a verdict of one finding."""

import tempfile
from pathlib import Path

from models.bundle import Bundle
from models.registry import Registry
from models.version import Version
from training import tracking
from training.verdict import Finding, Verdict, headline

AT = "2026-11-21T00:00:00Z"
DATA = "sha256:" + "0" * 64


def verdict(held: Bundle, against: str = "") -> Verdict:
    """Passed, or held back for a reason."""
    finding = Finding("trial", not against, against or "Nothing was asked.")
    figures = headline(held.manifest.evidence, held.manifest.mode)
    return Verdict(held.digest, held.manifest.mode, None, (finding,), figures)


def register(opened: Registry, held: Bundle, against: str = "") -> Version:
    """Log a bundle and register it; no alias moves."""
    with tempfile.TemporaryDirectory() as beside:
        return tracking.log(opened, tracking.Run(held, verdict(held, against), DATA, 0), Path(beside))
