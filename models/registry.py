"""Which version is the champion: MLflow's registry, asked with short time-outs.

MLflow is imported when a registry is opened, never before: the server does not open one. Without
`MLFLOW_TRACKING_URI` the registry is embedded in the home: ``mlflow.db`` and ``mlartifacts/``. A home that was moved
or restored elsewhere keeps working: its artifacts are found below the home it stands in now.

Order of writing: a run's files first, then the version, the alias last; so whatever dies when, `champion` names a
whole bundle or the one before.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from features.errors import RetentionError
from models import bundle, history
from models.bundle import Bundle
from models.errors import BundleError, NoChampionError, RegistryAwayError, RegistryError, UnknownVersionError
from models.history import Move
from models.version import Version, tagged

NAME: Final = "retention-risk"
"""The registered model, and the experiment its runs belong to."""
ALIAS: Final = "champion"
CHALLENGER: Final = "challenger"
"""Names the last version that was held back, until it or a later one is promoted."""
FOLDER: Final = "bundle"
"""Where a version's files hold the bundle."""
VERDICT_FILE: Final = "verdict.json"
DATABASE: Final = "mlflow.db"
_ARTIFACTS: Final = "mlartifacts"
_PATIENCE: Final = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
}
"""MLflow's own settings, where the operator has set none: by default a registry that is away blocks for minutes."""
_SILENCE: Final = frozenset({"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE"})
"""What MLflow calls a server that does not answer, or that is broken, and a database that is locked."""


