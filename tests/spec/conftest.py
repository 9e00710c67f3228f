"""Every spec draws a company and reads values off it."""

from itertools import count
from pathlib import Path

import pytest

from tests import drawn


@pytest.fixture
def see(tmp_path: Path) -> drawn.See:
    """Draw a company: tables as text by name, and the spec where a test needs open-named columns."""
    numbers = count()
    return lambda spec=None, **tables: drawn.see(tmp_path / f"drawn-{next(numbers)}", spec, **tables)
