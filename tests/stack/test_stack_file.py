"""The file of a stack is read as Pulumi reads it."""

from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import settings_in, stack_config
from tests.conftest import PROGRAM


def read(folder: Path, config: str) -> Settings:
    (folder / "Pulumi.yaml").write_text((PROGRAM / "Pulumi.yaml").read_text())
    given = (PROGRAM / "Pulumi.dev.yaml").read_text()
    (folder / "Pulumi.dev.yaml").write_text(given + config)
    return settings_in(stack_config(folder, "dev"), PROGRAM)


def policies(inside: str) -> str:
    return f"  airflow-platform:policies:\n    {inside}\n"


@pytest.mark.parametrize("text", ["off", '"off"'])
def test_off_is_a_text_and_not_a_boolean(text: str, tmp_path: Path) -> None:
    found = read(tmp_path, policies(f"levels: {{image-digest: {text}}}"))
    assert found.policies.levels == {"image-digest": "off"}


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("False", False)])
def test_true_and_false_are_booleans(text: str, meant: bool, tmp_path: Path) -> None:
    assert read(tmp_path, policies(f"production: {text}")).policies.production is meant


EXCEPTION = "exceptions: [{rule: r, object: o, reason: until the winter, expires: %s}]"


def test_a_date_in_quotes_is_a_text(tmp_path: Path) -> None:
    (found,) = read(tmp_path, policies(EXCEPTION % '"2027-01-31"')).policies.exceptions
    assert found.expires == "2027-01-31"


def test_a_date_without_quotes_is_refused(tmp_path: Path) -> None:
    # Pulumi would pass it to the program as a text with a time.
    with pytest.raises(UserError, match='put it in quotes, "2027-01-31"'):
        read(tmp_path, policies(EXCEPTION % "2027-01-31"))


def test_an_address_range_needs_a_prefix_length(tmp_path: Path) -> None:
    def kubernetes_api(cidr: str) -> Any:
        text = f"  airflow-platform:network:\n    kubernetesApi: {{cidrs: [{cidr}]}}\n"
        return read(tmp_path, text).network.kubernetes_api.cidrs

    assert kubernetes_api("10.0.0.2/32") == ("10.0.0.2/32",)
    for wrong in ("10.0.0.2", "10.1.2.3/8", "10.0.0.0/33"):
        with pytest.raises(Exception, match="expected an address range without host bits"):
            kubernetes_api(wrong)
