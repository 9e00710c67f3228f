"""What a trial found, in one text: how each part went, how long it took, and every figure that its tests wrote.

    python -m tests.trial FOLDER      reads tests.xml and the figures there, prints the text and keeps it as summary.txt

`make trial` does so at its end, however that was.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

_BAD: Final = ("failure", "error")


def summary(folder: Path) -> str:
    """The text.

    Parameters
    ----------
    folder
        With `tests.xml`, as pytest writes it, and a JSON file for each test that measures something.
    """
    cases = list(ET.parse(folder / "tests.xml").iter("testcase"))  # noqa: S314 - pytest wrote it
    figures = [f"{path.stem}: {_said(json.loads(path.read_text()))}" for path in sorted(folder.glob("*.json"))]
    failed = [f"{case.get('classname')}.{case.get('name')}" for case in cases if _has(case, *_BAD)]
    skipped = sum(_has(case, "skipped") for case in cases)
    head = f"{len(cases) - len(failed) - skipped:,} tests passed, {len(failed):,} failed, {skipped:,} skipped."
    parts = ["minutes of work, by part", *_parts(cases)]
    return "\n".join([head, *(f"  failed: {name}" for name in failed), "", *parts, "", "figures", *figures, ""])


def _parts(cases: list[ET.Element]) -> list[str]:
    """Minutes of every file that took a quarter of one, the longest first, and of all others together."""
    took: dict[str, float] = defaultdict(float)
    for case in cases:
        took[str(case.get("classname"))] += float(case.get("time") or 0) / 60
    long = sorted((part for part in took if took[part] >= 0.25), key=lambda part: -took[part])
    rest = sum(took.values()) - sum(took[part] for part in long)
    return [f"{took[part]:7.1f}  {part}" for part in long] + [f"{rest:7.1f}  all others"]


def _has(case: ET.Element, *kinds: str) -> bool:
    return any(case.find(kind) is not None for kind in kinds)


def _said(figure: Any) -> str:
    """A figure in one line; what is said of each of many (cutoffs, companies) stays in the file."""
    if isinstance(figure, list) and figure and all(isinstance(one, dict) for one in figure):
        return f"{len(figure)} in the file"
    if isinstance(figure, dict):
        return ", ".join(f"{name} {{{_said(one)}}}" if isinstance(one, dict) else f"{name} {_said(one)}"
                         for name, one in figure.items())  # fmt: skip
    return f"[{', '.join(map(_said, figure))}]" if isinstance(figure, list) else str(figure)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    print(text := summary(place))
    (place / "summary.txt").write_text(text, encoding="utf-8")
