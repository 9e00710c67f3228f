"""Hazards straight from counts, against values worked out by hand."""

import numpy as np
import pytest

from models import rates
from models.boosted import Cells


def cells(counts: list[tuple[int, int, int]]) -> Cells:
    """Cells of one row an entry: (interval, how many, how many of them with an event)."""
    interval = np.concatenate([np.full(count, k, np.int8) for k, count, _ in counts])
    event = np.concatenate([np.arange(count) < events for _, count, events in counts])
    return Cells(np.arange(len(interval)), interval, event, np.ones(len(interval)))


def chance(margins: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
    """Log-odds to chances."""
    return 1 / (1 + np.exp(-margins))


def test_the_base_rate_is_a_share_with_half_an_event_added() -> None:
    """9 of 99, 4 of 99, 0 of 99 and 19 of 99: 9.5, 4.5, 0.5 and 19.5 of 100."""
    found = rates.base(cells([(0, 99, 9), (1, 99, 4), (2, 99, 0), (3, 99, 19)]))
    assert chance(found) == pytest.approx([0.095, 0.045, 0.005, 0.195])


def test_an_interval_nobody_has_lived_through_keeps_the_daily_rate() -> None:
    """(180, 365] is 185 days after 90: 1 - .9 ** (185/90)."""
    found = chance(rates.base(cells([(0, 99, 9), (1, 99, 4), (2, 99, 9)])))
    assert found[3] == pytest.approx(1 - 0.905 ** (185 / 90))


def test_a_bin_of_tenure_is_shrunk_to_the_base_rate() -> None:
    """A bin without anybody has the base rate; a crowded one nearly its own; and weights count."""
    new, old = np.full(1_000, 30.0), np.full(1_000, 4_000.0)
    event = np.concatenate([np.arange(1_000) < 200, np.arange(1_000) < 20])
    one = Cells(np.arange(2_000), np.zeros(2_000, np.int8), event, np.ones(2_000))
    margins, counts = rates.by_tenure(one, np.concatenate([new, old]), leavers=220)
    found = chance(margins[:, 0])
    base = 220.5 / 2_001
    prior = 5 * 220.5 / 220
    assert found[3] == pytest.approx(base)
    assert found[0] == pytest.approx((200 + prior) / (1_000 + prior / base))
    assert found[7] == pytest.approx((20 + prior) / (1_000 + prior / base))
    assert counts[:, 0].tolist() == [1_000, 1, 1, 1, 1, 1, 1, 1_000]


def test_few_leavers_move_a_bin_little() -> None:
    """With two leavers in all, a bin that holds both is taken for less than twice the base rate."""
    event = np.arange(200) < 2
    one = Cells(np.arange(200), np.zeros(200, np.int8), event, np.ones(200))
    margins, _ = rates.by_tenure(one, np.where(np.arange(200) < 100, 30.0, 400.0), leavers=2)
    base = 2.5 / 201
    assert base < chance(margins[0, 0]) < 1.5 * base
