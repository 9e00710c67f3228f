"""The service's settings: read once from the environment, typed, each with a sentence and a unit."""

import dataclasses
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from service.errors import UsageError
from service.secret_settings import with_files


@dataclass(frozen=True)
class Settings:
    """Everything the service can be told; the environment variable of each is named in its sentence."""

    home: Path = Path(".retention")
    """RETENTION_HOME: the directory that holds all state. Default `.retention` in the working directory."""
    host: str = "127.0.0.1"
    """RETENTION_HOST: the address `serve` listens on."""
    port: int = 8000
    """RETENTION_PORT: the port `serve` listens on. Unit: TCP port number; 0 takes a free one."""
    workers: int = 1
    """RETENTION_WORKERS: how many processes answer. Unit: processes."""
    store_url: str = ""
    """RETENTION_STORE_URL: an SQLAlchemy URL of the score store. Empty: SQLite in `RETENTION_HOME/retention.db`. It may
    hold a password, so it may lie in a file that only its owner can read: RETENTION_STORE_URL_FILE."""
    body_limit: int = 16_000_000
    """RETENTION_BODY_LIMIT: the most one request's body may have. Unit: bytes."""
    batch_limit: int = 1_000
    """RETENTION_BATCH_LIMIT: the most people one request may post. Unit: people."""
    rows_limit: int = 5_000
    """RETENTION_ROWS_LIMIT: the most rows of all tables together that one posted person may have. Unit: rows."""
    stream_limit: int = 250_000
    """RETENTION_STREAM_LIMIT: the most people one NDJSON request may post. Unit: people."""
    line_limit: int = 4_000_000
    """RETENTION_LINE_LIMIT: the most one line of an NDJSON request may have. Unit: bytes."""
    inflight_limit: int = 256
    """RETENTION_INFLIGHT_LIMIT: how many requests one process holds at once, half of them of one key; more get 429. Unit:
    requests."""
    held_limit: int = 128_000_000
    """RETENTION_HELD_LIMIT: the most that all bodies one process holds at once may have together. Unit: bytes."""
    rate_people: float = 5_000
    """RETENTION_RATE_PEOPLE: people that one key may post to one process in the long run; more get 429; 0: no limit. Unit:
    people a second."""
    rate_burst: int = 1_000_000
    """RETENTION_RATE_BURST: people that one key may post at once after a pause, before that rate holds. Unit: people."""
    connections_limit: int = 500
    """RETENTION_CONNECTIONS_LIMIT: connections that one process keeps; more are closed with 503. Unit: connections."""
    receipt_seconds: float = 30.0
    """RETENTION_RECEIPT_SECONDS: how long a request may take to arrive, head and body. Unit: seconds."""
    answer_seconds: float = 30.0
    """RETENTION_ANSWER_SECONDS: how long a client may leave what was sent to it unread. Unit: seconds."""
    key_days: int = 365
    """RETENTION_KEY_DAYS: how long a new key lives where `keys add` does not say. Unit: days."""
    oidc_issuer: str = ""
    """RETENTION_OIDC_ISSUER: the identity provider whose tokens open the API to people, an https URL. Empty: none."""
    oidc_audience: str = ""
    """RETENTION_OIDC_AUDIENCE: whom a token must be for."""
    oidc_jwks_url: str = ""
    """RETENTION_OIDC_JWKS_URL: where the provider's keys are. Empty: where the issuer's discovery document says."""
    oidc_role_claim: str = "role"
    """RETENTION_OIDC_ROLE_CLAIM: the claim of a token that names the role."""
    oidc_unit_claim: str = "org_unit"
    """RETENTION_OIDC_UNIT_CLAIM: the claim of a token that names the org unit; ``/`` is the whole company."""
    oidc_client_id: str = ""
    """RETENTION_OIDC_CLIENT_ID: by which name the provider knows the page, so that people sign in to it with their company
    account; needs RETENTION_PUBLIC_URL. Empty: by key only."""
    oidc_client_secret: str = ""
    """RETENTION_OIDC_CLIENT_SECRET: the page's secret at the provider, where it has one; or in a file that only its owner can
    read: RETENTION_OIDC_CLIENT_SECRET_FILE."""
    watch_seconds: float = 1.0
    """RETENTION_WATCH_SECONDS: how often the server looks for a newly fetched champion. Unit: seconds."""
    sync_seconds: float = 15.0
    """RETENTION_SYNC_SECONDS: how often `sync --watch` asks the registry for its champion. Unit: seconds."""
    drain_seconds: float = 10.0
    """RETENTION_DRAIN_SECONDS: how long stopping may take, from the signal to the end. Unit: seconds, at most 17."""
    notice_seconds: float = 5.0
    """RETENTION_NOTICE_SECONDS: for how long of that a stopping server, no longer ready, still answers new requests, so
    that whoever sends them here notices. Unit: seconds."""
    stuck_seconds: float = 10.0
    """RETENTION_STUCK_SECONDS: a process whose event loop stands still for so long is ended and replaced. Unit: seconds."""
    log: str = ""
    """RETENTION_LOG: how `serve` logs, `json` or `text`. Empty: text on a terminal, else JSON."""
    log_requests: str = "all"
    """RETENTION_LOG_REQUESTS: which requests get a line, `all`, `errors` (answered with 500 or more) or `none`."""

    public_url: str = ""
    """RETENTION_PUBLIC_URL: the address under which people open the page, such as https://retention.example. Empty: where
    the server listens."""
    session_idle_minutes: int = 30
    """RETENTION_SESSION_IDLE_MINUTES: so long without use somebody stays signed in to the page. Unit: minutes."""
    session_hours: int = 10
    """RETENTION_SESSION_HOURS: so long somebody stays signed in at most. Unit: hours."""
    link_minutes: int = 15
    """RETENTION_LINK_MINUTES: so long a one-time link to the page can be used. Unit: minutes."""

    reporting_delay_days: int = 0
    """RETENTION_REPORTING_DELAY_DAYS: so many days after a window's end it is told what became of people, since exits are
    recorded late; training leaves as many recent days out. Unit: days."""
    rest_days: int = 30
    """RETENTION_REST_DAYS: so long after an action a person rests from lists with a capacity. Unit: days; 0: never."""
    warnings_a_week: int = 10
    """RETENTION_WARNINGS_A_WEEK: at most so many people are warned of in seven days. Unit: people."""
    webhooks_loopback: str = "no"
    """RETENTION_WEBHOOKS_LOOPBACK: whether webhooks may go to this machine, also by http, `yes` or `no`: for development."""
    replacement_share: float = 0.21
    """RETENTION_REPLACEMENT_SHARE: what replacing somebody costs, for the dashboard; the default is the median of 27 case
    studies (Boushey and Glynn, Center for American Progress, 2012). Unit: yearly base salaries."""
    audit_anchor: str = ""
    """RETENTION_AUDIT_ANCHOR: the file, outside the store, that remembers where the access log ended; tombstones of erased
    people lie beside it. Empty: `RETENTION_HOME/audit/anchor.jsonl`."""
    anchor_seconds: float = 5.0
    """RETENTION_ANCHOR_SECONDS: after so long the anchor knows what was added to the access log. Unit: seconds."""
    keep_scores_days: int = 430
    """RETENTION_KEEP_SCORES_DAYS: how long published runs, refused ones and actions are kept; what became of somebody within a
    year is told only where the run is still there then. Unit: days."""
    keep_log_days: int = 730
    """RETENTION_KEEP_LOG_DAYS: how long it is kept who saw whose risk, and how good the risks of past runs were. Unit: days, at
    least 183."""

    threads: int = max(1, len(os.sched_getaffinity(0)) - 1)
    """RETENTION_THREADS: threads the nightly run may use; no result depends on it. Default: all cores but one."""

    @property
    def database_url(self) -> str:
        """The URL the store is opened by."""
        return self.store_url or f"sqlite:///{self.home.absolute() / 'retention.db'}"

    @property
    def anchor(self) -> Path:
        """The access log's anchor."""
        return Path(self.audit_anchor) if self.audit_anchor else self.home / "audit" / "anchor.jsonl"

    @property
    def form(self) -> Literal["json", "text"]:
        """How this process logs."""
        if self.log:
            return "text" if self.log == "text" else "json"
        return "text" if sys.stderr.isatty() else "json"

    @property
    def bundles(self) -> Path:
        """Where fetched bundles and the pointer to the champion's lie."""
        return self.home / "bundles"


