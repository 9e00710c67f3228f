"""Lines of a log: whole, in one piece, in the form asked for, and silent about what others say."""

import json
import logging
import os
import threading
from pathlib import Path

import pytest

from service.logs import Clock, Form, Handler, Lines, where

SECRET = "Kanarienwert"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the lines go."""
    return tmp_path / "log"


def lines_to(file: Path) -> Lines:
    """Lines that are written to a file."""
    return Lines(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND))


def told(file: Path, form: Form, name: str, message: str, *values: object, error: BaseException | None = None) -> str:
    """What is written of one record."""
    handler = Handler(lines_to(file), form)
    exception = (type(error), error, error.__traceback__) if error else None
    handler.emit(logging.LogRecord(name, logging.WARNING, "file.py", 1, message, values, exception))
    return file.read_text()


def test_json_is_one_object_a_line(file: Path) -> None:
    """Time, level, logger and event; a line break in the message does not make a second line."""
    written = told(file, "json", "service.serving", "Serving %s", "a\r\nb")
    found = json.loads(written)
    assert (found["level"], found["logger"], found["event"]) == ("warning", "service.serving", "Serving a\r\nb")
    assert written.count("\n") == 1


def test_text_is_one_line(file: Path) -> None:
    """The same as text, breaks made visible."""
    written = told(file, "text", "service.serving", "Serving %s", "a\nb")
    assert written.endswith(" warning service.serving: Serving a\\nb\n")
    assert written.count("\n") == 1


def test_others_values_are_left_out(file: Path) -> None:
    """Of a library's message only the part that stands in its code is written."""
    assert SECRET not in told(file, "json", "sqlalchemy.pool", "Row %s is odd", SECRET)
    assert "Row %s is odd" in file.read_text()


def test_of_an_exception_only_type_and_place(file: Path) -> None:
    """What an exception says may repeat what was sent: it is not written."""
    with pytest.raises(ValueError, match=SECRET) as caught:
        raise ValueError(SECRET)
    written = told(file, "json", "uvicorn.error", "Exception in ASGI application\n", error=caught.value)
    assert where(caught.value).startswith("test_logs.py:")
    assert SECRET not in written
    assert json.loads(written)["error"].startswith("ValueError at test_logs.py:")


def test_a_warning_is_told_by_kind_and_place(file: Path) -> None:
    """Python's warnings come as one text that may quote anything; its kind and place remain."""
    text = f"/x/y/module.py:12: UserWarning: {SECRET}\n  warn({SECRET})\n"
    assert json.loads(told(file, "json", "py.warnings", "%s", text))["event"] == "UserWarning at module.py:12"


def test_time_is_rfc_3339() -> None:
    """2026-11-22 03:04:05.625 UTC, written out; the next second is another."""
    clock = Clock()
    assert clock.text(1_795_316_645.625) == "2026-11-22T03:04:05.625Z"
    assert clock.text(1_795_316_646.0) == "2026-11-22T03:04:06.000Z"


def test_no_line_is_lost_or_torn(file: Path) -> None:
    """Four threads write while another flushes: every line arrives whole and once."""
    lines = lines_to(file)

    def write(number: int) -> None:
        for one in range(2_000):
            lines.add(f"{number}:{one}:" + "x" * (one % 300))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        lines.flush()
    lines.flush()
    found = file.read_text().splitlines()
    assert sorted(found) == sorted(f"{n}:{one}:" + "x" * (one % 300) for n in range(4) for one in range(2_000))


def test_a_write_is_no_longer_than_a_pipe_takes_whole() -> None:
    """Of many short lines each write ends at a line's end within 4,096 bytes; a longer line goes alone."""
    reader, writer = os.pipe2(os.O_DIRECT)  # each write is a packet of its own
    lines = Lines(writer)
    for length in (3_000, 1_000, 1_000, 50):
        lines.add("x" * length)
    lines.flush()
    assert [len(os.read(reader, 8_192)) for _ in range(2)] == [4_002, 1_052]
    os.close(reader)
    os.close(writer)


def test_nobody_reads() -> None:
    """Where nobody takes the lines, memory is bounded: what is too much is dropped, and counted."""
    lines = Lines(os.open(os.devnull, os.O_RDONLY))
    for _ in range(60_000):
        lines.add("x")
    assert lines.dropped == 9_999
    lines.flush()
    assert lines.dropped > 9_999
