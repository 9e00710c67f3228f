"""What is compiled is kept on disk, and made anew when anything that it was made from has changed."""

import subprocess
import sys
from pathlib import Path

import pytest

CALLED = "from features.compiled import compiled\n\n\n@compiled\ndef called(x: int) -> int:\n    return x + {number}\n"
CALLER = """
from called import called
from features.compiled import compiled
from numbers_of import TIMES


@compiled
def caller(x: int) -> int:
    return further_down(x)


@compiled
def further_down(x: int) -> int:
    return called(x) * TIMES
"""


READER = """
import numpy as np

from features.compiled import compiled
from kind_of import ITEM


@compiled
def reader(memory: np.ndarray) -> int:
    return memory.view(ITEM)[0].a
"""
ITEM = "import numpy as np\n\nITEM = np.dtype([({first!r}, np.int32), ({second!r}, np.int32)])\n"


def answer(folder: Path, root: Path, module: str = "caller", value: str = "1") -> str:
    """What a fresh process gets from the function of a module's name, of a value."""
    code = (
        f"import sys; sys.path[:0] = [{str(folder)!r}, {str(root)!r}]; import numpy as np, {module};"
        f"print({module}.{module}({value}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_change_of_what_is_called_or_taken_is_seen(tmp_path: Path, root: Path) -> None:
    """New answers once a called function, or a number of the module, is another; what an older process reads stays."""
    (tmp_path / "caller.py").write_text(CALLER, encoding="utf-8")
    (tmp_path / "numbers_of.py").write_text("TIMES = 10\n", encoding="utf-8")
    (tmp_path / "called.py").write_text(CALLED.format(number=1), encoding="utf-8")
    answers = [answer(tmp_path, root)]
    first = {file: file.read_bytes() for file in tmp_path.glob("__pycache__/*.nb?")}
    (tmp_path / "called.py").write_text(CALLED.format(number=22), encoding="utf-8")
    answers.append(answer(tmp_path, root))
    (tmp_path / "numbers_of.py").write_text("TIMES = 1000\n", encoding="utf-8")
    answers.append(answer(tmp_path, root))
    assert answers == ["20", "230", "23000"]
    assert first
    assert {file: file.read_bytes() for file in first} == first


def test_a_change_of_how_memory_is_read_is_seen(tmp_path: Path, root: Path) -> None:
    """New answers once the kind of the items that a memory is read as is another."""
    (tmp_path / "reader.py").write_text(READER, encoding="utf-8")
    memory, answers = "np.array([3, 0, 0, 0, 5, 0, 0, 0], np.uint8)", []
    for first, second in (("a", "b"), ("b", "a")):
        (tmp_path / "kind_of.py").write_text(ITEM.format(first=first, second=second), encoding="utf-8")
        answers.append(answer(tmp_path, root, "reader", memory))
    assert answers == ["3", "5"]


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("left", [0, 30])
def test_what_is_in_pieces_is_made_anew(tmp_path: Path, root: Path, kind: str, left: int) -> None:
    """A file that was not written to its end, as after a power cut, keeps nobody from an answer, and is soon whole."""
    (tmp_path / "called.py").write_text(CALLED.format(number=1), encoding="utf-8")
    answers = [answer(tmp_path, root, "called")]
    (file,) = tmp_path.glob(f"__pycache__/*.{kind}")
    whole = file.stat().st_size
    file.write_bytes(file.read_bytes()[:left])
    answers += [answer(tmp_path, root, "called"), answer(tmp_path, root, "called")]
    assert answers == ["2"] * 3
    assert file.stat().st_size == whole
