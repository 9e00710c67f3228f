"""F01 to F05: the registry's champion is damaged or hostile. Nobody dies, nobody is fooled, the old model answers on."""

import os
import pickle
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from models.errors import BundleError
from models.risk import RiskModel
from service.bundles import folder
from service.sync import Follower
from tests import damage, followed, small_models
from tests.followed import Followed, answers, served
from tests.loads import load
from tests.running import Server, running

Files = dict[str, bytes]


@dataclass(frozen=True)
class Serving:
    """A server, the home it serves from, and whoever follows that home's registry."""

    held: Followed
    server: Server
    follower: Follower

    def refused(self) -> str:
        """Follow the registry; why the champion was refused, empty where it was not."""
        try:
            self.follower.follow()
        except BundleError as error:
            return error.reason
        return ""


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server of version 1."""
    held = followed.followed(tmp_path_factory.mktemp("f01") / "home")
    with Follower(held.settings, {}, time.time) as follower:
        follower.follow()
        with running(held.home, "--no-sync", settings={"RETENTION_WATCH_SECONDS": "0.05"}, until="/readyz") as server:
            yield Serving(held, server, follower)


@contextmanager
def untouched(serving: Serving) -> Iterator[None]:
    """Whatever happens in the block, the same process answers the same from the same model before and after."""
    before, pids = (served(serving.server), answers(serving.server)), serving.server.tree()
    yield
    assert serving.server.tree() == pids
    assert (served(serving.server), answers(serving.server)) == before


def test_f01_damaged_bundles_are_refused_or_harmless(
    serving: Serving, tmp_path: Path, rng: np.random.Generator, trial: bool, figures: Callable[..., Path]
) -> None:
    """Bits turned, digits changed, cut, zeroed, emptied; with digests that show it and with digests made to agree."""
    stale, mended = (140, 120) if trial else (32, 10)
    sound = RiskModel.load(followed.sound(2))
    rows = small_models.matrix(500, rng) * 100
    reasons: Counter[str] = Counter()
    old, before = served(serving.server), counted_failures(serving.server)
    with untouched(serving), load(serving.server, connections=1, pause=0.01) as sent:
        for case in damage.cases(followed.sound(2), tmp_path, rng, stale, mended):
            serving.held.smuggle(case.path, case.digest)
            reason = serving.refused()
            assert reason or case.mended, case
            if not reason:
                assert_same_answers(RiskModel.load(folder(serving.held.store, case.digest)), sound, rows)
                serving.held.crown(1)
                assert serving.refused() == ""
            reasons[reason or "harmless"] += 1
        until(lambda: served(serving.server), old)
    assert sent.failed() == []
    refused = {reason: times for reason, times in reasons.items() if reason != "harmless"}
    until(lambda: counted_failures(serving.server), Counter(before) + Counter(refused))
    told = {"damaged": stale + mended, "requests": len(sent.sent), "failed": 0, "deaths": 0, **reasons}
    figures("f01_damaged_bundles", told)
    print(told)
    assert reasons["harmless"] < mended / 2


def assert_same_answers(found: RiskModel, sound: RiskModel, rows: Any) -> None:
    """Equal to the last bit in all that a request can ask for."""
    assert np.array_equal(found.risks(rows), sound.risks(rows))
    for horizon in (30, 90, 180, 365):
        assert found.reasons(rows[:20], horizon, 10) == sound.reasons(rows[:20], horizon, 10)
    assert found.bands == sound.bands


def counted_failures(server: Server) -> dict[str, int]:
    """The server's metric of refusals, by reason."""
    text = server.fetch("GET", "/metrics", role="").content.decode()
    found = re.findall(r'^retention_model_load_failures_total\{reason="(\w+)"\} (\d+)', text, re.MULTILINE)
    return {reason: int(times) for reason, times in found}


def until(found: Callable[[], object], expected: object) -> None:
    """Wait for what the server's next look at its store brings; a second is twenty looks."""
    end = time.monotonic() + 10
    while found() != expected and time.monotonic() < end:
        time.sleep(0.02)
    assert found() == expected


def change_text(before: str, after: str) -> Callable[[Files], None]:
    """Rewrite the trees."""

    def change(data: Files) -> None:
        text = data["model.txt"].decode()
        assert before in text
        data["model.txt"] = text.replace(before, after, 1).encode()

    return change


