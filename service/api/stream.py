"""`POST /v1/scores` as NDJSON: a line a person in, a line a person out, however many there are.

The body's first line is the head, ``{"as_of": "2026-11-01"}``; every further line is an entry of `employees`. The
answer's first line is its head, then comes a line for each line sent, in order: a person's answer, or ``{"fault": …}``
where the line breaks form. The last line, ``{"left_out": …}``, is only there when the stream was answered whole; what
ends it early is told in a line ``{"problem": …}``.

Nothing is kept but the lines of one block: a client that does not read is not read from. All of an answer comes from
one model and one published run.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import astuple
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send

from features.days import to_date
from features.faults import MalformedError
from features.posted import LeftOut
from features.posted_stream import Block, Stream
from service.api import answers, problems
from service.api.answers import ENCODER, FaultLine, FaultTold, StreamEnd, StreamHead, StreamProblem
from service.api.people import Pace, Task
from service.errors import BodyTooLargeError

NDJSON: Final = "application/x-ndjson"
Headers = list[tuple[bytes, bytes]]

_NOT_JSON: Final = "not JSON"
_DROPPED: Final = 64_000_000
"""So many bytes are read and dropped for a client that sends on after its stream was ended early."""


class Lines:
    """The lines of a body, as they arrive.

    Parameters
    ----------
    longest
        The most bytes that a line may have.
    """

    def __init__(self, receive: Receive, longest: int) -> None:
        self._receive, self._longest = receive, longest
        self._rest = b""
        self._more, self._too_long = True, False

    async def arrived(self) -> list[bytes]:
        """The lines that came whole since the last call, blank ones left out; none once the body has ended.

        Raises
        ------
        BodyTooLargeError
            A line is too long.
        ClientDisconnect
            The client is gone.
        """
        while self._more and not self._too_long:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self._more = message.get("more_body", False)
            lines = (self._rest + message.get("body", b"")).split(b"\n")
            self._rest = lines.pop() if self._more else b""
            if found := self._whole(lines):
                return found
        if self._too_long:
            raise BodyTooLargeError(f"A line may have at most {self._longest:,} bytes.")
        return []

    def _whole(self, lines: list[bytes]) -> list[bytes]:
        """Those before the first that is too long, without blank ones."""
        for place, line in enumerate([*lines, self._rest]):
            if len(line) > self._longest:
                self._too_long, lines = True, lines[:place]
                break
        return [line for line in lines if line.strip()]

    async def drop(self) -> None:
        """Read what else is sent, within bounds: a client that is not read from to the end does not see its answer."""
        dropped = 0
        while self._more and dropped < _DROPPED:
            message = await self._receive()
            self._more = message.get("more_body", False)
            dropped += len(message.get("body", b""))


async def respond(task: Task, receive: Receive, send: Send, headers: Headers) -> None:
    """Answer a stream.

    Parameters
    ----------
    headers
        What the answer's head has beside its content type.

    Raises
    ------
    MalformedError, FaultsError, BodyTooLargeError, StoreError
        Before anything of the answer was sent: the stream has no head that can be read, or cannot be answered.
    """
    service = task.service
    lines = Lines(receive, service.settings.line_limit)
    first = await lines.arrived()
    if not first:
        raise MalformedError('The body is empty. Its first line must be the head, like {"as_of": "2026-11-01"}.')
    stream = Stream(first[0], service.today(), service.features.offboarding_categories, service.limits)
    answering = _Answering(task, stream, lines, first[1:])
    head = StreamHead(str(to_date(stream.as_of)), answers.named(task.serving), task.wanted.horizon)
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", NDJSON.encode()), *headers]}
    await send(start)
    await _write(send, ENCODER.encode_lines([head]))
    try:
        async for block in answering.blocks():
            await _write(send, b"\n".join([*block, b""]))
        await _write(send, ENCODER.encode_lines([StreamEnd(answers.left_out(answering.left_out))]))
    except problems.ERRORS as error:
        await _write(send, ENCODER.encode_lines([StreamProblem(problems.told(error))]))
        await lines.drop()
    await send({"type": "http.response.body", "body": b""})


async def _write(send: Send, content: bytes) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": True})


class _Answering:
    """One stream on its way: what was counted, and the lines that are still to be answered."""

    def __init__(self, task: Task, stream: Stream, lines: Lines, waiting: list[bytes]) -> None:
        self._task, self._stream, self._lines, self._waiting = task, stream, lines, waiting
        self._teams = task.service.published.on(stream.as_of)
        self._people, self._pace = 0, Pace()
        self.left_out = LeftOut(0, 0, 0, 0, 0)

    async def blocks(self) -> AsyncIterator[list[bytes]]:
        """The answers to the lines, block by block; other requests get their turn between two."""
        while waiting := self._waiting or await self._lines.arrived():
            most, began = self._pace.people, self._pace.clock()
            taken, self._waiting = waiting[:most], waiting[most:]
            self._count(len(taken))
            block = self._stream.push(taken)
            if block is not None:
                yield await self._answers(block)
            self._pace.learn(len(taken), self._pace.clock() - began)
            await asyncio.sleep(0)
        if (last := self._stream.end()) is not None:
            yield await self._answers(last)

    def _count(self, lines: int) -> None:
        self._people += lines
        if self._people > (most := self._task.service.settings.stream_limit):
            raise BodyTooLargeError(f"A stream may have at most {most:,} people. Send the rest in another one.")

    async def _answers(self, block: Block) -> list[bytes]:
        """An answer or a fault for each line of a block."""
        scores = await self._task.scores(block.posted, self._teams)
        found = [b""] * block.lines
        for place, score in zip(block.places, scores, strict=True):
            found[place] = score
        for place, faults in block.faults.items():
            broken = faults[0].rule != _NOT_JSON
            told = FaultTold("rule_broken" if broken else "malformed", list(faults))
            found[place] = ENCODER.encode(FaultLine(told))
        self.left_out = LeftOut(*map(sum, zip(astuple(self.left_out), astuple(block.posted.left_out), strict=True)))
        return found
