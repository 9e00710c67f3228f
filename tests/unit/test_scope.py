"""Population scope: whole path segments, case-sensitive; and what a limited key learns of a published run: nothing outside."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import published
from service.access.scope import common, within
from service.scoring import Scored
from service.settings import Settings
from service.store import runs
from service.store.engine import open_store
from service.store.runs import PublishedScore, Run, RunIdentity
from tests.served import day

COLUMNS = ("team_size",)
RUN = Run(RunIdentity("2026-03-31", "d", "b", "s"), "1", retrospective=False, published_at="x", people=5, team_columns=COLUMNS)  # fmt: skip
PATHS = st.lists(st.sampled_from(["Sales", "sales", "EMEA", "S", "%", "_"]), min_size=1, max_size=4)


@pytest.mark.parametrize("path, unit, inside", [
    ("Sales", "Sales", True),
    ("Sales/EMEA/A", "Sales/EMEA", True),
    ("Sales", "Sales/EMEA", False),
    ("Salesforce", "Sales", False),
    ("sales/EMEA", "Sales", False),
    ("X/Sales", "Sales", False),
    ("", "Sales", False),
    (None, "Sales", False),
    (None, "", True),
    ("Anything", "", True),
])  # fmt: skip
def test_within_by_whole_segments(path: str | None, unit: str, inside: bool) -> None:
    """A unit holds itself and what lies below it, by segments and case; nothing is known of who has no unit."""
    assert within(path, unit) is inside


@given(PATHS, PATHS)
def test_within_is_a_prefix_of_segments(path: list[str], unit: list[str]) -> None:
    """The same as comparing lists of segments."""
    assert within("/".join(path), "/".join(unit)) == (path[: len(unit)] == unit)


@given(PATHS, PATHS, PATHS)
def test_common_holds_both_and_nothing_lower_does(one: list[str], other: list[str], unit: list[str]) -> None:
    """A unit holds two paths exactly when it holds the lowest unit of both."""
    pair, scope = ("/".join(one), "/".join(other)), "/".join(unit)
    assert within(common(*pair), scope) == all(within(path, scope) for path in pair)


@pytest.mark.parametrize("scope, source", [
    ("", ["published_run", "published_run", "team_means", "team_means", "team_means"]),
    ("A", ["published_run", "none", "team_means", "none", "none"]),
    ("A/B", ["published_run", "none", "team_means", "none", "none"]),
    ("B", ["none", "published_run", "none", "none", "none"]),
    ("a", ["none"] * 5),
])  # fmt: skip
def test_a_limited_key_gets_no_values_from_outside(tmp_path: Path, scope: str, source: list[str]) -> None:
    """The run says who is where: what the caller posts of a person or manager opens no team outside the key's unit.

    M1's team lies in A/B; M2's in A and B; M3's in A and nowhere known.
    """
    placed = [("E1", "M1", "A/B"), ("E2", "M2", "B"), ("E3", "M2", "A"), ("E4", "M3", "A"), ("E5", "M3", None)]
    store = open_store(Settings(home=tmp_path).database_url)
    one = published.pack(np.ones(1, np.float32))
    rows = [runs.row(_scored(id_, manager, unit, one)) for id_, manager, unit in placed]
    runs.publish(store, RUN, rows, {"M1": one, "M2": one, "M3": one})
    ids, managers = ["E1", "E2", "N1", "N2", "N3"], ["M1", "M2", "M1", "M2", "M3"]
    values = np.full((5, len(COLUMNS)), np.nan, np.float32)
    found = published.Published(store).on(day("2026-04-01")).fill(values, COLUMNS, ids, managers, (scope,))
    assert [text.partition(":")[0] for text in found] == source
    assert np.isnan(values[:, 0]).tolist() == [text == "none" for text in source]


def _scored(employee_id: str, manager: str, unit: str | None, values: bytes) -> PublishedScore:
    return PublishedScore(Scored(employee_id, (0.1, 0.2, 0.3, 0.4), "low", (), None, None), manager, unit, values)
