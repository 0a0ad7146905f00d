"""Finds the program helm."""

from collections.abc import Callable
from pathlib import Path

from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.program import Module, Program, install

_OLDEST, _TOO_NEW = (3, 19, 0), (5, 0, 0)  # chart 1.22.0 refuses older ones; 4.3.1 renders the same
_PATH = "helm.sh/helm/v3"
_HELM = Program(
    name="helm",
    module=Module(
        folder=go_build.MODULES / "helm",
        path=_PATH,
        version_variables={f"{_PATH}/internal/version.version": "v{version}"},
    ),
    package="/cmd/helm",
    build_time="two minutes",
    version_arguments=("version", "--template", "{{.Version}}"),
    alternative="install helm 3.19 or newer (https://helm.sh/docs/intro/install/)",
)


def find_helm(notify: Callable[[str], None]) -> Path:
    """The helm on PATH if its version fits, else the pinned one in the cache.

    The first call downloads or builds it. Raises UserError if neither is possible.
    """
    installed = _HELM.on_path_within(_OLDEST, _TOO_NEW)
    if installed:
        return installed
    install([_HELM], notify)
    return _HELM.file
