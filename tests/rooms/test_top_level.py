"""The top level: make's targets, the lock files, and the README's commands and settings as they really are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from features import denied

LOCKS = tuple(f"requirements{which}.lock" for which in ("", "-serve", "-bench", "-mlserver", "-bentoml"))
ROOMS = ("features", "models", "service", "training")
SETTING = re.compile(r"RETENTION_[A-Z][A-Z0-9_]*[A-Z0-9]")


def readme(root: Path) -> str:
    """Read the README."""
    return (root / "README.md").read_text(encoding="utf-8")


def targets(root: Path) -> dict[str, str]:
    """Read the Makefile's targets and their help texts."""
    return dict(re.findall(r"^([a-z]+):.*?## (.+)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def settings_in(folder: Path) -> set[str]:
    """Name every setting that the code below a folder speaks of."""
    return {name for path in folder.rglob("*.py") for name in SETTING.findall(path.read_text(encoding="utf-8"))}


def test_make_alone_lists_every_target(root: Path) -> None:
    """`make` without a target prints one line per target and changes nothing."""
    done = subprocess.run(["make"], cwd=root, capture_output=True, text=True, check=True)
    listed = re.findall(r"^  ([a-z]+) +\S", done.stdout, re.MULTILINE)
    assert listed == list(targets(root))


def test_every_phony_target_has_a_help_text(root: Path) -> None:
    """No target is hidden from the list."""
    phony = re.search(r"^\.PHONY: (.+)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == set(targets(root))


@pytest.mark.parametrize("command", [["train"], ["score", "DATA=somewhere"]])
def test_a_forgotten_argument_is_asked_for(root: Path, command: list[str]) -> None:
    """`make train` without DATA ends with the line that should have been typed."""
    done = subprocess.run(["make", *command], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"make {command[0]} DATA=folder" in done.stderr


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(root: Path, lock: str) -> None:
    """Packages come from whichever index the machine is set to: no lock file holds an address."""
    assert "://" not in (root / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_digest(root: Path, lock: str) -> None:
    """Each pinned package is followed by at least one SHA-256, so that what is installed is what was tested."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", (root / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert len(blocks) > 30
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_locks_are_in_step_with_what_is_asked_for(root: Path) -> None:
    """`make check` would notice a dependency that was changed without `make lock`."""
    done = subprocess.run([sys.executable, ".ci/lock.py", "--check"], cwd=root, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stale_lock_is_named(root: Path, tmp_path: Path) -> None:
    """A dependency added without `make lock` is refused offline, by the names of the lock files."""
    (tmp_path / ".ci").mkdir()
    for file in (".ci/lock.py", "pyproject.toml", *LOCKS):
        (tmp_path / file).write_text((root / file).read_text(encoding="utf-8"), encoding="utf-8")
    asked = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(asked.replace('"msgspec', '"extra-package", "msgspec'), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / ".ci" / "lock.py", "--check"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert " and ".join(LOCKS) in done.stderr


def test_the_readme_s_make_commands_exist(root: Path) -> None:
    """Every `make something` in the README is a target."""
    used = set(re.findall(r"(?:^|`|\n|\$ )make ([a-z]+)", readme(root)))
    assert used <= set(targets(root))
    assert used >= {"demo", "test", "trial", "check"}


def test_the_readme_s_python_commands_exist(root: Path) -> None:
    """Every `python -m room verb` in the README is a verb that prints its help."""
    used = sorted(set(re.findall(r"python -m (features|training|service) ([a-z]+)", readme(root))))
    assert len(used) > 5
    asked = {
        verb: subprocess.Popen([sys.executable, "-m", *verb, "--help"], cwd=root, stdout=subprocess.DEVNULL)
        for verb in used
    }
    assert {verb: process.wait() for verb, process in asked.items()} == dict.fromkeys(used, 0)


def test_the_readme_names_every_setting(root: Path) -> None:
    """The settings in the README are those the code reads: none is missing, none is invented."""
    in_code = set.union(*(settings_in(root / room) for room in ROOMS))
    of_the_suite = {"RETENTION_TRIAL", "RETENTION_SHARED_DATA"}
    handed_on = {"RETENTION_SYNC_PARENT"}  # from `serve` to the `sync` it starts, not for people
    assert set(SETTING.findall(readme(root))) == (in_code - handed_on) | of_the_suite


def test_the_readme_s_files_exist(root: Path) -> None:
    """Every file of a room that the README points to is there."""
    named = set(re.findall(r"`((?:features|models|training|service|tests)/[\w/.]+\.\w+)`", readme(root)))
    assert [path for path in sorted(named) if not (root / path).exists()] == []


def test_the_readme_lists_every_denied_word(root: Path) -> None:
    """The words, phrases and categories in the README are those that the door leaves out."""
    section = readme(root).partition("### What is left out at the door")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z ]+) \| (.+) \|$", section, re.MULTILINE)
    assert [fact for fact, _ in rows] == list(denied.WORDS_BY_FACT)
    assert {word for _, words in rows for word in words.split()} == denied.WORDS
    assert tuple(tuple(phrase.split()) for phrase in re.findall(r"\*([a-z ]+)\*", section)) == denied.PHRASES
    assert set(re.findall(r"`([a-z_]+)`", section.rpartition("Tickets in these categories")[2])) == denied.CATEGORIES
