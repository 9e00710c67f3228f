"""A bundle is read only if it is exactly what was written."""

import ast
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from models import bundle
from models.errors import REFUSALS, BundleError
from models.manifest import Golden
from models.risk import RiskModel
from tests import small_models


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A bundle of the base rate."""
    return small_models.write(tmp_path / "bundle").path


def test_what_was_written_is_read_again(place: Path) -> None:
    """Manifest, trees, card and sheet come back equal, and the digest is that of the manifest's bytes."""
    held = bundle.read(place)
    assert held.model_text == small_models.base_rate_text()
    assert (held.card, held.sheet) == ((place / "card.md").read_text(), (place / "sheet.md").read_text())
    assert held.sentiment is None
    assert held.manifest.columns == small_models.COLUMNS
    assert bundle.read(place, held.digest) == held
    assert sorted(path.name for path in place.iterdir()) == [
        "card.md", "digest.txt", "manifest.json", "model.txt", "sheet.md"
    ]  # fmt: skip


def test_equal_contents_have_equal_digests(tmp_path: Path) -> None:
    """Neither place nor time is part of the digest; another band is."""
    first, second = small_models.write(tmp_path / "a"), small_models.write(tmp_path / "b")
    other = small_models.write(tmp_path / "c", params={"seed": 2})
    assert first.digest == second.digest != other.digest


@pytest.mark.parametrize("name", ["manifest.json", "model.txt", "card.md", "sheet.md", "digest.txt"])
def test_any_changed_byte_is_refused(place: Path, name: str, rng: np.random.Generator) -> None:
    """Forty single bits of each file, turned one at a time: none is read."""
    path = place / name
    whole = path.read_bytes()
    for position in rng.integers(0, len(whole.rstrip()), 40):
        data = bytearray(whole)
        data[position] ^= 1 << int(rng.integers(8))
        path.write_bytes(bytes(data))
        with pytest.raises(BundleError):
            bundle.read(place)
    path.write_bytes(whole)
    bundle.read(place)