_AT_LEAST: Final[dict[str, float]] = {
    "port": 0,
    "drain_seconds": 0,
    "notice_seconds": 0,
    "stuck_seconds": 1,
    "anchor_seconds": 0.01,
    "reporting_delay_days": 0,
    "rest_days": 0,
    "keep_log_days": 183,
    "watch_seconds": 0.01,
    "sync_seconds": 0.1,
    "rate_people": 0,
    "receipt_seconds": 0.1,
    "answer_seconds": 0.1,
    "inflight_limit": 2,
    "replacement_share": 0,
}
"""The smallest value of a number; 1 where none is named."""
_AT_MOST: Final[dict[str, float]] = {
    "port": 65_535,
    "workers": 256,
    "key_days": 3_650,
    "drain_seconds": 17,
    "replacement_share": 10,
    "session_hours": 168,
    "link_minutes": 1_440,
}
_ONE_OF: Final = {
    "webhooks_loopback": ("no", "yes"),
    "log": ("", "json", "text"),
    "log_requests": ("all", "errors", "none"),
}


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings from `environ`; empty variables count as not given.

    Raises
    ------
    UsageError
        Naming every variable that cannot be read, and none of their values.
    """
    values: dict[str, Any] = {}
    environ, faults = with_files(environ)
    for field in dataclasses.fields(Settings):
        text = environ.get(_variable(field.name), "").strip()
        if text:
            read = _READERS[type(field.default)]
            try:
                values[field.name] = read(text)
            except ValueError:
                faults.append(f"{_variable(field.name)} must be a {'whole ' if read is int else ''}number")
    if faults:
        raise UsageError(f"Settings that cannot be read: {'; '.join(faults)}. Mend or unset them.")
    return checked(Settings(**values))


def checked(settings: Settings) -> Settings:
    """The settings, once every number lies in its range.

    Raises
    ------
    UsageError
        Naming every setting that does not.
    """
    faults = []
    for name, value in dataclasses.asdict(settings).items():
        low, high = _AT_LEAST.get(name, 1), _AT_MOST.get(name, sys.maxsize)
        if isinstance(value, int | float) and not low <= value <= high:
            faults.append(
                f"{_variable(name)} must be at least {low:g}" + (f" and at most {high:g}" if name in _AT_MOST else "")
            )
        if value not in _ONE_OF.get(name, (value,)):
            faults.append(f"{_variable(name)} must be one of: {', '.join(filter(None, _ONE_OF[name]))}")
    if faults:
        raise UsageError(f"Settings out of range: {'; '.join(faults)}.")
    return settings


def _variable(name: str) -> str:
    return f"RETENTION_{name.upper()}"


_READERS: Final[dict[type, Callable[[str], Any]]] = {int: int, float: float, str: str, type(Path()): Path}