def change_manifest(change: Callable[[dict[str, Any]], None]) -> Callable[[Files], None]:
    """Rewrite the manifest."""

    def changed(data: Files) -> None:
        manifest = msgspec.json.decode(data["manifest.json"])
        change(manifest)
        data["manifest.json"] = msgspec.json.encode(manifest)

    return changed


def swap_columns(manifest: dict[str, Any]) -> None:
    """Two columns change places."""
    columns = manifest["columns"]
    columns[3], columns[4] = columns[4], columns[3]


def rename_column(manifest: dict[str, Any]) -> None:
    """A column has another name."""
    manifest["columns"][3] += "_"


def other_category(data: Files) -> None:
    """The first split by category sends other categories to the left."""
    lines = data["model.txt"].decode().split("\n")
    at = next(at for at, line in enumerate(lines) if line.startswith("cat_threshold="))
    words = lines[at].removeprefix("cat_threshold=").split(" ")
    words[0] = "".join("1" if digit == "2" else "2" for digit in words[0])
    lines[at] = "cat_threshold=" + " ".join(words)
    data["model.txt"] = "\n".join(lines).encode()


def alter_golden(manifest: dict[str, Any]) -> None:
    """One golden answer is another one."""
    manifest["golden"]["risks"][3][1] += 1e-6


