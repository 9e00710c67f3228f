"""What stops a training run, and with which exit code.

RetentionError              features.errors: show the message, never the trace; exit code 2
├── UsageError              an argument or a setting is not what it should be; 2
└── NoModelError            no model fit to promote: the champion stays; 3
    ├── TooFewLeaversError  fewer voluntary exits than any model can be made of
    └── HeldBackError       the gate found reasons against the candidate
"""

from collections.abc import Sequence

from features.errors import RetentionError


class UsageError(RetentionError):
    """An argument or a setting is not what it should be; the message says which and what is wanted."""


class NoModelError(RetentionError):
    """There is no model fit to promote; the champion, if there is one, stays."""


class TooFewLeaversError(NoModelError):
    """Fewer voluntary exits than any model can be made of."""


class HeldBackError(NoModelError):
    """The gate found reasons against a model; `reasons` lists them."""

    def __init__(self, reasons: Sequence[str], model: str = "The candidate") -> None:
        self.reasons = tuple(reasons)
        listed = "\n".join(f"  - {reason}" for reason in self.reasons)
        super().__init__(f"{model} may not be promoted; the champion, if there is one, stays.\n{listed}")
