"""A command of the service that counts its steps and ends itself by SIGKILL at a given one, as a power cut would.

    python -m tests.killed sql 17 score --data FOLDER --as-of DATE

Steps are of two kinds: `sql`, every statement and every commit of the store, before and after; and `call`, every call of a
Python function. Nothing is replaced and nothing is told to the program: the process is gone in the middle of what it did.
With 0 as the step it goes through, and the last line of standard error says how many steps there were. With `parts` and
`stop` the step is a part that was staged, and the process ends or stands still (SIGSTOP) between two transactions. People are
scored in parts of forty, so that even a small company has some.
"""

import os
import signal
import sys
from typing import Any

from sqlalchemy import Engine, event

from service import night_people
from service.cli import main

_STATEMENTS = ("before_cursor_execute", "after_cursor_execute", "begin", "commit", "rollback")


class Steps:
    """Counts, and ends the process at one step."""

    def __init__(self, last: int, number: int) -> None:
        self.count, self.last, self.number = 0, last, number

    def step(self, *_: object) -> None:
        """One step."""
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), self.number)

    def staged(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """A part is staged."""
        self.count += statement.startswith("INSERT INTO staged")

    def between(self, _connection: object) -> None:
        """Nothing of the store is held here."""
        if self.count == self.last:
            self.last = 0
            os.kill(os.getpid(), self.number)

    def called(self, _frame: object, what: str, _argument: object) -> None:
        """A step where a function of Python is called."""
        if what == "call":
            self.step()


def _run(kind: str, last: int, arguments: list[str]) -> int:
    steps = Steps(last, signal.SIGSTOP if kind == "stop" else signal.SIGKILL)
    night_people.AT_ONCE = 40  # type: ignore[misc]  # fewer people than any real part has
    if kind == "sql":
        for name in _STATEMENTS:
            event.listen(Engine, name, _of(steps))
    elif kind in {"parts", "stop"}:
        event.listen(Engine, "before_cursor_execute", steps.staged)
        event.listen(Engine, "begin", steps.between)
    else:
        sys.setprofile(steps.called)
    code = main(arguments)
    sys.setprofile(None)
    sys.stderr.write(f"{steps.count}\n")
    return code


def _of(steps: Steps) -> Any:
    """A listener that takes whatever it is told."""
    return lambda *_: steps.step()


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
