"""The service's branch of the errors a user can act on.

    RetentionError
    └── ServiceError            base of this room
        ├── UsageError          a command was called wrongly, or its configuration does not hold
        │   ├── AddressError    a webhook's address is not one that messages may go to
        │   └── GateError       a run is held back: its data is not what it should be
        ├── StoreError          the score store cannot be opened, read or written
        │   └── ChainError      the access log was tampered with
        ├── BadKeyError         no key, or one that is not known
        ├── RoleError           the key's role may not do this
        ├── NotFoundError       unknown, or out of the caller's scope: alike
        ├── UnderWayError       the same request, sent before, is not answered yet
        ├── BodyTooLargeError   more bytes than one request may have
        ├── MediaTypeError      not the content type, or not the encoding, that is read here
        ├── BusyError           too many requests are under way
        ├── RateError           more than one key may ask for in so short a time
        ├── NotReadyError       no verified model is loaded
        ├── DrainingError       the server is stopping
        └── NotLiveError        a part of this process is dead

Which status each becomes stands in `service/api/problems.py`, which exit code in `service/cli.py`.
"""

from collections.abc import Mapping

from features.errors import RetentionError


class ServiceError(RetentionError):
    """Something the caller of the service can mend."""


class UsageError(ServiceError):
    """A command was called wrongly, or its configuration does not hold."""


class AddressError(UsageError):
    """A webhook's address is not one that messages may go to."""


class GateError(UsageError):
    """A run is held back, since its data is not what it should be; the last one stays published."""


class StoreError(ServiceError):
    """The score store cannot be opened, read or written just now."""


class ChainError(StoreError):
    """The access log's chain is broken, or does not fit its anchor: nothing may be added, so nothing is shown."""


class BadKeyError(ServiceError):
    """The request carries no key, or one that is not known."""


class RoleError(ServiceError):
    """The key is known, but its role may not do this."""


class NotFoundError(ServiceError):
    """There is no such thing, or it lies outside the caller's scope; the answer is the same."""


class UnderWayError(ServiceError):
    """The same request was sent before under the same key, and is not answered yet."""

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still under way. Send it again shortly.")


class BodyTooLargeError(ServiceError):
    """The body has more bytes than one request may have."""


class MediaTypeError(ServiceError):
    """The body is not of the content type, or not of the encoding, that is read here."""


class BusyError(ServiceError):
    """Too many requests are under way in this process; the same request may succeed shortly."""


class RateError(ServiceError):
    """One key asked for more than it may in so short a time; `headers` say when it may ask again."""

    def __init__(self, detail: str, headers: Mapping[str, str]) -> None:
        super().__init__(detail)
        self.headers = headers


class NotReadyError(ServiceError):
    """No verified model is loaded yet."""


class DrainingError(ServiceError):
    """The server is stopping: it still answers, but nobody should send it anything new."""


class NotLiveError(ServiceError):
    """A part of this process is dead, and it does not come back by itself."""
