"""What the gate found about a candidate: one finding a criterion, with the figures it rests on."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from models.evidence import Evidence, Figure
from training.splits import HEADLINE

Figures = Mapping[str, float | None]


@dataclass(frozen=True)
class Finding:
    """What one criterion found."""

    criterion: str
    passed: bool
    said: str
    """One or two sentences with the figures; where it did not pass, with what to do."""
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """All findings about one candidate. It may be promoted if every criterion passed and there is at least one."""

    candidate: str
    """The digest of the bundle that was judged."""
    mode: str
    champion: str | None
    """The digest of the champion it was held against; None where there was none that could be read."""
    findings: tuple[Finding, ...]
    headline: Figures = field(default_factory=dict)
    """The candidate's own figures out of time."""

    @property
    def passed(self) -> bool:
        """Whether the candidate may be promoted."""
        return bool(self.findings) and not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """All that stands against it."""
        return tuple(one.said for one in self.findings if not one.passed)

    def written(self) -> bytes:
        """The verdict as its file holds it; equal verdicts give equal bytes."""
        return json.dumps(asdict(self) | {"passed": self.passed}, sort_keys=True, indent=2).encode() + b"\n"

    @property
    def digest(self) -> str:
        """Of its file, "sha256:" and 64 hex digits."""
        return f"sha256:{hashlib.sha256(self.written()).hexdigest()}"

    def told(self) -> str:
        """The findings for a reader, a line each."""
        width = max((len(one.criterion) for one in self.findings), default=0)
        lines = [f"  {'ok    ' if f.passed else 'AGAINST'} {f.criterion:<{width}}  {f.said}" for f in self.findings]
        return "\n".join([f"The verdict: {'may be promoted' if self.passed else 'held back'}", *lines])


def reasons_in(written: bytes) -> list[str]:
    """What stands against a version by its recorded verdict; one that cannot be read stands against it too."""
    try:
        found: dict[str, Any] = json.loads(written)
        against = [str(one["said"]) for one in found["findings"] if one["passed"] is not True]
        none_judged = not found["findings"]
    except (KeyError, TypeError, ValueError):
        return ["Its recorded verdict cannot be read."]
    return ["Nothing was judged."] if none_judged else against


def headline(evidence: Sequence[Evidence], mode: str) -> dict[str, float | None]:
    """The figures by which a version is known: of its own mode, at the horizon every origin can be judged at."""
    found = [one for one in evidence if one.method == mode and one.horizon == HEADLINE]
    if not found:
        return {}
    one = found[0]
    named = {"auc": one.auc, "brier_skill": one.brier_skill, "observed_expected": one.observed_expected}
    figures: dict[str, float | None] = {"origins": one.origins, "people": one.people, "observed": one.observed}
    for name, figure in named.items():
        figures |= flat(f"{name}_{HEADLINE}", figure)
    return figures


def flat(name: str, figure: Figure) -> dict[str, float | None]:
    """A figure and its interval by name.

    >>> flat("auc", Figure(0.8, 0.7, 0.9))
    {'auc': 0.8, 'auc.low': 0.7, 'auc.high': 0.9}
    """
    return {name: figure.value, f"{name}.low": figure.low, f"{name}.high": figure.high}


def said(figure: Figure) -> str:
    """A figure with its interval for a reader.

    >>> said(Figure(0.8, 0.712, 0.9)), said(Figure(None))
    ('0.800 [0.712, 0.900]', 'no number')
    """
    if figure.value is None:
        return "no number"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f} [no interval]"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
