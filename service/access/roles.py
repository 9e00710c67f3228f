"""The roles a caller can have."""

from typing import Final

ROLES: Final = ("system", "hrbp", "leader", "scientist", "admin")
