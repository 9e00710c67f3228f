"""Ids in paths: an id is whatever a company calls somebody, and a slash or a line break in it is a part of it."""

from typing import Final

from starlette.convertors import Convertor, register_url_convertor


class Id(Convertor[str]):
    """Any text. Starlette's own `path` ends at a line break, and no route would know such an id."""

    regex = "(?s:.+)"

    def convert(self, value: str) -> str:
        """The text as it is."""
        return value

    def to_string(self, value: str) -> str:
        """The same."""
        return value


register_url_convertor("id", Id())

EMPLOYEE: Final = "{employee_id:id}"
"""The place of an id in a route. Where a route ends with it, none of the same method goes on behind: an id may end so too."""
