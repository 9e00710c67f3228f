"""An open-loop load: requests at a steady rate, whether or not earlier ones were answered, from a process of its own.

with flood(port, content, rate=1_000, connections=200) as found:
    time.sleep(3)
assert found.of(200)
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from typing import Final

_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Answered:
    """One request and its answer; `status` 0 where the connection failed."""

    at: float
    seconds: float
    status: int
    head: str = ""
    """The headers of an answer that is no 200, in lower case."""


@dataclass
class Flood:
    """What was sent; complete once its block was left."""

    found: list[Answered] = field(default_factory=list)
    unsent: int = 0
    """Requests that were due while every connection waited for an answer."""

    def of(self, *statuses: int) -> list[Answered]:
        """Those answered with one of these."""
        return [one for one in self.found if one.status in statuses]


@contextmanager
def flood(port: int, content: bytes, rate: float, connections: int) -> Iterator[Flood]:
    """Whole requests at `rate` a second on at most so many connections, as long as the block lasts."""
    found = Flood()
    given = json.dumps([port, content.decode(), rate, connections])
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(given + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "begun\n"
        try:
            yield found
        finally:
            process.stdin.close()
            found.unsent, rows = json.loads(process.stdout.read())
            found.found += [Answered(*row) for row in rows]


def main() -> None:
    """Send until standard input ends, then tell what came back."""
    port, content, rate, connections = json.loads(sys.stdin.readline())
    sender = _Sender(port, content.encode(), connections)
    print("begun", flush=True)
    asyncio.run(sender.run(rate))
    print(json.dumps([sender.found.unsent, [astuple(one) for one in sender.found.found]]))


class _Sender:
    def __init__(self, port: int, content: bytes, connections: int) -> None:
        self._port, self._content, self._connections = port, content, connections
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.found = Flood()

    async def run(self, rate: float) -> None:
        """Send until standard input ends, and wait for what is under way."""
        told = asyncio.ensure_future(asyncio.to_thread(sys.stdin.read))
        began, due = time.monotonic(), 0
        while not told.done():
            while due < (time.monotonic() - began) * rate:
                due += 1
                if len(self._tasks) >= self._connections:
                    self.found.unsent += 1
                    continue
                task = asyncio.create_task(self._one())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(0.002)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _, writer in self._idle:
            writer.close()

    async def _one(self) -> None:
        at, status, head = time.monotonic(), 0, b""
        try:
            async with asyncio.timeout(30):
                pair = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
                pair[1].write(self._content)
                head = await pair[0].readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                await pair[0].readexactly(int(length[1]) if length else 0)
            status = int(head[9:12])
            if b"connection: close" in head:
                pair[1].close()
            else:
                self._idle.append(pair)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            status = 0
        told = "" if status == 200 else head.decode().lower()
        self.found.found.append(Answered(at, time.monotonic() - at, status, told))


if __name__ == "__main__":
    main()
