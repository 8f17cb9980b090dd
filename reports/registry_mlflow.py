"""Aliases in MLflow's model registry: the alias itself is MLflow's, the record of every move is kept in its tags.

A move is a tag ``assay.ALIAS.REVISION`` of the registered model, never written twice. MLflow has no compare-and-swap:
moves from one machine are kept apart by a lock, moves from several only by looking again right before.
"""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError, DataError, OutputError
from assay.reports.gating import locks
from assay.reports.registry import SCHEMA_VERSION, check_alias, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

FINGERPRINT = "assay.fingerprint"
EXPERIMENT = "assay"
"""Where a model that a server must be given is kept."""


@dataclass(frozen=True, slots=True)
class MlflowRegistry:
    """One registered model of an MLflow registry."""

    client: Any
    name: str
    uri: str

    @classmethod
    def open(cls, uri: str | None, name: str | None, run: str | None) -> MlflowRegistry:
        """Connect.

        Args:
            uri: of the tracking server or store; MLflow's own setting if None.
            name: of the registered model; the run folder's name if None.
            run: the run folder.

        Raises:
            ConfigError: MLflow is not installed, or the model has no name.
        """
        try:
            import mlflow  # noqa: PLC0415 - an extra
            from mlflow.tracking import MlflowClient  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise ConfigError("--registry mlflow needs MLflow: pip install mlflow") from error
        if not name and not run:
            raise ConfigError("name the registered model: --name NAME")
        told = name or re.sub(r"[/:.%\"']", "-", Path(str(run)).resolve().name)
        place = uri or str(mlflow.get_tracking_uri())
        return cls(MlflowClient(tracking_uri=place, registry_uri=place), told, place)

    def current(self, alias: str) -> dict[str, Any] | None:
        """What the alias means now.

        Raises:
            DataError: somebody moved the alias past Assay.
        """
        check_alias(alias)
        history = self.history(alias)
        version = self._version(alias)
        if not history and version is None:
            return None
        now = history[-1] if history else {"revision": 0, "promoted_by": "somebody, past Assay"}
        if history and version != now["version"]:
            words = f"{alias!r} is version {version} in MLflow and version {now['version']} by Assay's record"
            raise DataError(
                f"the alias was moved past Assay: {words}", path=self.name, cure="Set it back, then promote"
            )
        return now

    def history(self, alias: str) -> list[dict[str, Any]]:
        """Every promotion, oldest first."""
        model = self._model()
        tags = dict(model.tags) if model is not None else {}
        own = [value for key, value in tags.items() if re.fullmatch(rf"assay\.{re.escape(alias)}\.\d+", key)]
        return sorted((json.loads(value) for value in own), key=lambda one: int(one["revision"]))

    def earlier(self, alias: str) -> dict[str, Any]:
        """What the alias meant before.

        Raises:
            ConfigError: it has meant nothing else.
        """
        now = self.current(alias)
        before = now.get("parent") if now else None
        found = next((one for one in self.history(alias) if one["revision"] == before), None)
        if found is None:
            raise ConfigError(f"{self.name}: there is no earlier version to roll {alias!r} back to")
        return found

    def move(self, alias: str, record: dict[str, Any], expected: int) -> dict[str, Any]:
        """Let the alias mean another version, registered if it is not yet.

        Raises:
            OutputError: somebody else moved it meanwhile, or MLflow refused.
        """
        with self._alone():
            now = self.current(alias)
            if (now["revision"] if now else 0) != expected:
                raise OutputError(
                    f"{self.name}: {alias!r} was moved to another version while this promotion was being checked; "
                    "nothing was changed. Look at it, and promote again if it still should be replaced"
                )
            version = self._registered(record["model"])
            head = {"schema_version": SCHEMA_VERSION, "alias": alias, "version": version}
            whole = {**head, **record, "revision": expected + 1, **stamp()}
            text = json.dumps(whole, sort_keys=True)
            self.client.set_registered_model_tag(self.name, f"assay.{alias}.{expected + 1}", text)
            self.client.set_registered_model_alias(self.name, alias, version)
        return whole

    def _registered(self, model: dict[str, Any]) -> str:
        """Version of a model, found by its fingerprint, else made."""
        if self._model() is None:
            self.client.create_registered_model(self.name)
        for one in self.client.search_model_versions(f"name='{self.name}'"):
            if dict(one.tags).get(FINGERPRINT) == model["fingerprint"]:
                return str(one.version)
        tags = {FINGERPRINT: model["fingerprint"]}
        path = Path(model["path"]).resolve()
        if not self.uri.startswith(("http://", "https://")):
            return str(self.client.create_model_version(self.name, path.as_uri(), tags=tags).version)
        run, source = self._uploaded(path)
        return str(self.client.create_model_version(self.name, source, run_id=run, tags=tags).version)

    def _uploaded(self, path: Path) -> tuple[str, str]:
        """The model as an artefact of a run of its own: a server takes no path of another machine as a source."""
        known = self.client.get_experiment_by_name(EXPERIMENT)
        number = known.experiment_id if known is not None else self.client.create_experiment(EXPERIMENT)
        run = self.client.create_run(number, run_name=f"promote {self.name}")
        log = self.client.log_artifacts if path.is_dir() else self.client.log_artifact
        log(run.info.run_id, str(path), "model")
        self.client.set_terminated(run.info.run_id)
        return run.info.run_id, f"{run.info.artifact_uri}/model"

    def _model(self) -> Any:
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - an extra

        try:
            return self.client.get_registered_model(self.name)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise OutputError(f"MLflow at {self.uri} refused: {error.message}") from error

    def _version(self, alias: str) -> str | None:
        model = self._model()
        found = dict(model.aliases).get(alias) if model is not None else None
        return None if found is None else str(found)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        mark = sha256(f"{self.uri}\0{self.name}".encode()).hexdigest()[:16]
        try:
            with locks.locked(Path(tempfile.gettempdir()) / f"assay-mlflow-{mark}.lock", wait=5):
                yield
        except OSError as error:
            raise OutputError(f"cannot lock the registry: {error.strerror or error}") from error
