"""What can be wrong with a posted request, as a caller is told: where, and which rule. Never what was sent.

RetentionError
├── MalformedError          not JSON as RFC 8259 has it: nothing in it can be pointed at
└── FaultsError             JSON, but it breaks rules: one `Fault` each
"""

from collections.abc import Sequence

import msgspec

from features.errors import RetentionError


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One broken rule.

    `pointer` is a JSON pointer (RFC 6901) into the body. It only ever names columns of the contract and positions;
    a key that is not known is pointed at by the object that holds it.
    """

    pointer: str
    rule: str
    detail: str = ""


class MalformedError(RetentionError):
    """The body is not JSON: broken syntax, a key given twice, a number or a text that cannot be held."""


class FaultsError(RetentionError):
    """The body is JSON, but breaks rules; `faults` holds them all, up to a limit."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} rule{'s' if len(self.faults) != 1 else ''} broken; see faults.")
