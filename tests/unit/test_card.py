"""The model card and the data sheet: written from the manifest alone, and no number in them can be another."""

import dataclasses
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from features.days import to_day
from features.ingest import load
from features.settings import FeatureSettings
from models import bundle
from models.bundle import CARD, DIGEST, MANIFEST, SHEET
from models.errors import BundleError
from models.evidence import Figure
from models.limits import limits
from models.manifest import (
    Broken,
    Correction,
    DataFacts,
    Disparity,
    ExitType,
    FairnessFacts,
    FairnessLine,
    Language,
    Manifest,
    NotAudited,
    SentimentFacts,
    Source,
    Training,
)
from models.risk import RiskModel
from tests import small_models
from tests.builders import employee, folder, job
from training import card, gate, sheet

SOURCES = (
    Source("employees", 1_201, 1, 0, "2004-02-01", "2024-12-30", 1.0, broken=(Broken("hire_date", "not a date", 1),)),
    Source("surveys", 54_321, 0, 17, "2022-01-05", "2024-12-20", 0.873, denied=9, identical=8, comments=1_234,
           denied_columns=("age_group",), unknown_columns=2),
    Source("tickets", 905, 0, 30, "2022-02-05", "2024-12-22", 0.31, denied=30, traces=44),
)  # fmt: skip
DATA = DataFacts("ab12" * 16, 1_150, 6, (ExitType("voluntary", 211), ExitType("redundancy", 33)), 3, 244, 40, (0, 12, 57),
                 ("checkins", "directory"))  # fmt: skip
LINE = FairnessLine("gender", "top tenth", 3, 0, 2, "f", Figure(0.62, 0.48, 0.77), Figure(0.6, 0.41, 0.8), Figure(0.21),
                    (Disparity("f", "listed", Figure(0.62, 0.41, 0.93), Figure(0.95, 0.7, 1.2)),))  # fmt: skip
FAIRNESS = FairnessFacts(3_456, 3, (LINE,), (NotAudited("remark", "free text"),))
SENTIMENT = SentimentFacts(321, (Language("en", 300, 0.612, 0.401), Language("other", 21, 0.333, None)))
CORRECTION = Correction(True, 0.231, 0.97, 61, 61.0, 44.4, 0.0031, "2024-03-31", "2024-12-31")


def whole(**more: Any) -> Manifest:
    """A manifest in which everything is said."""
    evidence = tuple(
        small_models.evidence(method, horizon) for horizon in (30, 90) for method in ("full", "tenure", "base_rate")
    )
    plain: dict[str, Any] = {
        "mode": "full",
        "evidence": evidence,
        "sources": SOURCES,
        "data": DATA,
        "fairness": FAIRNESS,
        "sentiment": SENTIMENT,
        "correction": CORRECTION,
        "params": {"rounds": 100, "seed": 1},
        "versions": {"numpy": "2.4.6"},
    }
    return small_models.manifest(small_models.base_rate_text(), **plain | more)


def written(into: Path, **more: Any) -> bundle.Bundle:
    """A bundle with the card and the sheet of its manifest."""
    manifest = whole(**more)
    return bundle.write(manifest, small_models.base_rate_text(), card.text(manifest), sheet.text(manifest), into)


def test_equal_manifests_give_equal_texts(tmp_path: Path) -> None:
    """What was written follows from the manifest that was read back, word by word."""
    held = bundle.read(written(tmp_path / "bundle").path)
    assert held.card == card.text(held.manifest)
    assert held.sheet == sheet.text(held.manifest)
    assert gate.follows(held)


