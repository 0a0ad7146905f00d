"""`python -m tools`: makes ready what runs beside Python, which the first time takes minutes."""

import sys

from render.helm import find_helm
from tools.airflow import find_airflow
from tools.checkov import find_checkov
from tools.control_plane import find_control_plane
from tools.crds import cloudnative_pg_crds, karpenter_crds
from tools.problem import Problem
from tools.workflows import find_actionlint


def main() -> int:
    """Exit status: 0 all is there, 1 a problem that is told in one message."""
    try:
        find_actionlint(_say)
        find_helm(_say)
        find_control_plane(_say)
        karpenter_crds(_say)
        cloudnative_pg_crds(_say)
        find_airflow(_say)
        find_checkov(_say)
    except Problem as problem:
        sys.stderr.write(f"tools: {problem}\n")
        return 1
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
