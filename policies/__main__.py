"""The policy pack that `pulumi preview --policy-pack policies` starts."""

import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROGRAM))  # Pulumi runs this folder as a program of its own

from airflow_k8s.policy.serve import serve  # noqa: E402

serve(PROGRAM)
