"""Connections that come together are left to all processes, those that come all the time to whoever is there."""

import time

from service.wire import Door


def test_the_first_few_after_a_quiet_time_are_shared() -> None:
    """After each of the first four it rests for two milliseconds, and so again once nothing has come for a while."""
    rests: list[float] = []
    door = Door(others=True, rest=rests.append)
    for _ in range(50):
        door.taken()
    assert rests == [0.002] * 4
    time.sleep(0.06)
    door.taken()
    assert rests == [0.002] * 5


def test_nobody_else_is_there() -> None:
    """A process alone takes what comes."""
    rests: list[float] = []
    door = Door(others=False, rest=rests.append)
    for _ in range(5):
        door.taken()
    assert rests == []
