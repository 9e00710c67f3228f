"""What `make trial` says at its end."""

import json
from pathlib import Path

from tests.trial import summary

TESTS = """<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" tests="4">
<testcase classname="tests.faults.test_f06" name="test_a" time="90.0" />
<testcase classname="tests.faults.test_f06" name="test_b" time="30.0"><failure message="x">lines</failure></testcase>
<testcase classname="tests.unit.test_c" name="test_c" time="6.0" />
<testcase classname="tests.unit.test_d" name="test_d" time="0.0"><skipped message="no data" /></testcase>
</testsuite></testsuites>"""


def test_it_says_what_failed_how_long_parts_took_and_every_figure(tmp_path: Path) -> None:
    """Two minutes in one file, six seconds in all others; figures by name, in one line each, without the details."""
    (tmp_path / "tests.xml").write_text(TESTS)
    (tmp_path / "f06_swaps.json").write_text(json.dumps({"failed": 0, "p99": {"ms": 7.8}}))
    (tmp_path / "a.json").write_text(json.dumps({"counts": [1, 2], "each": [{"x": 1}, {"x": 2}]}))
    assert (
        summary(tmp_path)
        == """\
2 tests passed, 1 failed, 1 skipped.
  failed: tests.faults.test_f06.test_b

minutes of work, by part
    2.0  tests.faults.test_f06
    0.1  all others

figures
a: counts [1, 2], each 2 in the file
f06_swaps: failed 0, p99 {ms 7.8}
"""
    )


def test_make_trial_is_bounded_and_tells(root: Path) -> None:
    """A test has an hour, all have the time that is named; what was found is told also where a test failed."""
    text = (root / "Makefile").read_text()
    recipe = text.partition("\ntrial:")[2].partition("\n\n")[0]
    assert "--timeout 3600 --session-timeout $(TRIAL_SECONDS)" in recipe
    assert "|| failed=$$?" in recipe
    assert "-m tests.trial" in recipe