WRONG: Mapping[str, tuple[Callable[[Files], None], str]] = {
    "columns reordered": (change_manifest(swap_columns), "manifest"),
    "a column renamed": (change_manifest(rename_column), "manifest"),
    "another catalogue": (change_manifest(lambda manifest: manifest.update(catalogue="0" * 64)), "manifest"),
    "other intervals": (change_manifest(lambda manifest: manifest.update(intervals=[[0, 30], [30, 91]])), "manifest"),
    "another form": (change_manifest(lambda manifest: manifest.update(schema=1)), "manifest"),
    "another objective": (change_text("objective=binary sigmoid:1", "objective=regression"), "structure"),
    "more classes": (change_text("num_class=1", "num_class=3"), "structure"),
    "another width": (change_text("max_feature_idx=", "max_feature_idx=1"), "structure"),
    "other categories": (other_category, "seal"),
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_f02_a_wrong_model_with_right_digests_is_refused(serving: Serving, tmp_path: Path, what: str) -> None:
    """Signed as it should be, and not the model this program can ask."""
    change, reason = WRONG[what]
    digest = damage.rewritten(followed.sound(2), tmp_path / "wrong", change)
    serving.held.smuggle(tmp_path / "wrong", digest)
    with untouched(serving):
        assert serving.refused() in {reason, "structure"}


def test_f03_golden_answers_that_differ_are_refused(serving: Serving, tmp_path: Path) -> None:
    """A millionth in one of the golden answers."""
    digest = damage.rewritten(followed.sound(2), tmp_path / "golden", change_manifest(alter_golden))
    serving.held.smuggle(tmp_path / "golden", digest)
    with untouched(serving):
        assert serving.refused() == "golden"


def first_line(key: str, change: Callable[[list[str]], list[str]]) -> Callable[[Files], None]:
    """Rewrite the values of the first line of that key, and the sizes that follow from it."""

    def changed(data: Files) -> None:
        text = data["model.txt"].decode()
        start = text.index(f"\n{key}=") + len(key) + 2
        end = text.index("\n", start)
        after = " ".join(change(text[start:end].split(" ")))
        sizes = text[text.index("tree_sizes=") : text.index("\n", text.index("tree_sizes="))].split(" ")
        sizes[0] = f"tree_sizes={int(sizes[0].partition('=')[2]) + len(after) - (end - start)}"
        text = text[:start] + after + text[end:]
        at = text.index("tree_sizes=")
        data["model.txt"] = (text[:at] + " ".join(sizes) + text[text.index("\n", at) :]).encode()

    return changed


HUNGRY: Mapping[str, Callable[[Files], None]] = {
    "a tree in a circle": first_line("left_child", lambda values: ["0", *values[1:]]),
    "a child of itself": first_line("right_child", lambda values: [*values[:-1], str(len(values) - 1)]),
    "two billion leaves": first_line("num_leaves", lambda _values: ["2000000000"]),
    "a leaf out of bounds": first_line("left_child", lambda values: [*values[:-1], "-2000000000"]),
    "a column out of bounds": first_line("split_feature", lambda values: ["2000000000", *values[1:]]),
    "categories out of bounds": first_line("cat_boundaries", lambda _values: ["0", "2000000000"]),
    "a huge size": change_text("tree_sizes=", "tree_sizes=99999999"),
    "a huge width": change_text("max_feature_idx=", "max_feature_idx=99999999"),
}


@pytest.mark.parametrize("what", sorted(HUNGRY))
def test_f04_a_model_that_would_hang_or_grow_is_refused(serving: Serving, tmp_path: Path, what: str) -> None:
    """Refused by its structure before anything follows it, and the server is no larger than before."""
    digest = damage.rewritten(followed.sound(2), tmp_path / "hungry", HUNGRY[what])
    serving.held.smuggle(tmp_path / "hungry", digest)
    before = serving.server.rss()
    with untouched(serving):
        began = time.monotonic()
        assert serving.refused() == "structure"
        assert time.monotonic() - began < 20
    assert serving.server.rss() < before + 32 * 1024**2


class Marking:
    """A pickle of this leaves a mark where it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mknod, (str(self.mark),)


def as_pickle(bundle: Path, mark: Path) -> None:
    """The trees are a pickle."""
    (bundle / "model.txt").write_bytes(pickle.dumps(Marking(mark)))


def with_code(bundle: Path, mark: Path) -> None:
    """The bundle brings a module of its own."""
    (bundle / "loader.py").write_text(f"open({str(mark)!r}, 'w')")


def as_link(bundle: Path, mark: Path) -> None:
    """The trees are a link to an equal file."""
    (bundle / "model.txt").rename(mark.with_name("outside.txt"))
    (bundle / "model.txt").symlink_to(mark.with_name("outside.txt"))


def as_pipe(bundle: Path, _mark: Path) -> None:
    """The trees are a pipe that nobody writes to."""
    (bundle / "model.txt").unlink()
    os.mkfifo(bundle / "model.txt")


def with_a_path(bundle: Path, _mark: Path) -> None:
    """The manifest names a file above the bundle."""
    manifest = msgspec.json.decode((bundle / "manifest.json").read_bytes())
    manifest["files"]["../../mark"] = "0" * 64
    (bundle / "manifest.json").write_bytes(msgspec.json.encode(manifest))


HOSTILE: Mapping[str, tuple[Callable[[Path, Path], None], bool, set[str]]] = {
    "a pickle": (as_pickle, True, {"structure"}),
    "code beside the model": (with_code, True, {"files"}),
    "a link": (as_link, False, {"files"}),
    "a pipe": (as_pipe, False, {"files"}),
    "a path that leads out": (with_a_path, False, {"digest"}),
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_f05_nothing_that_comes_with_a_bundle_is_run(serving: Serving, tmp_path: Path, what: str) -> None:
    """A pickle, code, links and paths are refused; a loader named in MLmodel is not looked at. No mark is left."""
    change, mend, reasons = HOSTILE[what]
    mark, place = tmp_path / "mark", tmp_path / "hostile"
    digest = damage.rewritten(followed.sound(2), place, lambda _data: None)
    change(place, mark)
    if mend:
        (place / "model.txt").rename(tmp_path / "model.txt")
        whole = {path.name: path.read_bytes() for path in (*place.iterdir(), tmp_path / "model.txt")}
        digest = damage.rewritten(followed.sound(2), tmp_path / "mended", lambda data: data.update(whole))
        place = tmp_path / "mended"
    loader = f"flavors:\n  python_function:\n    loader_module: os\n    code: code\n    env: {mark}\n"
    with untouched(serving):
        serving.held.smuggle(place, digest, {"MLmodel": loader, "loader.py": f"open({str(mark)!r}, 'w')"})
        assert serving.refused() in reasons
    assert not mark.exists()


def test_f05_a_version_that_lies_outside_the_registry_is_refused(serving: Serving) -> None:
    """Its address leads up and out of the folder that holds what was registered."""
    serving.held.register(f"file://{serving.held.home}/mlartifacts/../../elsewhere", "sha256:" + "2" * 64)
    with untouched(serving):
        assert serving.refused() == "files"
