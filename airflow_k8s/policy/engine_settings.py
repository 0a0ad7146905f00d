"""The stack that the engine runs the policy pack for."""

import json
from collections.abc import Mapping
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.stack.settings import load
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import secret_keys


def settings_of_the_engine(environment: Mapping[str, str], program: Path) -> Settings:
    """Its settings, from what the engine hands to a pack: decrypted, and all in one variable.

    Raises UserError where there are none, as under `pulumi policy analyze`, and pulumi.RunError for
    wrong ones.
    """
    if "PULUMI_CONFIG" not in environment:
        raise UserError(
            "the engine hands over no stack's config; run `pulumi preview --policy-pack policies`"
        )
    texts: Mapping[str, str] = json.loads(environment["PULUMI_CONFIG"])
    project = environment["PULUMI_PROJECT"]
    # The engine does not say which of them were encrypted: the program sees to that.
    encrypted = frozenset(f"{project}:{key}" for key in secret_keys(Settings))
    return load.settings_of(load.project_config(project, texts, encrypted & texts.keys()), program)
