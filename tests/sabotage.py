"""A server with a fault of our making in it: what it is sent may make it crash with what it was sent, or stand still.

Python imports `sitecustomize` before anything else; the one written here, on the path of that server alone, changes how
bodies are read in the processes that answer. Everything else is the real server.
"""

from pathlib import Path
from typing import Final

CRASH: Final = "sabotage-crash"
"""In a body: reading it raises an error whose message is the body."""
BLOCK: Final = "sabotage-block"
"""In a body: reading it keeps the event loop for a minute."""

_CODE: Final = """
import sys, time
if "service.worker" in sys.orig_argv:
    from features import posted
    whole = posted.read
    def read(body, *more, **named):
        sent = bytes(body)
        if b"sabotage-crash" in sent:
            raise RuntimeError(sent.decode())
        if b"sabotage-block" in sent:
            time.sleep(60)
        return whole(body, *more, **named)
    posted.read = read
"""


def sabotaged(folder: Path, root: Path) -> dict[str, str]:
    """The environment in which the server has the fault; its code is written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_CODE, encoding="utf-8")
    return {"PYTHONPATH": f"{folder}:{root}"}
