"""The values are valid by the schema of the chart, and have only keys that the chart knows."""

import json
import tarfile
from typing import Any

import jsonschema
import pytest
import yaml

from airflow_k8s.stack.chart.values import airflow_values
from tests.conftest import STACKS, settings_of
from tests.rendering.conftest import official_chart

pytestmark = pytest.mark.chart


def of_chart(name: str) -> Any:
    with tarfile.open(official_chart().path) as archive:
        file = archive.extractfile(f"airflow/{name}")
        assert file
        return yaml.safe_load(file)


def without_nulls(values: Any) -> Any:
    """The values that Helm validates: a null removes the default before."""
    if isinstance(values, dict):
        return {key: without_nulls(item) for key, item in values.items() if item is not None}
    return values


@pytest.fixture(scope="module")
def schema() -> Any:
    return of_chart("values.schema.json")


@pytest.fixture(scope="module")
def defaults() -> dict[str, Any]:
    return of_chart("values.yaml")


@pytest.mark.parametrize("stack", STACKS)
def test_the_values_are_valid_by_the_schema_of_the_chart(stack: str, schema: Any) -> None:
    values = without_nulls(airflow_values(settings_of(stack), {}))
    problems = jsonschema.Draft7Validator(schema).iter_errors(values)
    assert [f"{'.'.join(map(str, p.path))}: {p.message}" for p in problems] == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_chart_knows_every_top_level_key(stack: str, defaults: dict[str, Any]) -> None:
    # The schema allows unknown keys at the top level, where a misspelt key would have no effect.
    assert airflow_values(settings_of(stack), {}).keys() <= defaults.keys()


def test_a_misspelt_key_below_the_top_level_is_invalid(schema: Any) -> None:
    values = airflow_values(settings_of("dev"), {"scheduler": {"replica": 2}})
    assert list(jsonschema.Draft7Validator(schema).iter_errors(json.loads(json.dumps(values))))
