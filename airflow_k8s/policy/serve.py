"""Serves the rules to Pulumi's engine as a policy pack."""

import os
import sys
from datetime import date
from pathlib import Path

import pulumi
from pulumi_policy import EnforcementLevel, PolicyPack

from airflow_k8s.errors import UserError
from airflow_k8s.policy.engine_settings import settings_of_the_engine
from airflow_k8s.policy.pack import PackContext, policies


def serve(program: Path) -> None:
    """Serves until the engine ends the process; never returns.

    `program` is the folder of the stack files. Exits with a message if the settings are wrong.
    """
    try:
        settings = settings_of_the_engine(os.environ, program)
    except (UserError, pulumi.RunError) as error:
        sys.exit(f"policies: {error}")
    PolicyPack(
        name="airflow-platform",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=policies(
            PackContext(settings=settings, program=program, notify=_notify), date.today()
        ),
    )


def _notify(message: str) -> None:
    # The engine reads the port of the pack from standard output.
    sys.stderr.write(f"{message}\n")
