"""Which of two media types a request would rather have, by its header `Accept` (RFC 9110, 12.5.1)."""

from typing import Final

_RANKED: Final = 1_000
"""Of a quality, so many steps."""


def prefers(accept: str, asked: str, usual: str) -> bool:
    """Whether `asked` is preferred to `usual`: a higher quality, or the same one said of it more precisely.

    >>> [prefers(said, "text/csv", "application/json") for said in ("text/csv", "*/*", "text/csv;q=0.5, */*;q=0.9")]
    [True, False, False]
    """
    return _quality(accept, asked) > max(_quality(accept, usual), (0, 3))


def _quality(accept: str, kind: str) -> tuple[int, int]:
    """The quality of a media type and how precisely it was named: 2 itself, 1 its group, 0 anything, -1 not at all."""
    found = 0, -1
    for said in accept.lower().split(","):
        name, *parameters = (part.strip() for part in said.split(";"))
        named = {kind: 2, f"{kind.partition('/')[0]}/*": 1, "*/*": 0}.get(name, -1)
        if named > found[1]:
            found = _number(parameters), named
    return found


def _number(parameters: list[str]) -> int:
    """The quality among a media type's parameters, in thousandths; one that is no number is none."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return max(0, min(_RANKED, round(float(value) * _RANKED)))
            except (ValueError, OverflowError):
                return 0
    return _RANKED
