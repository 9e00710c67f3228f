"""Settings of training, read from the environment."""

from pathlib import Path

import pytest

from models.bands import Bands
from training.errors import UsageError
from training.settings import TrainingSettings


def test_an_empty_environment_keeps_the_defaults() -> None:
    """No delay, 48 months, seed 1, the contract's bands, the embedded store."""
    found = TrainingSettings.from_env({"RETENTION_SEED": " "})
    assert (found.reporting_delay_days, found.landmark_months, found.seed) == (0, 48, 1)
    assert (found.bands, found.tracking_uri) == (Bands(), None)
    assert found.home == Path(".retention").absolute()
    assert found.threads >= 1


def test_every_setting_is_read() -> None:
    """Each from its variable."""
    found = TrainingSettings.from_env({
        "RETENTION_HOME": "/tmp/home",
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:5000",
        "RETENTION_REPORTING_DELAY_DAYS": "45",
        "RETENTION_LANDMARK_MONTHS": "24",
        "RETENTION_THREADS": "2",
        "RETENTION_SEED": "7",
        "RETENTION_BANDS": "0.02,0.04,0.08",
        "RETENTION_PEOPLE_PER_HRBP": "150",
    })  # fmt: skip
    bands = Bands(0.02, 0.04, 0.08)
    assert found == TrainingSettings(Path("/tmp/home"), "http://127.0.0.1:5000", 45, 24, 2, 7, bands, 150)


@pytest.mark.parametrize(
    "name", ["RETENTION_REPORTING_DELAY_DAYS", "RETENTION_LANDMARK_MONTHS", "RETENTION_THREADS", "RETENTION_SEED"]
)
@pytest.mark.parametrize("text", ["-1", "1.5", "many", "1e3", "٣", "9999999999999"])
def test_anything_but_a_whole_number_is_refused(name: str, text: str) -> None:
    """The message names the variable and the range."""
    with pytest.raises(UsageError, match=rf"{name} is .* whole number from [01] to 1,000,000"):
        TrainingSettings.from_env({name: text})
