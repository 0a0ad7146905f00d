"""A copy of this program with test settings, which the test deploys as a user would."""

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
_ENVIRONMENT = ".venv"  # the Python environment that Pulumi.yaml names


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image by its repository and its tag."""

    repository: str
    tag: str

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


def parse_image(text: str) -> Image:
    """Parses REPO:TAG. Raises UserError if the text has no tag."""
    repository, _, tag = text.rpartition(":")
    if not repository or not tag or "/" in tag:
        raise UserError(
            f"image {text!r} has no tag; expected REPO:TAG, such as airflow-platform/airflow:e2e"
        )
    return Image(repository=repository, tag=tag)


@dataclass(frozen=True, kw_only=True)
class Dags:
    """The git server in the cluster that serves the DAGs."""

    repo: str  # URL of the repository
    folder: str  # of the DAGs in the repository
    namespace: str  # of the git server
    port: int  # of the git server


def stack_settings(
    *, context: str, airflow: Image, tasks: Image, dags: Dags, dns_cidrs: Sequence[str]
) -> dict[str, Any]:
    """The settings in which the stack under test differs from the committed `dev`.

    `dns_cidrs` are the address ranges of name servers that no pod selector can match.
    """
    return {
        "namespace": NAMESPACE,
        "cluster": {"context": context},
        "chart": {"reference": f"./{CHART}", "repository": ""},
        "image": {
            "repository": airflow.repository,
            "tag": airflow.tag,
            "asyncPodCreation": True,  # the provider in the image supports it
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
            "dns": {"cidrs": list(dns_cidrs)},
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
    """The copy of the program in a folder."""

    folder: Path

    @property
    def stack_file(self) -> Path:
        """The path of the stack's Pulumi.STACK.yaml."""
        return self.folder / f"Pulumi.{STACK}.yaml"

    def change_settings(self, settings: Mapping[str, Any]) -> None:
        """Merges settings into the stack file.

        The rest of the file is kept: Pulumi stores its encryption salt and encrypted values there.
        """
        project = document((self.folder / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        content = document(self.stack_file.read_text(encoding="utf-8")) or {}
        changes = {f"{project}:{key}": value for key, value in settings.items()}
        content["config"] = helm_values.merge(content.get("config") or {}, changes)
        text = yaml.safe_dump(content, sort_keys=False)
        self.stack_file.write_text(text, encoding="utf-8")


def copy_program(source: Path, folder: Path, chart: Path) -> Program:
    """Copies a checkout with its uncommitted changes into a folder, adds the chart's archive, and
    links the Python environment of this process."""
    shutil.rmtree(folder, ignore_errors=True)
    listing = run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], folder=source
    )
    for name in filter(None, listing.split("\0")):
        file = source / name
        if file.is_file():  # git also lists a file whose deletion is not committed yet
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
    shutil.copy2(chart, folder / CHART)
    (folder / _ENVIRONMENT).symlink_to(sys.prefix)
    return Program(folder=folder)
