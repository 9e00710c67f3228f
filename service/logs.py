"""What is written to standard error: one line an event, as JSON or as text, and nothing of what was sent.

    {"time":"2026-11-22T03:10:04.125Z","level":"info","logger":"service.serving","event":"Serving version 3, ..."}

Lines are gathered and written together, so that a request's line costs it next to nothing; warnings and errors are
written at once. A write has at most as many bytes as a pipe takes whole: lines of several processes do not mix.

Messages of this project name no value of anybody. Of others' messages only the part that stands in their code is
written, and of an exception its type and where it arose: what it says may repeat what was sent.
"""

import atexit
import datetime as dt
import logging
import os
import sys
import threading
import traceback
from types import TracebackType
from typing import Any, Final, Literal

import msgspec

Form = Literal["json", "text"]

_OURS: Final = ("service", "models", "features", "training")
_PIPE: Final = 4096
"""Bytes that a pipe takes in one piece."""
_MOST: Final = 50_000
"""Lines that may wait for a reader who does not read; more are dropped, and counted."""
_FLUSH_SECONDS: Final = 0.25


class Lines:
    """Lines on their way to a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: list[str] = []
        self._lock = threading.Lock()
        self.dropped = 0
        """Lines that nobody took."""

    def add(self, line: str) -> None:
        """Take a line, without its end, to be written soon."""
        if len(self._waiting) > _MOST:
            self.dropped += 1
            return
        self._waiting.append(line)

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            waiting = self._waiting[: len(self._waiting)]
            del self._waiting[: len(waiting)]  # what was added meanwhile stays
            if not waiting:
                return
            data = "\n".join([*waiting, ""]).encode("utf-8", "backslashreplace")
            start = 0
            while start < len(data):
                end = data.rfind(b"\n", start, start + _PIPE)
                end = data.find(b"\n", start) if end < 0 else end
                self._write(data[start : end + 1])
                start = end + 1

    def flush_always(self) -> None:
        """Write every quarter of a second from now on, in a thread, until the process ends."""
        stopped = threading.Event()

        def go_on() -> None:
            while not stopped.wait(_FLUSH_SECONDS):
                self.flush()

        threading.Thread(target=go_on, name="log", daemon=True).start()

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self.dropped += 1


class Clock:
    """Writes moments as RFC 3339 in UTC, to the millisecond; the part up to the second is made once a second."""

    def __init__(self) -> None:
        self._second, self._text = -1, ""

    def text(self, moment: float) -> str:
        """Seconds since 1970 as a time."""
        second = int(moment)
        if second != self._second:
            self._second = second
            self._text = dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._text}.{int((moment - second) * 1000):03d}Z"


class Handler(logging.Handler):
    """Hands the records of `logging` on as lines."""

    def __init__(self, lines: Lines, form: Form) -> None:
        super().__init__()
        self._lines, self._json, self._clock = lines, form == "json", Clock()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            self._lines.add(self._line(record))
            self._lines.flush()
        except Exception:  # noqa: BLE001 - a line that cannot be written must not end what it tells of
            self._lines.dropped += 1

    def _line(self, record: logging.LogRecord) -> str:
        time, event = self._clock.text(record.created), _event(record)
        level = record.levelname.lower()
        error = _fault(record.exc_info[1]) if record.exc_info and record.exc_info[1] else None
        if not self._json:
            return f"{time} {level} {record.name}: {_one_line(event)}" + (f" ({error})" if error else "")
        found = {"time": time, "level": level, "logger": record.name, "event": event}
        if error:
            found["error"] = error
        return msgspec.json.encode(found).decode()


def configure(form: Form) -> Lines:
    """Send everything this process has to say to standard error, in that form; the lines, for the request log."""
    lines = Lines(sys.stderr.fileno())
    root = logging.getLogger()
    root.handlers[:] = [Handler(lines, form)]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda found: _uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    sys.unraisablehook = lambda found: _uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    lines.flush_always()
    atexit.register(lines.flush)
    return lines


def where(error: BaseException) -> str:
    """The last places of an exception's way, innermost first: file and line."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))


def in_loop(_loop: Any, context: dict[str, Any]) -> None:
    """What the event loop calls for an exception that nobody waited for."""
    error = context.get("exception")
    told = _fault(error) if isinstance(error, BaseException) else "no exception"
    logging.getLogger("service.loop").error("Something failed in the event loop: %s", told)


def _uncaught(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("service").error("Unexpected %s", _fault(error) if error else kind.__name__)


def _fault(error: BaseException) -> str:
    return f"{type(error).__name__} at {where(error)}"


def _event(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in _OURS:
        return record.getMessage()
    if record.name == "py.warnings" and isinstance(record.args, tuple):
        place, _, kind = ": ".join(str(record.args[0]).split(": ")[:2]).rpartition("/")[2].partition(": ")
        return f"{kind} at {place}"
    return str(record.msg).partition("\n")[0][:200]


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")
