"""What people read about the settings is what the code does."""

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


def test_the_readme_has_the_table_of_the_code() -> None:
    assert settings_reference.with_table(README) == README, "run `make docs`"


def test_pulumi_yaml_has_the_settings_of_the_code() -> None:
    project = (PROGRAM / "Pulumi.yaml").read_text()
    assert settings_reference.with_config(project) == project, "run `make docs`"


def test_every_setting_is_explained() -> None:
    rows = leaves(Settings, undivided=(Resources, Source, Destination))
    assert len(rows) > 60
    assert all(meaning for _, meaning, _ in rows)


@pytest.mark.parametrize("stack", STACKS)
def test_the_readme_says_what_a_stack_asks_for(stack: str) -> None:
    idle = sizing.idle(settings_of(stack))
    (row,) = re.findall(r"\| requests while no task runs \| (.*) \| (.*) \|", README)
    told: str = row[STACKS.index(stack)]
    assert told == f"{quantity.cpu(idle.cpu)} CPU, {quantity.memory(idle.memory)}"


def test_every_command_of_the_readme_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (PROGRAM / "Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"(?:`|\$ )make ([a-z0-9]+)", README))
    assert told <= targets, told - targets
