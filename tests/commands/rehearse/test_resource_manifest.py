"""The manifest of a registered resource."""

import pytest

from airflow_k8s.commands.rehearse.resource_manifest import patch_manager, revealed
from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.stack.settings.secret import Secret


def test_secrets_are_revealed_and_nulls_are_removed() -> None:
    given = {"a": Secret("x"), "b": None, "c": [{"d": Secret("y"), "e": None}], "f": 0}
    assert revealed(given) == {"a": "x", "c": [{"d": "y"}], "f": 0}


@pytest.mark.parametrize(
    ("retained", "manager"),
    [
        (False, "airflow-platform-rehearsal-gpu-label"),
        (True, "airflow-platform-rehearsal-gpu-label-retained"),
    ],
)
def test_the_field_manager_of_a_patch_has_a_suffix_if_it_is_retained(
    retained: bool, manager: str
) -> None:
    patch = RegisteredResource(
        type="kubernetes:core/v1:NodePatch",
        name="gpu-label",
        urn="urn",
        parent="",
        inputs={},
        custom=True,
        retain_on_delete=retained,
    )
    assert patch_manager(patch) == manager