@pytest.mark.parametrize("file", [CARD, SHEET, MANIFEST])
def test_a_number_changed_by_hand_is_refused(tmp_path: Path, file: str) -> None:
    """Whichever digit of the card, the sheet or the manifest is another: the bundle is not read, let alone served."""
    held = written(tmp_path / "bundle")
    path = held.path / file
    before = path.read_bytes()
    digits = [match.start() for match in re.finditer(rb"\d", before)]
    for at in digits[:: max(1, len(digits) // 40)]:
        path.write_bytes(before[:at] + str((int(before[at : at + 1]) + 1) % 10).encode() + before[at + 1 :])
        with pytest.raises(BundleError, match=re.escape(file)):
            bundle.read(held.path)
        with pytest.raises(BundleError, match=re.escape(file)):
            RiskModel.load(held.path, held.digest)
    path.write_bytes(before)
    assert bundle.read(held.path).digest == held.digest


def test_a_card_rewritten_with_its_digests_does_not_pass_the_gate(tmp_path: Path) -> None:
    """Who changes a number and every digest with it has another bundle, whose card does not follow from its manifest."""
    manifest = whole()
    better = card.text(manifest).replace(".700 [.600, .800]", ".900 [.600, .800]")
    held = bundle.write(manifest, small_models.base_rate_text(), better, sheet.text(manifest), tmp_path / "bundle")
    assert bundle.read(held.path).card == better
    assert not gate.follows(held)
    finding = gate.proves(held.path, held.digest)
    assert not finding.passed
    assert "does not follow" in finding.said


def test_a_manifest_rewritten_with_its_digests_is_another_bundle(tmp_path: Path) -> None:
    """The digest by which the registry knows a version is of the manifest: it cannot stay the same."""
    held = written(tmp_path / "bundle")
    changed = (held.path / MANIFEST).read_bytes().replace(b'"value":0.7', b'"value":0.9')
    (held.path / MANIFEST).write_bytes(changed)
    (held.path / DIGEST).write_text(f"sha256:{bundle._sha256(changed)}\n")
    with pytest.raises(BundleError, match="not the one"):
        bundle.read(held.path, held.digest)


@pytest.mark.parametrize("said", [
    "1,201", "54,321", "87.3 %", "2022-01-05 to 2024-12-20", "checkins", ".700 [.600, .800]", "4.0 [.0, 8.0]", "61 people",
    "44.4 expected", "p = 0.0031", "+0.231 in log-odds", "0.612", "0.401", "321 with a score", "3,456 scores at 3 origins",
    ".62 [.48, .77]", ".62 [.41, .93] times as often", "They left .95 [.70, 1.20] times as often.", "3 (2 withheld)", "`remark` was not assessed: free text",
    "40 of 244 exits", "rounds 100", "numpy 2.4.6", "11.5 were expected to leave, 12 left", "tickets of 31 %",
])  # fmt: skip
def test_the_card_says_what_the_manifest_holds(said: str) -> None:
    """Every kind of figure, as the manifest has it."""
    assert said in " ".join(card.text(whole()).split())


def test_a_card_says_where_comments_are_not_read() -> None:
    """Too few with a score, or none that rank like it, are told apart from comments that are read."""
    few, vain = SentimentFacts(49, read=False), dataclasses.replace(SENTIMENT, read=False)
    texts = [card.text(dataclasses.replace(whole(), sentiment=facts)) for facts in (few, vain, SENTIMENT)]
    assert "49 came with a score, too few to learn from" in texts[0]
    assert "those held out do not rank like it: no comment is read" in texts[1]
    assert ["comment is read" in text.lower() for text in texts] == [True, True, False]


@pytest.mark.parametrize("said", [
    "ab12" * 16, "1,150 people, of whom 6", "| voluntary | 211 |", "without a type, taken as other: 3.", "`age_group`",
    "244 exits were known, 40 of them recorded after their day", "within 0 days, nine of ten within 12, 99 of 100 within 57",
    "| employees | hire_date | not a date | 1 |", "| surveys | 9 | 8 | 0 | 0 |", "that nothing reads: 2.",
    "Missing, and whatever they feed is null: checkins, directory.", "Observed from 2022-01-01",
])  # fmt: skip
def test_the_sheet_says_what_the_manifest_holds(said: str) -> None:
    """Every kind of count, as the manifest has it."""
    assert said in " ".join(sheet.text(whole()).split())


def test_every_figure_of_the_manifest_is_in_the_card() -> None:
    """Moving any figure of the served mode's evidence moves the card: none is left out, none is written by hand."""
    plain = whole()
    for field in ("auc", "average_precision", "brier_skill", "calibration_slope", "observed_expected"):
        figure: Any = {field: Figure(0.123, 0.111, 0.135)}
        moved = dataclasses.replace(plain.evidence[3], **figure)
        other = dataclasses.replace(plain, evidence=(*plain.evidence[:3], moved, *plain.evidence[4:]))
        assert card.text(other) != card.text(plain)


def test_a_manifest_that_says_little_gives_a_card_that_says_so() -> None:
    """Nothing is made up where there is nothing."""
    bare = small_models.manifest(small_models.base_rate_text(), evidence=())
    text = " ".join(card.text(bare).split())
    assert "There is no out-of-time evidence" in text
    assert "Not assessed: there was no table `protected`." in text
    assert "The sources were not recorded." in text
    assert "0 came with a score, too few to learn from" in text
    assert "The data as read was not recorded." in sheet.text(bare)


@pytest.mark.parametrize("mode, said", [
    ("base_rate", "There is little signal"), ("tenure", "Only time in the company"),
])  # fmt: skip
def test_a_poorer_mode_states_its_limits(mode: str, said: str) -> None:
    """First of all limits, in the card."""
    manifest = whole(mode=mode)
    assert limits(manifest)[0].startswith(said)
    assert said in card.text(manifest)


def test_limits_follow_from_the_figures() -> None:
    """Few leavers, a short history, windows still open, ranking at chance, no skill, one origin."""
    weak = small_models.evidence(
        "full", 90, origins=1, auc=Figure(0.55, 0.48, 0.62), brier_skill=Figure(0.0, -0.02, 0.02)
    )
    training = Training("2024-01-01", "2024-12-31", 11, 1_000, 100, 40, 1, 0)
    found = " ".join(limits(whole(evidence=(weak,), training=training)))
    for said in (
        "by 30, 180 and 365 days is not known", "not shown to be better than chance", "more accurate than the plain rate",
        "of one origin", "40 people who left are few", "365 days of records hold no season twice",
        "There was no checkins", "nine of ten within 12 days",
    ):  # fmt: skip
        assert said in found


def test_a_good_model_has_only_the_limits_of_all() -> None:
    """With years of records, every source and no small group, three sentences remain."""
    training = Training("2020-01-01", "2024-12-31", 48, 9_000, 900, 300, 1, 0)
    evidence = tuple(small_models.evidence("full", horizon) for horizon in (30, 90, 180, 365))
    line = dataclasses.replace(LINE, withheld=0)
    manifest = whole(
        training=training,
        evidence=evidence,
        sources=SOURCES[:2],
        data=dataclasses.replace(DATA, missing=("directory",), recorded_late=2),
        fairness=FairnessFacts(3_456, 3, (line,)),
    )
    assert len(limits(manifest)) == 3


def test_a_level_that_fits_is_left_as_it_is() -> None:
    """What was tested is told whether or not anything was moved."""
    kept = dataclasses.replace(CORRECTION, applied=False, p=0.4)
    assert "within chance; the risks stand as fitted" in " ".join(card.text(whole(correction=kept)).split())
    few = dataclasses.replace(CORRECTION, applied=False, p=None, leavers=7)
    assert "too few to test the level on (7 leavers)" in " ".join(card.text(whole(correction=few)).split())


@pytest.mark.parametrize("measure, figure, said", [
    ("listed", Figure(0.62, 0.41, 0.93), "help is missed"),
    ("listed", Figure(1.7, 1.2, 2.4), "they bear the attention"),
    ("recall", Figure(-0.3, -0.5, -0.1), "the leaving of these is missed more often"),
    ("recall", Figure(0.3, 0.1, 0.5), "the leaving of the others is missed more often"),
])  # fmt: skip
def test_a_disparity_says_who_bears_what(measure: str, figure: Figure, said: str) -> None:
    """Being listed and not being listed are different harms."""
    line = dataclasses.replace(LINE, disparities=(Disparity("f", measure, figure, Figure(None)),))
    found = " ".join(card.text(whole(fairness=FairnessFacts(3_456, 3, (line,)))).split())
    assert "DISPARITY" in found
    assert said in found


def test_names_from_the_data_cannot_break_out() -> None:
    """A column or group named like markup is text and nothing else."""
    line = dataclasses.replace(LINE, attribute="a|b", group="<script>alert(1)</script>\n# Title")
    sneaky = FairnessFacts(1, 1, (line,), (NotAudited("x`<img>", "free text"),))
    text = card.text(whole(fairness=sneaky))
    assert not re.search(r"(?<!\\)<(script|img)", text)
    assert "\n# Title" not in text
    assert all(row.count("|") - row.count("\\|") == 8 for row in text.splitlines() if row.startswith("| a\\|b"))


def test_both_can_be_read_in_a_terminal() -> None:
    """No line is wider than 110 columns, and tables stand in line."""
    for line in (card.text(whole()) + sheet.text(whole())).splitlines():
        assert len(line) <= 110, line
        assert line == line.rstrip()


def test_the_facts_of_the_data_are_the_doors(tmp_path: Path) -> None:
    """What the door counted, and how late exits were put on record by the training day."""
    people = [employee(f"E{n:06d}", "2020-01-01") for n in range(8)]
    people[0] |= {"resignation_date": "2021-03-01", "exit_recorded_at": "2021-03-11"}
    people[1] |= {"resignation_date": "2021-04-01"}
    people[2] |= {"termination_date": "2021-05-01", "termination_type": "redundancy"}
    people[3] |= {"resignation_date": "2023-05-01"}
    data = folder(tmp_path / "data", employees=people, job_history=[job(one["employee_id"]) for one in people])
    read = load(data, FeatureSettings(), to_day(dt.date(2024, 1, 1)))
    sources, facts = sheet.facts(read.report, read.digest, read.company, to_day(dt.date(2022, 1, 1)))
    assert [(one.table, one.rows, one.coverage) for one in sources] == [("employees", 8, 1.0), ("job_history", 8, 1.0)]
    assert facts.exits == (ExitType("voluntary", 3), ExitType("redundancy", 1))
    assert (facts.people, facts.exits_known, facts.recorded_late, facts.delay_days) == (8, 3, 1, (0, 8, 10))
    assert facts.digest == read.digest
    assert "surveys" in facts.missing


@pytest.mark.parametrize("mode", ["full", "tenure", "base_rate"])
def test_only_the_mode_that_is_served_is_this_model(mode: str) -> None:
    """Two rows of ranking and two of level, one a horizon; a model that was fallen back from is named for what it is."""
    text = card.text(whole(mode=mode))
    assert len(re.findall(r"^\| *\d+ +\| this model ", text, flags=re.MULTILINE)) == 4
    assert ("| full model " in text) == (mode != "full")
