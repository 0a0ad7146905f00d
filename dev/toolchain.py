"""The command `airflow-platform dev tools`: installs the tools that are not Python packages."""

from collections.abc import Callable

from airflow_k8s.toolchain.actionlint import find_actionlint
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.checkov import find_checkov
from airflow_k8s.toolchain.control_plane import find_control_plane
from airflow_k8s.toolchain.crds import cloudnative_pg_crds, karpenter_crds
from airflow_k8s.toolchain.helm import find_helm


def find_all(notify: Callable[[str], None]) -> None:
    """Finds, downloads or builds every tool. Raises UserError if one is not available."""
    find_actionlint(notify)
    find_helm(notify)
    find_control_plane(notify)
    karpenter_crds(notify)
    cloudnative_pg_crds(notify)
    find_airflow(notify)
    find_checkov(notify)
