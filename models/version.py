"""A registered version: its number, its run, and what its tags say of the bundle and of how it was judged."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.history import Move

DIGEST, VERDICT, VERDICT_DIGEST, EVIDENCE = "digest", "verdict", "verdict_digest", "evidence"
"""The tags: the bundle's digest, `PASSED` or `REFUSED`, the digest of the verdict's file, its headline figures."""
PASSED, REFUSED = "passed", "refused"


@dataclass(frozen=True)
class Version:
    """A registered version. Versions are numbers: 10 comes after 9."""

    number: int
    run_id: str
    digest: str
    """Of its bundle, "sha256:" and 64 hex digits."""
    verdict: str = ""
    """`PASSED` or `REFUSED`; empty where none is recorded."""
    verdict_digest: str = ""
    """Of the verdict's file, "sha256:" and 64 hex digits."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """The verdict's headline figures, by name."""

    def moved(self, kind: str, by: str, why: str, at: str) -> Move:
        """The move that lets the alias name this version."""
        return Move(self.number, kind, by, why, at, verdict=self.verdict_digest, evidence=self.evidence)


def tagged(number: int, run_id: str, tags: Mapping[str, str]) -> Version:
    """A version from what the registry holds of it.

    >>> tagged(10, "", {"verdict": "passed", "evidence": '{"auc": 0.8}'}).evidence
    {'auc': 0.8}
    """
    return Version(
        number=number,
        run_id=run_id,
        digest=tags.get(DIGEST, ""),
        verdict=tags.get(VERDICT, ""),
        verdict_digest=tags.get(VERDICT_DIGEST, ""),
        evidence=_figures(tags.get(EVIDENCE, "{}")),
    )


def _figures(text: str) -> dict[str, Any]:
    """The figures a tag holds; none where somebody wrote something else there."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