@pytest.mark.parametrize("name", ["manifest.json", "model.txt", "card.md", "sheet.md", "digest.txt"])
def test_a_shortened_file_is_refused(place: Path, name: str) -> None:
    """Cut to nothing, to a half or by a few bytes."""
    path = place / name
    whole = path.read_bytes()
    for size in (0, len(whole) // 2, len(whole.rstrip()) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(BundleError):
            bundle.read(place)


def test_a_missing_or_further_file_is_refused(place: Path) -> None:
    """Only the names of a bundle may stand in the folder; the message counts what is wrong and names no stranger."""
    (place / "code.py").write_text("print()")
    with pytest.raises(BundleError, match="0 missing, 1 not expected"):
        bundle.read(place)
    (place / "code.py").rename(place.parent / "code.py")
    (place / "card.md").unlink()
    with pytest.raises(BundleError, match="1 missing, 0 not expected"):
        bundle.read(place)


def test_weights_of_comments_ride_along(tmp_path: Path) -> None:
    """The optional file comes back byte for byte; changed, taken away or slipped in, the bundle is refused."""
    text, manifest = small_models.base_rate_text(), small_models.manifest(small_models.base_rate_text())
    place = bundle.write(manifest, text, "card", "sheet", tmp_path / "bundle", sentiment=b"weights").path
    assert bundle.read(place).sentiment == b"weights"
    (place / "sentiment.bin").write_bytes(b"wEights")
    with pytest.raises(BundleError, match=r"sentiment\.bin does not have the digest"):
        bundle.read(place)
    (place / "sentiment.bin").unlink()
    with pytest.raises(BundleError, match=r"sentiment\.bin does not have the digest"):
        bundle.read(place)
    without = small_models.write(tmp_path / "without").path
    (without / "sentiment.bin").write_bytes(b"weights")
    with pytest.raises(BundleError, match=r"sentiment\.bin does not have the digest"):
        bundle.read(without)


def test_a_bundle_of_an_earlier_form_is_named_as_such(place: Path) -> None:
    """What an earlier version of this program wrote is told apart from damage, whatever its fields were."""
    data = msgspec.json.encode({"schema": 1, "evidence": [{"auc": 0.7}]})
    (place / "manifest.json").write_bytes(data)
    (place / "digest.txt").write_text(f"sha256:{bundle._sha256(data)}\n")
    with pytest.raises(BundleError, match="another version of this program; train again"):
        bundle.read(place)


def test_a_link_or_a_folder_is_no_file(place: Path) -> None:
    """A link is refused even to an equal file, and so is a folder of the right name."""
    outside = place.parent / "model.txt"
    (place / "model.txt").rename(outside)
    (place / "model.txt").symlink_to(outside)
    with pytest.raises(BundleError, match="not a plain file"):
        bundle.read(place)
    (place / "model.txt").unlink()
    (place / "model.txt").mkdir()
    with pytest.raises(BundleError, match="not a plain file"):
        bundle.read(place)


def test_a_huge_file_is_refused_unread(place: Path) -> None:
    """One byte above the limit is too much."""
    os.truncate(place / "model.txt", bundle.MAX_BYTES + 1)
    with pytest.raises(BundleError, match="larger than 67,108,864 bytes"):
        bundle.read(place)


def test_another_bundle_is_not_the_one_asked_for(place: Path) -> None:
    """Sound in itself, but not what the registry named."""
    with pytest.raises(BundleError, match="not the one it says it is"):
        bundle.read(place, "sha256:" + "0" * 64)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """In one sentence."""
    with pytest.raises(BundleError, match="There is no bundle folder nowhere"):
        bundle.read(tmp_path / "nowhere")


def test_a_bundle_is_never_overwritten(place: Path) -> None:
    """Writing to a folder that exists is refused."""
    with pytest.raises(BundleError, match="never overwritten"):
        small_models.write(place)


@pytest.mark.parametrize("change", [{"schema": 1}, {"mode": "guess"}, {"intervals": ((0, 30),)}])
def test_another_versions_manifest_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    """A form, a mode or intervals this program does not know."""
    place = small_models.write(tmp_path / "bundle", **change).path
    with pytest.raises(BundleError, match="another version of this program"):
        bundle.read(place)


def test_a_manifest_of_another_form_is_refused(place: Path) -> None:
    """Even if its digest is right: what is not there is not guessed."""
    fields = msgspec.json.decode((place / "manifest.json").read_bytes())
    del fields["training"]
    data = msgspec.json.encode(fields, order="sorted")
    (place / "manifest.json").write_bytes(data)
    (place / "digest.txt").write_text(f"sha256:{bundle._sha256(data)}\n")
    with pytest.raises(BundleError, match="does not have the form"):
        bundle.read(place)


def test_answers_are_proved_on_the_golden_rows(tmp_path: Path) -> None:
    """Trees that answer otherwise than the manifest says are not loaded."""
    honest = small_models.manifest(small_models.base_rate_text()).golden
    wrong = Golden(honest.rows, tuple((a, b, c, d + 1e-6) for a, b, c, d in honest.risks))
    place = small_models.write(tmp_path / "bundle", golden=wrong).path
    with pytest.raises(BundleError, match="golden rows"):
        RiskModel.load(place)


def test_trees_over_other_columns_are_not_loaded(tmp_path: Path, rng: np.random.Generator) -> None:
    """The trees must read as many columns as the manifest names."""
    narrow = small_models.boosted_text(small_models.matrix(200, rng, columns=5), rng)
    golden = small_models.manifest(small_models.base_rate_text()).golden
    place = small_models.write(tmp_path / "bundle", narrow, golden=golden).path
    with pytest.raises(BundleError, match="'max_feature_idx' is not that of a binary model over the bundle's columns"):
        RiskModel.load(place)


def test_columns_of_another_catalogue_are_not_loaded(tmp_path: Path) -> None:
    """Equal names with another meaning show in the catalogue's digest."""
    place = small_models.write(tmp_path / "bundle", catalogue="0" * 64).path
    with pytest.raises(BundleError, match="another feature catalogue"):
        RiskModel.load(place)


def test_every_refusal_has_a_known_word(root: Path) -> None:
    """A reason that is not in the list would be a label of metrics that nobody was told of."""
    said = {
        node.args[1].value
        for room in ("models", "service")
        for path in (root / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "BundleError"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }
    assert {"files", "size", "digest", "manifest", "golden", "seal", "timeout", "died"} <= said <= {*REFUSALS}
