"""A band begins at its limit."""

import numpy as np
import pytest

from models.bands import Bands, parse
from models.errors import BandsError

CASES = [(0.0, "low"), (0.0499, "low"), (0.05, "elevated"), (0.0999, "elevated"), (0.10, "high"), (0.1999, "high"),
         (0.20, "critical"), (0.99, "critical")]  # fmt: skip


@pytest.mark.parametrize("risk, band", CASES)
def test_a_limit_belongs_to_the_band_it_begins(risk: float, band: str) -> None:
    """5 % is elevated, 10 % high, 20 % critical; just below is the band before."""
    assert Bands().of(risk) == band
    assert Bands().of_all(np.array([risk])) == [band]


def test_where_nobody_is_at_risk_nobody_is_in_a_band() -> None:
    """Bands are limits of risk, not ranks: of a thousand people at 1 % all are low."""
    assert set(Bands().of_all(np.linspace(0.009, 0.011, 1_000))) == {"low"}


@pytest.mark.parametrize(
    "text",
    ["", "0.1,0.2", "0.1,0.2,0.3,0.4", "0.2,0.1,0.3", "0.1,0.1,0.2", "0,0.1,0.2", "5,10,20", "a,b,c", "nan,0.1,0.2"],
)
def test_anything_but_three_rising_shares_is_refused(text: str) -> None:
    """The message names the setting and gives an example."""
    with pytest.raises(BandsError, match=r"RETENTION_BANDS .* for example 0.05,0.10,0.20"):
        parse(text)


def test_other_limits_may_be_set() -> None:
    """The three shares of the setting, in order."""
    assert parse(" 0.02, 0.04 ,0.08") == Bands(0.02, 0.04, 0.08)
