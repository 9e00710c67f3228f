"""What is checked before anything heavy is loaded: a server that cannot run says so within a second or two.

Every check is made again where its result is used; here it only comes early.
"""

from collections.abc import Mapping

from features.settings import FeatureSettings
from models import bands
from service.access.callers import Callers
from service.page.account import Account
from service.settings import Settings
from service.store.engine import opened


def check(settings: Settings, environ: Mapping[str, str]) -> None:
    """Try what the settings lead to.

    Raises
    ------
    UsageError, SettingError, BandsError
        A setting does not hold.
    StoreError
        The score store does not open, or is of a newer version.
    """
    FeatureSettings.from_env(environ)
    if limits := environ.get("RETENTION_BANDS", "").strip():
        bands.parse(limits)
    with opened(settings.database_url) as store:
        Account(settings, Callers(store, settings, lambda: 0.0))