@dataclass(frozen=True)
class Registry:
    """An open registry; `home` is the folder it is embedded in, None for a server's."""

    client: Any
    home: Path | None

    def champion(self) -> Version:
        """The version that carries the alias.

        Raises
        ------
        NoChampionError
            None does yet.
        RegistryAwayError
            The registry does not answer.
        """
        with _asking(
            NoChampionError("No model has been promoted yet. Train one: python -m training train --data FOLDER")
        ):
            return _version(self.client.get_model_version_by_alias(NAME, ALIAS))

    def version(self, number: int) -> Version:
        """One version by its number.

        Raises
        ------
        UnknownVersionError
            There is none of that number.
        """
        with _asking(UnknownVersionError(f"The registry holds no version {number} of {NAME}.")):
            return _version(self.client.get_model_version(NAME, str(number)))

    def publish(self, run_id: str, files: Path, tags: Mapping[str, str]) -> Version:
        """Attach files to their run and register them as the next version; no alias moves.

        Parameters
        ----------
        files
            A folder that holds the bundle in `FOLDER`, the verdict, and an MLflow model around them.
        tags
            Of the version, set as it appears: whoever sees it sees them.
        """
        from mlflow.exceptions import MlflowException

        with _asking():
            self.client.log_artifacts(run_id, str(files))
            try:
                self.client.create_registered_model(NAME, description="Calibrated retention risk at four horizons.")
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            source = str(self.client.get_run(run_id).info.artifact_uri)
            return _version(self.client.create_model_version(NAME, source=source, run_id=run_id, tags=dict(tags)))

    def fetch(self, number: int, into: Path) -> Bundle:
        """Copy a version's bundle into the folder `into` and check its digests.

        Parameters
        ----------
        into
            Must not exist; its parent does. It appears whole or not at all.

        Raises
        ------
        BundleError
            What the registry holds is not the bundle that was registered.
        """
        wanted = self.version(number)
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=".fetch-") as beside:
            source = self._source(number)
            found = source / FOLDER if isinstance(source, Path) else self._bundle_of(source, Path(beside))
            return bundle.copy(found, into, wanted.digest)

    def verdict(self, number: int) -> bytes:
        """What a version was registered with as its verdict, if it is still the one.

        Raises
        ------
        RegistryError
            There is none, or it was changed since.
        """
        wanted = self.version(number)
        source = self._source(number)
        with tempfile.TemporaryDirectory() as folder:
            held = source / VERDICT_FILE if isinstance(source, Path) else None
            try:
                found = (held or self._download(f"{source}/{VERDICT_FILE}", Path(folder))).read_bytes()
            except OSError as error:
                raise RegistryError(f"The verdict of version {number} cannot be read.") from error
        if wanted.verdict_digest != f"sha256:{hashlib.sha256(found).hexdigest()}":
            raise RegistryError(f"The verdict of version {number} is not the one it was registered with.")
        return found

    def moves(self) -> list[Move]:
        """Every move of the alias, oldest first, with who and why; `faults` says whether they can be believed."""
        return history.read(self._tags())

    def head(self) -> str:
        """Number and digest of the last move; empty where there was none."""
        return history.last(self._tags())

    def faults(self) -> list[str]:
        """All that shows the history was changed since it was written; empty where its chain holds."""
        with _asking():
            versions = self.client.search_model_versions(f"name='{NAME}'")
        heads = {int(found.version): str(found.tags[history.HEAD]) for found in versions if history.HEAD in found.tags}
        return history.faults(self._tags(), [heads[number] for number in sorted(heads)])

    def promote(self, number: int, move_by: str, why: str, at: str) -> Version:
        """Let `champion` name a version, and record who did it, why, when (`at`, RFC 3339) and on what evidence."""
        wanted = self.version(number)
        self._move(wanted.moved("promote", move_by, why, at))
        return wanted

    def before(self) -> Version:
        """The version a rollback would let `champion` name.

        Raises
        ------
        RegistryError
            There was none before, or the history that would say which is not the one that was written.
        """
        current = self.champion()
        if faults := self.faults():
            raise RegistryError(
                f"The history of the champion was changed: {' '.join(faults)} It cannot say which version was the "
                "champion before; let it be one by its number: python -m training promote VERSION"
            )
        before = history.before(self.moves(), current.number)
        if before is None:
            raise RegistryError(f"Version {current.number} is the first champion: there is none to roll back to.")
        return self.version(before)

    def rollback(self, move_by: str, why: str, at: str) -> Version:
        """Let `champion` name the version it named before; see `before`."""
        wanted = self.before()
        self._move(wanted.moved("rollback", move_by, why, at))
        return wanted

    def named(self) -> int | None:
        """The number of the champion; None where there is none."""
        try:
            return self.champion().number
        except NoChampionError:
            return None

    def challenge(self, number: int) -> None:
        """Let `challenger` name a version that was held back; the champion stays."""
        with _asking():
            self.client.set_registered_model_alias(NAME, CHALLENGER, str(number))

    def _move(self, move: Move) -> None:
        """Record a move, mark the version with it, and let the alias follow; the record comes first."""
        number, record = history.append(self._tags(), move)
        with _asking():
            self.client.set_registered_model_tag(NAME, history.key(number), history.text(record))
            self.client.set_model_version_tag(NAME, str(move.version), history.HEAD, history.head(number, record))
            self.client.set_registered_model_alias(NAME, ALIAS, str(move.version))
            aliases = self.client.get_registered_model(NAME).aliases
            if str(aliases.get(CHALLENGER, "")) == str(move.version):
                self.client.delete_registered_model_alias(NAME, CHALLENGER)

    def _tags(self) -> dict[str, str]:
        """All tags of the registered model."""
        with _asking(NoChampionError("No model has been registered yet.")):
            return dict(self.client.get_registered_model(NAME).tags)

    def _source(self, number: int) -> Path | str:
        """Where a version's files lie: a folder of the home they are embedded in, or an address MLflow knows."""
        with _asking():
            source = str(self.client.get_model_version_download_uri(NAME, str(number)))
        if self.home is None or not (below := re.search(rf"/{_ARTIFACTS}/(.+)$", source)):
            return source
        top = (self.home / _ARTIFACTS).resolve()
        found = (top / below[1]).resolve()
        if not found.is_relative_to(top):
            raise BundleError(f"The files of version {number} lie outside the registry.", "files")
        return found

    def _bundle_of(self, source: str, beside: Path) -> Path:
        """Copy a version's bundle from where MLflow keeps it: files of a bundle's names and sizes, nothing else."""
        from mlflow.artifacts import list_artifacts

        uri = f"{source}/{FOLDER}"
        with _asking():
            listed = list_artifacts(artifact_uri=uri, tracking_uri=self.client.tracking_uri)
        sizes = {str(one.path).rpartition("/")[2]: None if one.is_dir else one.file_size or 0 for one in listed}
        bundle.expect(sizes)
        into = beside / "bundle"
        for name in sorted(sizes):
            self._download(f"{uri}/{name}", into)
        return into

    def _download(self, uri: str, into: Path) -> Path:
        """Copy one file below `into`."""
        from mlflow.artifacts import download_artifacts

        with _asking():
            return Path(download_artifacts(uri, dst_path=str(into), tracking_uri=self.client.tracking_uri))


