"""The policy pack that `pulumi preview --policy-pack policies` starts.

Nothing but that: a PolicyPack serves until the engine ends it, and never returns.
`make policy` runs the same rules without an engine.
"""

import os
import sys
from datetime import date
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent
# Pulumi runs this folder as a program, which does not know the package that it is.
sys.path.insert(0, str(PROGRAM))

import pulumi  # noqa: E402
from pulumi_policy import EnforcementLevel, PolicyPack  # noqa: E402

from airflow_k8s.errors import UserError  # noqa: E402
from airflow_k8s.policy.engine_settings import settings_of_the_engine  # noqa: E402
from airflow_k8s.policy.pack import Sight, policies  # noqa: E402


def _notify(text: str) -> None:
    # Not to standard output, where the engine reads the pack's port.
    sys.stderr.write(f"{text}\n")


try:
    settings = settings_of_the_engine(os.environ, PROGRAM)
except (UserError, pulumi.RunError) as problem:
    sys.exit(f"policies: {problem}")
PolicyPack(
    name="airflow-platform",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=policies(Sight(settings=settings, program=PROGRAM, notify=_notify), date.today()),
)
