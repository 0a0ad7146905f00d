"""Runs helm and reads its output and its errors."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow_k8s.errors import UserError
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.toolchain.command import CommandError, run
from airflow_k8s.yaml_io import document, documents

KUBERNETES = "1.34.0"
"""The Kubernetes version that charts are rendered for. It is fixed because every release of
helm assumes the version that it was built with."""

_NOISE = ("WARNING:", "Use --debug flag")
_NOT_FOUND = " not found in "  # helm: chart "airflow" version "9.9.9" not found in ... repository


class ChartNotFoundError(CommandError):
    """The repository answered that it has no such chart, or no such version of it."""


def template(
    helm: Path, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The objects of a release in helm's order, hooks included.

    Raises UserError with helm's message if the chart rejects the values.
    """
    command = ["template", release, chart, "--namespace", namespace]
    command += ["--kube-version", KUBERNETES, "--values", "-"]
    given = json.dumps(values, ensure_ascii=False)  # YAML has no escapes like \ud83d\ude00
    try:
        text = run_helm(helm, *command, environment=clean_environment(), stdin=given, timeout=120)
    except CommandError as error:
        raise UserError(f"helm can't render {_label(helm, chart)}:\n{error}") from error
    return documents(text)


def chart_version(helm: Path, chart: Path) -> tuple[str, str]:
    """Name and version of the chart in an archive or a folder.

    Raises CommandError if it contains no chart.
    """
    described = document(run_helm(helm, "show", "chart", chart, environment=clean_environment()))
    return described["name"], described["version"]


def repository_cache(helm: Path) -> Path:
    """The folder in which helm caches the charts of repositories. Raises CommandError."""
    return Path(run_helm(helm, "env", "HELM_REPOSITORY_CACHE").strip())


def pull(helm: Path, wanted: Chart, folder: Path) -> None:
    """Downloads the archive of a chart into a folder.

    Raises ChartNotFoundError if the repository does not have it, and CommandError if helm fails.
    """
    repository = ["--repo", wanted.repository] if wanted.repository else []
    options = [*repository, "--version", wanted.version, "--destination", folder]
    try:
        run_helm(helm, "pull", wanted.reference, *options)
    except CommandError as error:
        if _NOT_FOUND in str(error):
            raise ChartNotFoundError(str(error)) from error
        raise


def run_helm(
    helm: Path,
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float = 60,
) -> str:
    """The standard output of helm. Raises CommandError with helm's error message if it fails."""
    try:
        return run([helm, *arguments], stdin=stdin, environment=environment, timeout=timeout)
    except CommandError as error:
        raise CommandError(error_message(str(error)) or str(error)) from error


def error_message(stderr: str) -> str:
    """The error in what helm wrote to standard error, without warnings and hints."""
    lines = [line for line in stderr.strip().splitlines() if not line.startswith(_NOISE)]
    return "\n".join(lines).strip().removeprefix("Error: ")


def _label(helm: Path, chart: Path) -> str:
    try:
        name, version = chart_version(helm, chart)
    except CommandError:
        return str(chart)
    return f"chart {name} {version} ({chart})"


def clean_environment() -> dict[str, str]:
    """The environment variables without the user's own settings of helm."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("HELM_")}
    return variables | {"HELM_PLUGINS": os.devnull}
