"""The errors a user can act on. Everything else is a bug and keeps its stack trace.

    RetentionError              base: show the message, never the trace
    ├── DataError               the data folder breaks the contract: nothing was changed
    │   ├── SourceError         a folder, file or mapping cannot be read
    │   └── RejectsShareError   more rows of a table break a rule than may
    ├── SettingError            an environment variable does not hold what it should
    └── (each room draws its own branch in its errors.py)

Messages say what is wrong, where, and what to do. They name tables, columns, rules and counts, never a
person's value.
"""


class RetentionError(Exception):
    """Something the caller can mend; the message says how."""


class DataError(RetentionError):
    """The data given breaks the contract; nothing was changed."""


class SourceError(DataError):
    """A data folder, a file in it or a mapping cannot be read."""


class RejectsShareError(DataError):
    """A table has more rejected rows than the configured share."""


class SettingError(RetentionError):
    """An environment variable does not hold what it should."""
