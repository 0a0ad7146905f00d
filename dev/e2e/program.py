"""A copy of this program with a stack of its own, deployed as a user would deploy it."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from airflow_k8s.errors import UserError
from airflow_k8s.kube import helm_values
from airflow_k8s.toolchain.command import run
from airflow_k8s.yaml_io import document

NAMESPACE = "airflow-e2e"
STACK = "dev"
BUCKET = "e2e-bucket"
CHART = "airflow-chart.tgz"
_ENVIRONMENT = ".venv"  # where Pulumi.yaml tells Pulumi to look


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image by its repository and its tag."""

    repository: str
    tag: str

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


def image(text: str) -> Image:
    """REPO:TAG in its parts; UserError for anything else."""
    repository, _, tag = text.rpartition(":")
    if not repository or not tag or "/" in tag:
        raise UserError(f"{text} is no image with a tag, such as airflow-platform/airflow:e2e")
    return Image(repository=repository, tag=tag)


@dataclass(frozen=True, kw_only=True)
class Dags:
    """Where the DAGs come from: a git server in the cluster."""

    repo: str
    folder: str  # in there
    namespace: str
    port: int


def settings(
    *, context: str, airflow: Image, tasks: Image, dags: Dags, dns: Sequence[str]
) -> dict[str, Any]:
    """What the stack has otherwise than `dev`; `dns` are address ranges of name servers that are no
    pods."""
    return {
        "namespace": NAMESPACE,
        "cluster": {"context": context},
        "chart": {"reference": f"./{CHART}", "repository": ""},
        "image": {
            "repository": airflow.repository,
            "tag": airflow.tag,
            "asyncPodCreation": True,  # the image has a provider that can
        },
        "dags": {
            "source": "git-bundle",
            "repo": dags.repo,
            "branch": "main",
            "subPath": dags.folder,
            "intervalSeconds": 10,
        },
        "network": {
            "git": {"cidrs": [], "namespaces": [dags.namespace], "ports": [dags.port]},
            "dns": {"cidrs": list(dns)},
        },
        "tasks": {"retryDelaySeconds": 30},
        "pipeline": {
            "processorImage": str(tasks),
            "validatorImage": str(tasks),
            "s3Bucket": BUCKET,
        },
    }


@dataclass(frozen=True, kw_only=True)
class Program:
    """The copy in a folder, and its stack's file."""

    folder: Path

    @property
    def stack_file(self) -> Path:
        """The stack's file."""
        return self.folder / f"Pulumi.{STACK}.yaml"

    def change(self, settings: Mapping[str, Any]) -> None:
        """Lays settings over those of the stack. All else in its file stays: Pulumi keeps there
        what it encrypts with, too."""
        project = document((self.folder / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        content = document(self.stack_file.read_text(encoding="utf-8")) or {}
        named = {f"{project}:{key}": value for key, value in settings.items()}
        content["config"] = helm_values.merge(content.get("config") or {}, named)
        text = yaml.safe_dump(content, sort_keys=False)
        self.stack_file.write_text(text, encoding="utf-8")


def copied(source: Path, folder: Path, chart: Path) -> Program:
    """A copy of a checkout, uncommitted work included, with the chart and the environment that
    runs this."""
    shutil.rmtree(folder, ignore_errors=True)
    listed = run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], folder=source
    )
    for name in filter(None, listed.split("\0")):
        file = source / name
        if file.is_file():  # else it was deleted, and that is not committed yet
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
    shutil.copy2(chart, folder / CHART)
    (folder / _ENVIRONMENT).symlink_to(sys.prefix)
    return Program(folder=folder)
