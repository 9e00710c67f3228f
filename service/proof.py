"""Proving a bundle in a process that may die: a damaged model text can kill whoever hands it to LightGBM.

python -m service.proof FOLDER DIGEST      exit 0 if the bundle loads and gives its golden rows their risks

The child climbs the whole ladder: files, sizes, digests, form, structure, and the golden rows, asked of this program's
own evaluation and then of LightGBM's. Only here does the service touch LightGBM.
"""

import os
import sys
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.errors import BundleError
from models.hazard import INTERVALS, hazards, risks
from models.risk import TOLERANCE, RiskModel
from service import limited
from service.limited import Limits

LIMITS: Final = Limits()
_UNNEEDED: Final = ("pandas", "sklearn", "matplotlib", "dask", "graphviz", "pyarrow")
"""What LightGBM would import if it found it: four fifths of its start."""
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
_REFUSED: Final = 1


class Refused(msgspec.Struct, frozen=True):
    """What the child says of a bundle that it does not accept."""

    reason: str
    message: str


def prove(folder: Path, digest: str, limits: Limits = LIMITS) -> None:
    """Load the bundle in a child process and have it answer its golden rows.

    Raises
    ------
    BundleError
        The child refused the bundle (its reason is passed on), died, took too long or too much memory.
    """
    command = [sys.executable, "-m", "service.proof", str(folder), digest]
    done = limited.run(command, limits, {**os.environ, **_ONE_THREAD})
    if done.overtime:
        raise BundleError(f"The bundle {folder.name} did not answer its golden rows in time.", "timeout")
    if done.code == _REFUSED and (said := _said(done.output)):
        raise BundleError(said.message, said.reason)
    if done.code:
        raise BundleError(f"The bundle {folder.name} ended the process that loaded it: it is not served.", "died")


def native(model: RiskModel) -> NDArray[np.float64]:
    """Risks of the golden rows as LightGBM's own library works them out; it may end the process.

    Raises
    ------
    BundleError
        LightGBM refuses the text.
    """
    for name in _UNNEEDED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None is Python's own mark for "do not import"
    import lightgbm

    rows = model.manifest.golden.matrix()
    stacked = np.empty((len(rows), len(INTERVALS), rows.shape[1] + 1), dtype=np.float32)
    stacked[:, :, :-1] = rows[:, None, :]
    stacked[:, :, -1] = np.arange(len(INTERVALS))
    try:
        trees = lightgbm.Booster(model_str=model.bundle.model_text)
        raw = trees.predict(stacked.reshape(-1, stacked.shape[2]), raw_score=True, num_threads=1)
    except lightgbm.basic.LightGBMError as error:
        reason = "memory" if "bad_alloc" in str(error) else "structure"
        raise BundleError("LightGBM does not read the trees of the bundle.", reason) from error
    margins = np.asarray(raw, dtype=np.float64).reshape(len(rows), len(INTERVALS))
    return risks(hazards(margins + model.score.lines.margins(rows)))


def main(arguments: list[str]) -> int:
    """What the child does."""
    limited.die_with_parent()
    try:
        model = RiskModel.load(Path(arguments[0]), arguments[1])
        agree = np.allclose(native(model), np.array(model.manifest.golden.risks), rtol=0.0, atol=TOLERANCE)
    except BundleError as error:
        return _refuse(error.reason, str(error))
    except MemoryError:
        return _refuse("memory", "The bundle takes more memory than allowed.")
    except Exception as error:  # noqa: BLE001 - a bundle must not be served because its fault was not foreseen
        return _refuse("manifest", f"The bundle cannot be loaded ({type(error).__name__}).")
    return 0 if agree else _refuse("golden", "LightGBM does not give the golden rows of the bundle their risks.")


def _refuse(reason: str, message: str) -> int:
    """Say why, as the last line; LightGBM may have printed before it."""
    sys.stdout.buffer.write(b"\n" + msgspec.json.encode(Refused(reason, message)) + b"\n")
    sys.stdout.flush()
    return _REFUSED


def _said(output: str) -> Refused | None:
    """The child's last line; None where it is none of ours."""
    lines = output.strip().splitlines()
    try:
        return msgspec.json.decode(lines[-1] if lines else "", type=Refused)
    except msgspec.DecodeError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
