"""Installs the programs that run beside Python; the first time this takes minutes."""

import sys

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.actionlint import find_actionlint
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.checkov import find_checkov
from airflow_k8s.toolchain.control_plane import find_control_plane
from airflow_k8s.toolchain.crds import cloudnative_pg_crds, karpenter_crds
from airflow_k8s.toolchain.helm import find_helm


def main() -> int:
    """Exit status: 0 all are installed, 1 one of them is not available."""
    try:
        find_actionlint(_notify)
        find_helm(_notify)
        find_control_plane(_notify)
        karpenter_crds(_notify)
        cloudnative_pg_crds(_notify)
        find_airflow(_notify)
        find_checkov(_notify)
    except UserError as problem:
        sys.stderr.write(f"tools: {problem}\n")
        return 1
    return 0


def _notify(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
