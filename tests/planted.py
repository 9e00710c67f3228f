"""Words that belong to somebody, and how to tell whether any of them came where it must not be.

A test plants `WORDS` in what it sends. Beside them every text that looks like the id of a sample company's person or
manager, or like a key, counts as somebody's: the suite's data has no other people.
"""

import re
from pathlib import Path
from typing import Final

PERSON: Final = "E990017"
MANAGER: Final = "M990018"
UNIT: Final = "Kanarienabteilung"
COMMENT: Final = "Zugvogelkanarie"
NAME: Final = "Kanarienfreundin"
VALUE: Final = "Kanarienwert"
KEY: Final = "rk_KanarienschluesselKanarienschluesselKanarienschlues"
WORDS: Final = (PERSON, MANAGER, UNIT, COMMENT, NAME, VALUE, KEY)

_IDS: Final = re.compile(r"\b(E\d{5,6}|M\d{4,6}|rk_[A-Za-z0-9_-]{30,})\b")


def found_in(text: str) -> list[str]:
    """Everything in a text that is somebody's; empty where nothing is."""
    return sorted({word for word in WORDS if word.lower() in text.lower()} | set(_IDS.findall(text)))


def files_with(folder: Path, *words: str) -> list[str]:
    """Files below a folder that hold any of the words, in UTF-8 or UTF-16."""
    sought = [word.encode(code) for word in words for code in ("utf-8", "utf-16-le")]
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [str(path.relative_to(folder)) for path in files if any(word in path.read_bytes() for word in sought)]
