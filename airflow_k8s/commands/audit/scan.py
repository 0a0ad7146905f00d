"""Runs checkov over objects, and reads what it answers."""

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

_MINUTES = 5 * 60  # seconds, for a busy machine; an idle one takes four
_OPTIONS = ("--framework", "kubernetes", "--compact", "--output", "json", "--soft-fail")
_OFFLINE = "--skip-download"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A check that an object fails."""

    check: str  # such as CKV_K8S_11
    words: str  # checkov's
    object: str
    containers: Sequence[str] = ()
    """Those that fail it, each by itself; none where it is not about containers."""

    @property
    def places(self) -> Sequence[str]:
        """What has to be mended or accepted, such as Deployment/airflow-scheduler/git-sync."""
        return [f"{self.object}/{each}" for each in self.containers] or [self.object]


@dataclass(frozen=True, kw_only=True)
class Audited:
    """An object, and what checkov says of it."""

    object: str  # such as Deployment/airflow-scheduler, or task pod
    passed: int  # checks
    failures: Sequence[Failure]


def scan(python: Path, objects: Sequence[Object]) -> list[Audited]:
    """All objects, judged together: a NetworkPolicy among them counts for their pods.

    Raises UserError where checkov fails, or passes over pods.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, manifest in manifests(objects).items():
            text = yaml.safe_dump(manifest, sort_keys=False)
            (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
        command = [python, "-m", "checkov.main", "--directory", ".", *_OPTIONS, _OFFLINE]
        try:
            # In the folder, since it ignores in silence what lies beneath a hidden one.
            said = run(
                command, folder=Path(folder), environment=_environment(folder), timeout=_MINUTES
            )
            return audited(objects, json.loads(said))
        except (CommandError, ValueError) as error:
            raise UserError(f"checkov can't judge the manifests:\n{error}") from error


def manifests(objects: Sequence[Object]) -> dict[str, Any]:
    """What checkov reads: each object by its number, and each container of its pods alone by the
    number behind that one, since checkov tells only the first container that fails a check."""
    found: dict[str, Any] = {}
    for number, each in enumerate(objects):
        manifest = _named(each)
        found[f"{number}"] = manifest
        for index, alone in enumerate(_containers_alone(manifest)):
            found[f"{number}-{index}"] = alone
    return found


def audited(objects: Sequence[Object], report: Mapping[str, Any]) -> list[Audited]:
    """What checkov reports of `manifests`, by object. Raises UserError where it left pods out."""
    results = report.get("results", {})
    passed = _by_file(results.get("passed_checks", []))
    # An annotation can make it skip a check: that is no review.
    failed = _by_file([*results.get("failed_checks", []), *results.get("skipped_checks", [])])
    found: list[Audited] = []
    for number, each in enumerate(objects):
        name, own = each.qualified_name, f"{number}"
        unseen = each.pods and each.kind != "Cluster" and not {own} & {*passed, *failed}
        if unseen or results.get("parsing_errors"):
            raise UserError(f"checkov can't read the manifests, that of {name} among them")
        failures = [
            Failure(
                check=check,
                words=words,
                object=name,
                containers=[
                    container.name
                    for index, container in enumerate(each.pods.containers if each.pods else ())
                    if check in failed.get(f"{own}-{index}", {})
                ],
            )
            for check, words in failed.get(own, {}).items()
        ]
        found.append(Audited(object=name, passed=len(passed.get(own, {})), failures=failures))
    return found


def _named(each: Object) -> Any:
    """Its manifest, with a name in place of one that Pulumi or the server would make up: checkov
    passes over what has none."""
    manifest = files.redacted(each)
    name = each.name.replace("*", "generated")
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}


def _containers_alone(manifest: Any) -> Iterator[Any]:
    """The manifest with one container each, in the order in which `render.pods` has them."""
    pods = pods_of(manifest)
    if pods is None or not pods.template:
        return
    for field in ("initContainers", "containers"):
        for container in pods.template["spec"].get(field) or []:
            alone = copy.deepcopy(manifest)
            copied = pods_of(alone)
            if copied is None:
                raise AssertionError("it is a copy of what has pods")
            copied.template["spec"].update({"initContainers": [], "containers": []})
            copied.template["spec"][field] = [container]
            yield alone


def _by_file(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """The checks and their words, by the name of the manifest."""
    found: dict[str, dict[str, str]] = {}
    for each in records:
        checks = found.setdefault(Path(each["file_path"]).stem, {})
        checks[each["check_id"]] = each["check_name"]
    return found


def _environment(home: str) -> dict[str, str]:
    """Nothing of the user's own checkov, and no call home, not even for news of a release."""
    return {
        "HOME": home,
        "PATH": os.environ.get("PATH", os.defpath),
        "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",
    }
