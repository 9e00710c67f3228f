"""A comment's words end at the door: not in a bundle, not in a home, not in a log, not in an answer."""

import json
import logging
import shutil
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from service.access.keys import Caller, add_key
from service.app import create_app
from service.cli import main
from service.settings import Settings
from service.store.engine import open_store
from tests.posting import Client, body, people
from tests.served import day, shared_toy
from training.sample.phrases import ABOUT, BAD, GOOD

DAY: Final = "2026-09-15"
PLANTED: Final = "Zanzibarian quibbles: the workload is far too high."
WORDS: Final = ("anzibarian", "quibbles", "ANZIBARIAN", "QUIBBLES")


def files(path: Path) -> bytes:
    """Everything that is written below a folder."""
    return b"".join(file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file())


def told(written: bytes) -> list[str]:
    """The planted words that stand in some bytes, in the encodings files have."""
    return [word for word in WORDS for form in ("utf-8", "utf-16-le", "utf-32-le") if word.encode(form) in written]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The toy's folder, with the planted comment in every row of its surveys, one of which breaks a rule."""
    path = tmp_path / "data"
    shutil.copytree(shared_toy().data, path)
    surveys = pl.read_parquet(path / "surveys.parquet").with_columns(comment=pl.lit(PLANTED))
    surveys[[0]].with_columns(score=pl.lit(99.0)).vstack(surveys).write_parquet(path / "surveys.parquet")
    return path


def test_a_bundle_holds_no_sentence_of_those_that_taught() -> None:
    """The toy learned from comments; none of the sentences they were made of stands in its files."""
    written = files(shared_toy().bundle.path)
    assert shared_toy().bundle.sentiment is not None
    sentences = [text for language in ABOUT for pair in language for text in pair]
    sentences += [text for language in (*GOOD, *BAD) for text in language if " " in text]
    assert len(sentences) > 100
    assert not [text for text in sentences if text.encode() in written]


def test_a_run_and_a_request_keep_no_word(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Check, nightly run and posted people: nothing of the comment is in the home, the logs, the file or the answer."""
    caplog.set_level(logging.DEBUG)
    home, out = shared_toy().home(tmp_path / "home"), tmp_path / "scores.csv"
    assert main(["score", "--data", str(data), "--as-of", DAY, "--out", str(out)], {"RETENTION_HOME": str(home)}) == 0
    store = open_store(Settings(home=home).database_url)
    key = add_key(store, Caller("night", "system", ""), "2026-01-01T00:00:00Z")
    store.dispose()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with Client(create_app(Settings(home=home), {}, today=lambda: day("2026-10-01"))) as client:
        good, bad = people(data)[:20], people(data)[:1]
        bad[0]["surveys"] = [{"survey_id": "S1", "sent_at": "then", "driver": "enps", "comment": PLANTED + "\0"}]
        answers = [client("POST", "/v1/scores", content=body(DAY, those), headers=headers) for those in (good, bad)]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert any(json.loads(answers[0].content)["scores"][place]["risk"] for place in range(20))
    written = files(home) + out.read_bytes() + caplog.text.encode() + "".join(capfd.readouterr()).encode()
    assert told(PLANTED.encode()) == ["anzibarian", "quibbles"]
    assert told(written + b"".join(answer.content for answer in answers)) == []


def test_a_comment_moves_the_risk_of_who_wrote_it(tmp_path: Path) -> None:
    """Read or not, comments do something: the toy's company without them gets other scores."""
    found = []
    for name, comments in (("with", True), ("without", False)):
        path, home = tmp_path / name, shared_toy().home(tmp_path / f"{name}-home")
        shutil.copytree(shared_toy().data, path)
        surveys = pl.read_parquet(path / "surveys.parquet")
        (surveys if comments else surveys.drop("comment")).write_parquet(path / "surveys.parquet")
        out = tmp_path / f"{name}.parquet"
        arguments = ["score", "--data", str(path), "--as-of", DAY, "--out", str(out)]
        assert main(arguments, {"RETENTION_HOME": str(home)}) == 0
        found.append(pl.read_parquet(out)["risk_90"].to_list())
    assert found[0] != found[1]
