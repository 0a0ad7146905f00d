"""The reference of the settings is up to date."""

import re

import pytest

from airflow_k8s.kube import quantity
from airflow_k8s.stack.chart import sizing
from airflow_k8s.stack.settings.access import Destination, Source
from airflow_k8s.stack.settings.airflow import Resources
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import leaves
from dev.docs import settings_reference
from tests.conftest import PROGRAM, STACKS, settings_of

README = (PROGRAM / "README.md").read_text()


def test_the_readme_has_the_current_table_of_settings() -> None:
    assert settings_reference.with_table(README) == README, "run `make docs`"


def test_pulumi_yaml_has_the_current_settings() -> None:
    project = (PROGRAM / "Pulumi.yaml").read_text()
    assert settings_reference.with_config(project) == project, "run `make docs`"


def test_every_setting_has_a_meaning() -> None:
    rows = leaves(Settings, undivided=(Resources, Source, Destination))
    assert len(rows) > 60
    assert all(meaning for _, meaning, _ in rows)


@pytest.mark.parametrize("stack", STACKS)
def test_the_readme_has_the_idle_requests_of_a_stack(stack: str) -> None:
    idle = sizing.idle(settings_of(stack))
    (row,) = re.findall(r"\| requests while no task runs \| (.*) \| (.*) \|", README)
    shown: str = row[STACKS.index(stack)]
    assert shown == f"{quantity.cpu(idle.cpu)} CPU, {quantity.memory(idle.memory)}"


def test_every_command_of_the_readme_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (PROGRAM / "Makefile").read_text(), re.MULTILINE))
    used = set(re.findall(r"(?:`|\$ )make ([a-z0-9]+)", README))
    assert used <= targets, used - targets
