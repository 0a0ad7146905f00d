"""`python -m tools`: makes ready what runs beside Python, which the first time takes minutes."""

import sys

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.helm import find_helm
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.checkov import find_checkov
from airflow_k8s.toolchain.control_plane import find_control_plane
from airflow_k8s.toolchain.crds import cloudnative_pg_crds, karpenter_crds
from dev.workflows import find_actionlint


def main() -> int:
    """Exit status: 0 all is there, 1 a problem that is told in one message."""
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
