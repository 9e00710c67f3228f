"""What `sync` leaves word of, and what the server makes of it."""

from pathlib import Path

import pytest

from service import status
from service.serving import Models
from service.status import QUIET_SECONDS, Status
from tests import small_models


def test_an_outcome_has_a_beginning() -> None:
    """The same outcome keeps the moment it began; another begins anew; reaching the registry is remembered."""
    found = Status().after(100.0, status.OK, 15.0)
    assert (found.reached, found.fault(101.0)) == (100.0, ("", 0.0))
    found = found.after(115.0, status.AWAY, 15.0).after(130.0, status.AWAY, 15.0)
    assert (found.tried, found.reached, found.fault(131.0)) == (130.0, 100.0, ("registry_away", 115.0))
    found = found.after(145.0, "bundle_refused:golden", 15.0)
    assert (found.reached, found.fault(146.0)) == (145.0, ("bundle_refused:golden", 145.0))


def test_silence_of_who_watches_is_a_fault() -> None:
    """Longer than one look can take; where nobody said he would look again, silence says nothing."""
    watched, once = Status().after(100.0, status.OK, 15.0), Status().after(100.0, status.OK, 0.0)
    later = 100.0 + 15.0 + QUIET_SECONDS
    assert watched.fault(later) == ("", 0.0)
    assert watched.fault(later + 1) == ("sync_stopped", 100.0)
    assert once.fault(later + 1_000_000) == ("", 0.0)


def test_refusals_are_counted_by_reason() -> None:
    """Two of one kind, one of another; an outcome that is none counts nothing."""
    found = Status()
    for outcome in ("bundle_refused:golden", "bundle_refused:digest", status.AWAY, "bundle_refused:golden"):
        found = found.after(1.0, outcome, 0.0).counted()
    assert found.refused == {"golden": 2, "digest": 1}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Whole; and a file that is none of ours is no status."""
    found = Status(1.5, 1.0, status.AWAY, 1.25, 15.0, {"died": 3})
    status.write(tmp_path / "store", found)
    assert status.read(tmp_path / "store") == found
    (tmp_path / "store" / "sync.json").write_text('{"tried": "yesterday"}')
    assert status.read(tmp_path / "store") is None
    assert status.read(tmp_path / "nowhere") is None


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A bundle store in which the base rate is the champion."""
    return small_models.stored(tmp_path / "store")


def test_the_server_says_what_sync_says(store: Path) -> None:
    """Degraded with its beginning; well again when the registry is; refusals counted from when the server began."""
    status.write(store, Status(90.0, 90.0, status.OK, 90.0, 15.0, {"golden": 7}))
    models = Models(store, lambda: 100.0)
    models.refresh()
    assert (models.degraded, models.reached, models.failures, models.loads) == ("", 90.0, 0, 1)
    status.write(store, Status(99.0, 90.0, status.AWAY, 98.0, 15.0, {"golden": 7, "died": 1}))
    models.refresh()
    assert (models.degraded, models.degraded_since) == ("registry_away", 98.0)
    assert (dict(models.refused), models.refusal) == ({"died": 1}, "died")
    status.write(store, Status(100.0, 100.0, status.OK, 100.0, 15.0, {"golden": 7, "died": 1}))
    models.refresh()
    assert (models.degraded, models.degraded_since, models.failures) == ("", 0.0, 1)


def test_a_pointer_to_nothing_degrades_and_does_not_stop(store: Path) -> None:
    """The old model answers on, the refusal is counted once, and the reason is told."""
    models = Models(store, lambda: 100.0)
    models.refresh()
    served = models.serving
    (store / "champion.json").write_text("garbage")
    models.refresh()
    models.refresh()
    assert models.serving is served
    assert (models.degraded, models.degraded_since) == ("bundle_refused:unreadable", 100.0)
    assert dict(models.refused) == {"unreadable": 1}
    small_models.stored(store)
    models.refresh()
    assert models.degraded == ""


def test_an_unforeseen_fault_of_a_new_model_leaves_the_old(store: Path) -> None:
    """Whatever preparing raises, what was served before stays, and the next look does not try again."""
    tried: list[object] = []

    def prepare(serving: object) -> None:
        tried.append(serving)
        if len(tried) > 1:
            raise ZeroDivisionError

    models = Models(store, lambda: 100.0, prepare)
    models.refresh()
    served = models.serving
    small_models.stored(store, params={"seed": 2})
    models.refresh()
    models.refresh()
    assert (models.serving is served, len(tried), models.refusal) == (True, 2, "manifest")


def test_a_model_that_is_taken_back_while_it_is_loaded_never_answers(store: Path) -> None:
    """The pointer goes back to the first model while the second is prepared: the first answers on, and nothing is amiss."""
    models = Models(store, lambda: 100.0, lambda _serving: None if models.serving is None else back())
    models.refresh()
    served, first = models.serving, (store / "champion.json").read_bytes()

    def back() -> None:
        (store / "champion.json").write_bytes(first)

    small_models.stored(store, params={"seed": 2})
    models.refresh()
    assert (models.serving is served, models.loads, models.failures, models.degraded) == (True, 1, 0, "")
    models.refresh()
    assert (models.serving is served, models.loads) == (True, 1)


def test_before_the_first_model_the_reason_names_the_registry(tmp_path: Path) -> None:
    """Nothing fetched yet; nothing fetched yet because the registry is away."""
    models = Models(tmp_path, lambda: 100.0)
    models.refresh()
    assert (models.serving, models.reason) == (None, "no champion was fetched yet")
    status.write(tmp_path, Status().after(1.0, status.AWAY, 15.0))
    models.refresh()
    assert models.reason == "no champion was fetched yet (registry_away)"
