"""Limits of one process: what a key may post over time, what bodies may hold, and in which order work is begun."""

import asyncio
from functools import partial

import pytest

from service import wire
from service.access.keys import Caller
from service.errors import BusyError, RateError
from service.limits import LARGE, Crowd, Gate, Rates
from service.settings import Settings

ONE = Caller("one", "system", "", "one")
TWO = Caller("two", "system", "", "two")


class Time:
    """Seconds that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds since the test began."""
        return self.now


def test_a_bucket_empties_and_fills() -> None:
    """A burst of 100, then 10 a second; a large request leaves a debt that must be paid first; others are not touched."""
    time = Time()
    rates = Rates(Settings(rate_people=10, rate_burst=100), time)
    rates.take(ONE, 99)
    rates.take(ONE, 31)
    with pytest.raises(RateError) as caught:
        rates.take(ONE)
    assert caught.value.headers == {
        "Retry-After": "4",
        "RateLimit": '"people";r=0;t=4',
        "RateLimit-Policy": '"people";q=100;w=10',
    }
    rates.take(TWO, 50)
    time.now = 3.0
    with pytest.raises(RateError):
        rates.take(ONE)
    time.now = 3.2
    rates.take(ONE)
    time.now = 1_000.0
    rates.take(ONE, 100)
    with pytest.raises(RateError):
        rates.take(ONE)


def test_no_rate_is_no_limit() -> None:
    """Zero switches it off."""
    rates = Rates(Settings(rate_people=0, rate_burst=1), Time())
    for _ in range(10):
        rates.take(ONE, 1_000_000)


def test_full_buckets_are_forgotten() -> None:
    """However many callers there ever were, only those that asked lately are remembered."""
    time = Time()
    rates = Rates(Settings(rate_people=1_000, rate_burst=10), time)
    for number in range(30_000):
        time.now = number * 0.001
        rates.take(Caller("", "system", "", f"{number}"))
    assert len(rates._left) <= 10_001


def test_bodies_share_what_they_may_hold() -> None:
    """A hundred bytes for all, fifty for one; a single body may go beyond its half while nobody else's is there."""
    gate = Gate(Settings(held_limit=100))
    with gate.hold(ONE) as first:
        first.grow(40)
        with gate.hold(ONE) as second, pytest.raises(BusyError):
            second.grow(11)
        first.grow(30)
        with gate.hold(TWO) as other:
            other.grow(30)
            with pytest.raises(BusyError):
                other.grow(1)
            with pytest.raises(BusyError):
                first.grow(1)
    assert (gate.bytes.held, gate.bytes.by) == (0, {})


def test_a_body_beyond_every_limit_of_others_is_let_in_alone() -> None:
    """Whether a body is too large in itself is for `RETENTION_BODY_LIMIT` to say."""
    gate = Gate(Settings(held_limit=100))
    with gate.hold(ONE) as hold:
        hold.grow(1_000)
    assert gate.bytes.held == 0


def test_large_bodies_take_turns() -> None:
    """Two at once, the others in the order they came; of one caller's at most sixteen; small ones do not wait."""

    async def run() -> list[int]:
        gate, order = Gate(Settings()), []

        async def one(number: int) -> None:
            with gate.hold(ONE) as hold:
                hold.grow(LARGE + 1)
                await hold.turn()
                order.append(number)
                await asyncio.sleep(0.001)

        tasks = [asyncio.create_task(one(number)) for number in range(17)]
        await asyncio.sleep(0)
        assert order == [0, 1]
        with gate.hold(ONE) as small:
            small.grow(LARGE)
            await small.turn()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in found] == [type(None)] * 16 + [BusyError]
        assert (gate.bytes.held, gate.queue.held, gate.turns._value) == (0, 0, 2)
        return order

    assert asyncio.run(run()) == list(range(16))


def test_who_waits_and_goes_holds_nothing() -> None:
    """A request that is cancelled in line gives its place back."""

    async def run() -> None:
        gate = Gate(Settings())

        async def one() -> None:
            with gate.hold(ONE) as hold:
                hold.grow(LARGE + 1)
                await hold.turn()
                await asyncio.sleep(10)

        tasks = [asyncio.create_task(one()) for _ in range(4)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (gate.bytes.held, gate.queue.held, gate.turns._value) == (0, 0, 2)

    asyncio.run(run())


def test_streams_have_places() -> None:
    """Eight, four of one caller."""
    gate = Gate(Settings())
    held = [gate.stream(ONE) for _ in range(4)] + [gate.stream(TWO) for _ in range(4)]
    for place in held:
        place.__enter__()
    for caller in (ONE, TWO, Caller("three", "system", "", "three")):
        with pytest.raises(BusyError), gate.stream(caller):
            pass
    for place in held:
        place.__exit__(None, None, None)
    assert gate.streams.held == 0


def test_half_of_the_crowd_may_be_one_sender() -> None:
    """Four of eight; with both halves full nobody comes in."""
    crowd = Crowd(8)
    assert [crowd.enter(b"a") for _ in range(5)] == [True] * 4 + [False]
    assert [crowd.enter(b"b") for _ in range(5)] == [True] * 4 + [False]
    assert not crowd.enter(b"c")
    crowd.leave(b"a")
    assert crowd.enter(b"c")
    assert crowd.here == 8


def test_senders_in_line_come_one_after_the_other() -> None:
    """Small work goes at once as far as the bytes allow; what waits goes sender by sender, each in their own order."""
    crowd, begun = Crowd(100), list[str]()

    def work(name: str) -> None:
        crowd.start(name[:1].encode(), 24_000, lambda: begun.append(name))

    for name in ("a1", "a2", "a3", "a4", "b1", "a5", "c1"):
        work(name)
    assert begun == ["a1", "a2"]
    for _ in range(7):
        crowd.done(24_000)
    assert begun == ["a1", "a2", "a3", "b1", "c1", "a4", "a5"]
    crowd.start(b"a", 65_536, lambda: begun.append("alone"))
    crowd.start(b"b", 1, lambda: begun.append("after"))
    assert begun[-1] == "alone"
    crowd.done(65_536)
    assert begun[-1] == "after"


def test_the_shortest_requests_are_no_more_than_sixteen_at_once() -> None:
    """However short, each takes its time; as one is done the next begins, and with all done a new one at once."""
    crowd, begun = Crowd(100), list[int]()
    for number in range(20):
        crowd.start(b"a", 1, partial(begun.append, number))
    assert begun == list(range(16))
    for _ in range(3):
        crowd.done(1)
    assert begun == list(range(19))
    for _ in range(17):
        crowd.done(1)
    crowd.start(b"a", 65_536, partial(begun.append, 20))
    assert begun == list(range(21))


@pytest.mark.parametrize("headers, large", [
    ([], False),
    ([(b"content-length", b"65536")], False),
    ([(b"content-length", b"65537")], True),
    ([(b"content-length", b"9" * 40)], True),
    ([(b"transfer-encoding", b"chunked")], True),
    ([(b"content-length", b"10"), (b"content-type", b"Application/X-NDJSON; charset=utf-8")], True),
    ([(b"content-type", b"application/json"), (b"content-length", b"10")], False),
])  # fmt: skip
def test_what_may_last_takes_nobody_s_turn(headers: list[tuple[bytes, bytes]], large: bool) -> None:
    """Large bodies, bodies of unknown length and lines, which are answered as fast as their client reads."""
    assert wire.is_large(headers) is large
