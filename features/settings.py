"""What an operator may set for reading data and for features: read once at the edge, from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from features.errors import SettingError

_SHARE: Final = "RETENTION_REJECTS_SHARE"
_CATEGORIES: Final = "RETENTION_OFFBOARDING_CATEGORIES"
_CADENCE: Final = "RETENTION_CADENCE"
OFFBOARDING: Final = ("offboarding", "exit", "equipment_return", "final_pay", "knowledge_transfer")


@dataclass(frozen=True)
class FeatureSettings:
    """The settings of the features room, each with its environment variable."""

    rejects_share: float = 0.05
    """Share of a table's rows that may be rejected before the run stops, 0 to 1. `RETENTION_REJECTS_SHARE`."""
    offboarding_categories: tuple[str, ...] = OFFBOARDING
    """Ticket categories that mark somebody's leaving, comma-separated. `RETENTION_OFFBOARDING_CATEGORIES`."""
    cadence: tuple[int, int, int] = (12, 4, 2)
    """Conversations a year about what you do, how you do it, what you want to do. `RETENTION_CADENCE`, as ``12:4:2``."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "FeatureSettings":
        """Read the settings from `environ`; a variable that is absent or empty keeps its default.

        Raises
        ------
        SettingError
            A value is not in the form its variable asks for.
        """
        defaults = cls()
        share, categories, cadence = (environ.get(name, "").strip() for name in (_SHARE, _CATEGORIES, _CADENCE))
        return cls(
            rejects_share=_share(share) if share else defaults.rejects_share,
            offboarding_categories=_categories(categories) if categories else defaults.offboarding_categories,
            cadence=_cadence(cadence) if cadence else defaults.cadence,
        )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise SettingError(f"{_SHARE} is '{text}'; it must be a number from 0 to 1, such as 0.05 for 5 %.")
    return share


def _categories(text: str) -> tuple[str, ...]:
    categories = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if not categories:
        raise SettingError(f"{_CATEGORIES} is '{text}'; it must be category names separated by commas.")
    return categories


def _cadence(text: str) -> tuple[int, int, int]:
    found = re.fullmatch(r"([1-9]\d{0,2}):([1-9]\d{0,2}):([1-9]\d{0,2})", text, re.ASCII)
    if found is None:
        raise SettingError(f"{_CADENCE} is '{text}'; it must be conversations a year as what:how:want, such as 12:4:2.")
    what, how, want = (int(part) for part in found.groups())
    return what, how, want
