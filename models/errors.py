"""What can go wrong with a model that a user can act on.

RetentionError                  features.errors: show the message, never the trace
├── BandsError                  RETENTION_BANDS does not name three rising shares
├── BundleError                 a bundle is incomplete, damaged or not ours: it is not served
└── RegistryError               the registry cannot do what was asked
    ├── RegistryAwayError       the registry does not answer
    ├── NoChampionError         no version carries the alias `champion`
    └── UnknownVersionError     the registry holds no such version
"""

from typing import Final

from features.errors import RetentionError

REFUSALS: Final = (
    "files", "size", "unreadable", "digest", "manifest", "structure", "seal", "golden", "died", "timeout", "memory",
)  # fmt: skip
"""Why a bundle is refused, as one word that stays: a label of metrics, a field of status, a word in logs.

files        a name is missing or not expected, or something is not a plain file
size         a file, or what it declares, is larger than allowed
unreadable   the disk does not give the bytes
digest       the bytes are not those that were written, or not those that were registered
manifest     not the form of this version, or another feature catalogue
structure    the trees, or what reads comments, are not sound
seal         the parts are sound and mean something else than when they were written
golden       the answers to the golden rows differ
died         whoever loaded it was ended by a signal
timeout      loading took longer than allowed
memory       loading took more memory than allowed
"""


class BandsError(RetentionError):
    """`RETENTION_BANDS` does not name three rising shares between 0 and 1."""


class BundleError(RetentionError):
    """A bundle is incomplete, damaged or not one of ours; it must not be served."""

    def __init__(self, message: str, reason: str = "structure") -> None:
        super().__init__(message)
        self.reason = reason
        """One of `REFUSALS`."""


class RegistryError(RetentionError):
    """The model registry cannot do what was asked."""


class RegistryAwayError(RegistryError):
    """The model registry does not answer; nothing is known about what it holds."""


class NoChampionError(RegistryError):
    """No version carries the alias `champion` yet."""


class UnknownVersionError(RegistryError):
    """The registry holds no version of that number."""