def connect(home: Path, tracking_uri: str | None, *, create: bool = False) -> Registry:
    """Open the registry.

    Parameters
    ----------
    home
        `RETENTION_HOME`.
    tracking_uri
        An MLflow server, or None for the store embedded in the home.
    create
        Make the embedded store if there is none; without it a missing store has no champion.

    Raises
    ------
    NoChampionError
        The embedded store does not exist and `create` is False.
    RegistryAwayError
        The embedded store cannot be opened.
    """
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    if tracking_uri is not None:
        return Registry(_client(tracking_uri), None)
    home = home.absolute()
    if create and not (home / DATABASE).exists():
        _make_store(home)
    refuse_absent(home)
    return Registry(_embedded(home), home)


def refuse_absent(home: Path) -> None:
    """Raise `NoChampionError` for a home without an embedded store: nobody has trained there; MLflow need not be asked."""
    if not (home / DATABASE).exists():
        raise NoChampionError(f"No model was trained in {home} yet. Train one: python -m training train --data FOLDER")


def experiment(registry: Registry) -> str:
    """The id of the experiment that runs belong to; made if it is not there.

    An embedded experiment keeps its artifacts below the home it was made in; a home that has moved gets a new one.
    """
    location = None if registry.home is None else (registry.home / _ARTIFACTS).as_uri()
    with _asking():
        for number in range(1, 100):
            name = NAME if number == 1 else f"{NAME}-{number}"
            found = registry.client.get_experiment_by_name(name)
            if found is None:
                return str(registry.client.create_experiment(name, artifact_location=location))
            if location in {None, found.artifact_location}:
                return str(found.experiment_id)
    raise RegistryError(f"The home was moved too often: {NAME}-99 exists already.")


def _make_store(home: Path) -> None:
    """Make the embedded database beside its place and rename it there, so that it is whole or absent."""
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".mlflow-") as beside:
        made = Path(beside) / DATABASE
        _client(f"sqlite:///{made}").search_registered_models(max_results=1)
        if not (home / DATABASE).exists():
            made.rename(home / DATABASE)


def _embedded(home: Path) -> Any:
    """A client of the home's database."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return _client(f"sqlite:///{home / DATABASE}")
    except SQLAlchemyError as error:
        raise RegistryAwayError(
            f"The model registry {home / DATABASE} cannot be opened ({type(error).__name__}). Restore it from a "
            "backup, or let RETENTION_HOME name another folder and train there."
        ) from error


def _client(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _version(found: Any) -> Version:
    return tagged(int(found.version), str(found.run_id), found.tags)


@contextmanager
def _asking(absent: RetentionError | None = None) -> Iterator[None]:
    """Ask MLflow; what it does not hold is `absent`, and any other refusal or silence is a `RegistryError`."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if absent is not None and (error.error_code == "RESOURCE_DOES_NOT_EXIST" or "not found" in error.message):
            raise absent from error
        if error.error_code in _SILENCE:
            raise RegistryAwayError("The model registry does not answer; is MLFLOW_TRACKING_URI right?") from error
        raise RegistryError(f"The model registry refused: {error.error_code}.") from error
