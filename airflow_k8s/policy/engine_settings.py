"""The settings of the stack for which Pulumi's engine runs the policy pack."""

import json
from collections.abc import Mapping
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.stack.settings import load
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import secret_keys


def settings_of_the_engine(environment: Mapping[str, str], program: Path) -> Settings:
    """The settings, from the environment variable in which the engine passes the decrypted config.

    Raises UserError if there is none, as under `pulumi policy analyze`, and pulumi.RunError if
    settings are wrong.
    """
    if "PULUMI_CONFIG" not in environment:
        raise UserError(
            "the engine passes no config of a stack; run `pulumi preview --policy-pack policies`"
        )
    texts: Mapping[str, str] = json.loads(environment["PULUMI_CONFIG"])
    project = environment["PULUMI_PROJECT"]
    # The engine does not pass which values are encrypted. The program checks that itself.
    encrypted = frozenset(f"{project}:{key}" for key in secret_keys(Settings))
    return load.settings_of(load.project_config(project, texts, encrypted & texts.keys()), program)
