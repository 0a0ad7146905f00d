"""The settings of the stack for which the engine runs the policy pack."""

import json

import pulumi
import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.policy.engine_settings import settings_of_the_engine
from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET, stack_config
from tests.conftest import PROGRAM


def handed_over(stack: str, **changes: str) -> dict[str, str]:
    """What the engine puts into the environment of a pack."""
    config = stack_config(PROGRAM, stack)
    return {
        "PULUMI_PROJECT": config.project,
        "PULUMI_CONFIG": json.dumps({**config.texts, **changes}),
    }


def test_the_settings_of_the_engine_equal_those_of_the_program() -> None:
    settings = settings_of_the_engine(handed_over("prod"), PROGRAM)
    assert settings.scheduler.replicas == 2
    assert settings.policies.production is True


def test_an_encrypted_setting_is_decrypted_and_still_a_secret() -> None:
    settings = settings_of_the_engine(handed_over("dev"), PROGRAM)
    assert settings.pipeline_database_url is not None
    assert settings.pipeline_database_url.reveal() == PLACEHOLDER_SECRET
    assert PLACEHOLDER_SECRET not in repr(settings)


def test_a_missing_config_is_an_error() -> None:
    with pytest.raises(UserError, match="pulumi preview --policy-pack policies"):
        settings_of_the_engine({}, PROGRAM)


def test_wrong_settings_are_an_error() -> None:
    given = handed_over("dev", **{"airflow-platform:protect": "perhaps"})
    with pytest.raises(pulumi.RunError, match="protect is 'perhaps'"):
        settings_of_the_engine(given, PROGRAM)
