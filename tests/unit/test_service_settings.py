"""The service's settings: defaults, the environment, and everything wrong told together without its value."""

from pathlib import Path

import pytest

from service.errors import UsageError
from service.settings import Settings, checked, from_environment


def test_defaults() -> None:
    """An empty environment gives the contract's limits."""
    settings = from_environment({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.body_limit, settings.batch_limit, settings.rows_limit) == (16_000_000, 1_000, 5_000)
    assert settings.home == Path(".retention")
    assert settings.database_url == f"sqlite:///{Path('.retention/retention.db').absolute()}"


def test_values_are_read_and_empty_ones_are_not() -> None:
    """Each variable sets its field; an empty one keeps the default."""
    environ = {
        "RETENTION_HOME": "/data",
        "RETENTION_PORT": "0",
        "RETENTION_WORKERS": "",
        "RETENTION_SYNC_SECONDS": "0.5",
    }
    assert from_environment(environ) == Settings(home=Path("/data"), port=0, sync_seconds=0.5)


def test_all_faults_together_and_no_value() -> None:
    """Every variable that cannot be read is named once; what it held is not repeated."""
    with pytest.raises(UsageError) as caught:
        from_environment({"RETENTION_PORT": "secret-a", "RETENTION_WATCH_SECONDS": "secret-b"})
    assert str(caught.value) == (
        "Settings that cannot be read: RETENTION_PORT must be a whole number; RETENTION_WATCH_SECONDS must be a number. "
        "Mend or unset them."
    )


@pytest.mark.parametrize(
    "settings",
    [
        Settings(port=65_536),
        Settings(port=-1),
        Settings(workers=0),
        Settings(body_limit=0),
        Settings(sync_seconds=float("nan")),
    ],
)
def test_out_of_range(settings: Settings) -> None:
    """A number no server could use is refused by the name of its variable."""
    with pytest.raises(UsageError, match=r"RETENTION_(PORT|WORKERS|BODY_LIMIT|SYNC_SECONDS) must be at least"):
        checked(settings)
