"""What becomes of memory that a request no longer needs: it stays with the process while requests come, and goes then.

The C library would give large pieces back to the system after every request. The next large one would get them anew
page by page, and the system fills every page with zeros first: a tenth of such a request's time.
"""

import ctypes
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of `mallopt`, as in <malloc.h>."""
_KEPT: Final = 256 << 20
"""Bytes that are kept at most."""
_OWN: Final = 32 << 20
"""Bytes of a piece that is given back as soon as it is free; the most that the C library takes for this."""
_QUIET_BEATS: Final = 8
"""Beats without a request after which what is free goes back."""


class Memory:
    """The free memory of this process; where the C library cannot be told what to do with it, it does as it likes."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._quiet = _QUIET_BEATS
        if self._known():
            self._library.mallopt(_TRIM_THRESHOLD, _KEPT)
            self._library.mallopt(_MMAP_THRESHOLD, _OWN)

    def beat(self, *, asked: bool) -> None:
        """Give back what is free, once a while has passed without a request.

        Parameters
        ----------
        asked
            Whether a request came since the last beat.
        """
        self._quiet = 0 if asked else self._quiet + 1
        if self._quiet == _QUIET_BEATS and self._known():
            self._library.malloc_trim(0)

    def _known(self) -> bool:
        return hasattr(self._library, "mallopt") and hasattr(self._library, "malloc_trim")
