"""The tree of a stack, its summary, and the JSON document: each view as one golden file."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from airflow_k8s.rendering.files import as_json
from airflow_k8s.rendering.tree import summary, tree
from tests.conftest import STACKS
from tests.rendering.conftest import rendered

pytestmark = pytest.mark.chart


@pytest.mark.parametrize("stack", STACKS)
def test_the_tree_shows_all_objects_of_a_stack(
    stack: str, golden: Callable[[str, str], None]
) -> None:
    console = Console(file=io.StringIO(), width=10_000, highlight=False, markup=False)
    console.print(tree(rendered(stack)))
    for line in summary(rendered(stack)):
        console.print(line)
    output = console.file
    assert isinstance(output, io.StringIO)
    golden(f"tree-{stack}.txt", output.getvalue())


def keys(value: Any, path: str = "") -> set[str]:
    """The paths of all keys but those inside manifests."""
    if isinstance(value, list):
        return {found for item in value for found in keys(item, f"{path}[]")}
    if isinstance(value, dict) and not path.endswith("manifest"):
        inner = {key: f"{path}.{key}".lstrip(".") for key in value}
        return {*inner.values()} | {
            found for key, own in inner.items() for found in keys(value[key], own)
        }
    return set()


def test_the_json_document_keeps_its_keys(golden: Callable[[str, str], None]) -> None:
    document = json.loads(as_json(rendered("prod")))
    golden("json-keys.txt", "".join(f"{key}\n" for key in sorted(keys(document))))
