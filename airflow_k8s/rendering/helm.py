"""Runs helm on a chart."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.command import CommandError, run
from airflow_k8s.yaml_io import document, documents

KUBERNETES = "1.34.0"
"""What charts are rendered for: fixed, since every helm assumes the version it was built with."""

_NOISE = ("WARNING:", "Use --debug flag")


def template(
    helm: Path, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The objects of a release in helm's order, hooks included.

    Raises UserError with helm's own words where the chart refuses the values.
    """
    command = ["template", release, chart, "--namespace", namespace]
    command += ["--kube-version", KUBERNETES, "--values", "-"]
    given = json.dumps(values, ensure_ascii=False)  # YAML knows no \ud83d\ude00
    try:
        text = ask(helm, *command, environment=clean_environment(), stdin=given, timeout=120)
    except CommandError as error:
        raise UserError(f"helm can't render {_called(helm, chart)}:\n{error}") from error
    return documents(text)


def chart_version(helm: Path, chart: Path) -> tuple[str, str]:
    """Name and version of the chart in an archive or a folder; CommandError where it holds none."""
    described = document(ask(helm, "show", "chart", chart, environment=clean_environment()))
    return described["name"], described["version"]


def ask(
    helm: Path,
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float = 60,
) -> str:
    """What helm prints; CommandError with its own words."""
    try:
        return run([helm, *arguments], stdin=stdin, environment=environment, timeout=timeout)
    except CommandError as error:
        raise CommandError(error_message(str(error)) or str(error)) from error


def error_message(stderr: str) -> str:
    """What helm says about an error, without what it says besides."""
    lines = [line for line in stderr.strip().splitlines() if not line.startswith(_NOISE)]
    return "\n".join(lines).strip().removeprefix("Error: ")


def _called(helm: Path, chart: Path) -> str:
    try:
        name, version = chart_version(helm, chart)
    except CommandError:
        return str(chart)
    return f"chart {name} {version} ({chart})"


def clean_environment() -> dict[str, str]:
    """The environment without what would make helm act otherwise for another person."""
    others = {k: v for k, v in os.environ.items() if not k.startswith("HELM_")}
    return others | {"HELM_PLUGINS": os.devnull}
