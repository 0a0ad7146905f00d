"""Helm, found or built, and what it makes of a chart."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.cache import cache, kept
from airflow_k8s.toolchain.command import CommandError, run, version
from airflow_k8s.yaml_io import document, documents

KUBERNETES = "1.34.0"
"""What charts are rendered for: fixed, since every helm assumes the version it was built with."""

_MODULE, _PATH = go_build.MODULES / "helm", "helm.sh/helm/v3"
_OLDEST, _TOO_NEW = (3, 19, 0), (5, 0, 0)  # chart 1.22.0 refuses older ones; 4.3.1 renders the same
_INSTALL = "install helm 3.19 or newer: https://helm.sh/docs/intro/install/"
_NOISE = ("WARNING:", "Use --debug flag")


def find_helm(notify: Callable[[str], None]) -> Path:
    """The helm on PATH where it suits, else one of our own, built once in the user's cache.

    Raises UserError where there is none and none can be built.
    """
    installed = shutil.which("helm")
    if installed:
        found = version([installed, "version", "--template", "{{.Version}}"])
        if _OLDEST <= found < _TOO_NEW:
            return Path(installed)
    ours = go_build.pinned(_MODULE, _PATH)

    def build(folder: Path) -> None:
        notify(f"building helm {ours} (about two minutes, once)")
        texts = {f"{_PATH}/internal/version.version": f"v{ours}"}
        go_build.build(_MODULE, f"{_PATH}/cmd/helm", folder / "helm", texts=texts, notify=notify)

    try:
        return kept(cache() / f"helm-{ours}", build, notify) / "helm"
    except (CommandError, OSError) as error:
        raise UserError(
            f"helm {ours} can't be built:\n{error}\nEither {_INSTALL}, or mend that."
        ) from error


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
