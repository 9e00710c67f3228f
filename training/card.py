"""The model card: what the model is, what it was made from, how good it was, and what it must not be used for."""

from collections.abc import Sequence
from typing import Final

from features.catalogue import families
from models.evidence import Evidence, Figure
from models.manifest import Manifest

_MODES: Final = {
    "full": "boosted trees over all features",
    "tenure": "the hazard by time in the company, shrunk to the base rate: nothing else about a person moves the risk",
    "base_rate": "the base rate alone: everybody has the same risk",
}
_USE: Final = """\
## What it is for

To help an HR business partner decide whom to talk to first. A risk is the chance that somebody at risk on the day
leaves of their own accord by the horizon; of a hundred people at 10 %, about ten leave and ninety stay.

It must not be used for dismissal, pay, promotion or any other decision about a person taken without talking to them,
and it says nothing about how well somebody works. Reasons say what moved the number, not what causes leaving."""


def text(manifest: Manifest) -> str:
    """The card in Markdown; equal manifests give equal cards."""
    training, bands = manifest.training, manifest.bands
    columns = ", ".join(f"{count} {family}" for family, count in families(manifest.spec).items())
    return "\n".join(
        [
            "# Retention risk",
            "",
            f"Mode `{manifest.mode}`: {_MODES[manifest.mode]}.",
            "",
            _USE,
            "",
            "## What it was made from",
            "",
            f"- Trained to {training.trained_to}; records from {training.observed_from}.",
            f"- {training.people:,} people at {training.landmarks} month ends, of whom {training.leavers:,} left voluntarily.",
            f"- Columns: {columns}.",
            f"- An interval counts {training.reporting_delay_days} days after it closed.",
            (
                f"- Bands by 90-day risk: elevated from {bands.elevated:.1%}, high from {bands.high:.1%}, "
                f"critical from {bands.critical:.1%}."
            ),
            "",
            "## How good it was",
            "",
            *_table(manifest.evidence),
            "",
        ]
    )


def _table(evidence: Sequence[Evidence]) -> list[str]:
    if not evidence:
        return ["No out-of-time evidence: the records are too short."]
    rows = [
        f"| {one.horizon} | {one.method} | {_number(one.auc.value)} | {_interval(one.auc)} | {_number(one.brier_skill.value)} "
        f"| {_number(one.average_precision.value)} | {one.observed:,} | {_count(one.expected)} | {one.origins} |"
        for one in evidence
    ]
    return [
        "Refitted at each origin on what was known then, and held against what followed; intervals resample people.",
        "",
        "| days | method | AUC | 95 % | Brier skill | average precision | left | expected | origins |",
        "| ---: | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
        *rows,
    ]


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _count(value: float | None) -> str:
    return "none" if value is None else f"{value:,.1f}"


def _interval(one: Figure) -> str:
    return "" if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}"
