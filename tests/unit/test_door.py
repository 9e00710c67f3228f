"""Connections that come together are left to all processes, those that come all the time to whoever is there."""

import time

from service.wire import Door


def test_the_first_few_after_a_quiet_time_are_shared() -> None:
    """After the second, third and fourth it rests for two milliseconds; one after a while by itself makes nobody rest."""
    rests: list[float] = []
    door = Door(others=True, rest=rests.append)
    for _ in range(50):
        door.taken()
    assert rests == [0.002] * 3
    time.sleep(0.06)
    door.taken()
    assert rests == [0.002] * 3
    door.taken()
    assert rests == [0.002] * 4


def test_nobody_else_is_there() -> None:
    """A process alone takes what comes."""
    rests: list[float] = []
    door = Door(others=False, rest=rests.append)
    for _ in range(5):
        door.taken()
    assert rests == []
