"""Runs checkov over objects, and parses its report."""

import copy
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.errors import UserError
from airflow_k8s.kube.pods import pods_of
from airflow_k8s.rendering import files
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.toolchain.command import CommandError, run

_TIMEOUT = 5 * 60  # seconds, for a busy machine
_OPTIONS = ("--framework", "kubernetes", "--compact", "--output", "json", "--soft-fail")
_OFFLINE = "--skip-download"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A check of checkov that an object fails."""

    check: str  # such as CKV_K8S_11
    message: str  # checkov's name of the check
    object: str
    containers: Sequence[str] = ()
    """The containers that fail the check; empty if the check is not about containers."""

    @property
    def places(self) -> Sequence[str]:
        """The containers or the object to fix, such as Deployment/airflow-scheduler/git-sync."""
        return [f"{self.object}/{container}" for container in self.containers] or [self.object]


@dataclass(frozen=True, kw_only=True)
class Audited:
    """An object with its failed checks and the number of checks that it passed."""

    object: str  # such as Deployment/airflow-scheduler, or task pod
    passed: int  # number of passed checks
    failures: Sequence[Failure]


def scan(python: Path, objects: Sequence[Object]) -> list[Audited]:
    """Runs checkov and returns the results of all objects.

    One run checks all objects together, because a NetworkPolicy affects the checks of pods.
    Raises UserError if checkov fails or skips a pod.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, manifest in manifests(objects).items():
            text = yaml.safe_dump(manifest, sort_keys=False)
            (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
        command = [python, "-m", "checkov.main", "--directory", ".", *_OPTIONS, _OFFLINE]
        try:
            # Run in the folder, because checkov ignores files below a hidden folder.
            output = run(
                command, folder=Path(folder), environment=_environment(folder), timeout=_TIMEOUT
            )
            return audited(objects, json.loads(output))
        except (CommandError, ValueError) as error:
            raise UserError(f"checkov can't check the manifests:\n{error}") from error


def manifests(objects: Sequence[Object]) -> dict[str, Any]:
    """The manifests for checkov, by file name.

    Every object has a file `NUMBER`. Its containers have files `NUMBER-INDEX`, with the object and
    only that container: checkov reports only the first container that fails a check.
    """
    found: dict[str, Any] = {}
    for number, source in enumerate(objects):
        manifest = _with_name(source)
        found[f"{number}"] = manifest
        for index, single in enumerate(_with_single_containers(manifest)):
            found[f"{number}-{index}"] = single
    return found


def audited(objects: Sequence[Object], report: Mapping[str, Any]) -> list[Audited]:
    """The results by object, from checkov's report about `manifests`.

    Raises UserError if a pod is missing in the report.
    """
    results = report.get("results", {})
    passed = _by_file(results.get("passed_checks", []))
    # A check that an annotation skips counts as failed, because nobody has reviewed the annotation.
    failed = _by_file([*results.get("failed_checks", []), *results.get("skipped_checks", [])])
    found: list[Audited] = []
    for number, source in enumerate(objects):
        name, file = source.qualified_name, f"{number}"
        is_missing = source.pods and source.kind != "Cluster" and file not in {*passed, *failed}
        if is_missing or results.get("parsing_errors"):
            raise UserError(f"checkov can't read the manifests, for example that of {name}")
        failures = [
            Failure(
                check=check,
                message=message,
                object=name,
                containers=[
                    container.name
                    for index, container in enumerate(source.pods.containers if source.pods else ())
                    if check in failed.get(f"{file}-{index}", {})
                ],
            )
            for check, message in failed.get(file, {}).items()
        ]
        found.append(Audited(object=name, passed=len(passed.get(file, {})), failures=failures))
    return found


def _with_name(source: Object) -> Any:
    """The manifest with a fixed name instead of a generated one: checkov skips objects without a
    name."""
    manifest = files.redacted(source)
    name = source.name.replace("*", "generated")
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}


def _with_single_containers(manifest: Any) -> Iterator[Any]:
    """Copies of the manifest with one container, in the order of `Pods.containers`."""
    pods = pods_of(manifest)
    if pods is None or not pods.template:
        return
    for field in ("initContainers", "containers"):
        for container in pods.template["spec"].get(field) or []:
            single = copy.deepcopy(manifest)
            copied = pods_of(single)
            if copied is None:
                raise AssertionError("the copy has the pods of the original")
            copied.template["spec"].update({"initContainers": [], "containers": []})
            copied.template["spec"][field] = [container]
            yield single


def _by_file(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """The failed checks in the report: file name -> check number -> name of the check."""
    found: dict[str, dict[str, str]] = {}
    for record in records:
        checks = found.setdefault(Path(record["file_path"]).stem, {})
        checks[record["check_id"]] = record["check_name"]
    return found


def _environment(home: str) -> dict[str, str]:
    """An environment without the user's settings of checkov, and without its update check."""
    return {
        "HOME": home,
        "PATH": os.environ.get("PATH", os.defpath),
        "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",
    }
