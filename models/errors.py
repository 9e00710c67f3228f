"""What can go wrong with a model that a user can act on.

RetentionError                  features.errors: show the message, never the trace
├── BandsError                  RETENTION_BANDS does not name three rising shares
├── BundleError                 a bundle is incomplete, damaged or not ours: it is not served
└── RegistryError               the registry cannot do what was asked
    ├── RegistryAwayError       the registry does not answer
    ├── NoChampionError         no version carries the alias `champion`
    └── UnknownVersionError     the registry holds no such version
"""

from features.errors import RetentionError


class BandsError(RetentionError):
    """`RETENTION_BANDS` does not name three rising shares between 0 and 1."""


class BundleError(RetentionError):
    """A bundle is incomplete, damaged or not one of ours; it must not be served."""


class RegistryError(RetentionError):
    """The model registry cannot do what was asked."""


class RegistryAwayError(RegistryError):
    """The model registry does not answer; nothing is known about what it holds."""


class NoChampionError(RegistryError):
    """No version carries the alias `champion` yet."""


class UnknownVersionError(RegistryError):
    """The registry holds no version of that number."""
