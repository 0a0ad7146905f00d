"""The README has the current graph of the pipeline, and a DAG that works."""

from pathlib import Path

import pytest

from airflow_k8s.commands.dags.reader import Reader
from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.commands.dags.report import mermaid
from tests.conftest import PROGRAM
from tests.dags.conftest import dag, on, task, write

pytestmark = pytest.mark.chart

README = (PROGRAM / "README.md").read_text()


def block(after: str, language: str) -> str:
    """The first code block in a language after a text of the README."""
    _, _, rest = README.partition(after)
    _, _, rest = rest.partition(f"```{language}\n")
    text, _, _ = rest.partition("```")
    return text


def test_the_graph_in_the_readme_is_that_of_the_pipeline(readings: dict[str, Reading]) -> None:
    drawn = block("<!-- pipeline -->", "mermaid")
    expected = mermaid(dag(readings["prod"], "kubernetes_pipeline")) + "\n"
    assert drawn == expected, "take it from `airflow-platform dags prod -o mermaid`"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_dag_in_the_readme_works_on_both_stacks(
    airflow: Reader, stack: str, tmp_path: Path
) -> None:
    mine = block("### Write your own", "python")
    found = airflow.read(write(tmp_path, "mine.py", mine), on(stack))
    assert (found.errors, found.warnings) == ({}, {})
    train = task(found, "train")
    assert list(train.after) == ["prepare"]
    assert train.pod
    (container,) = train.pod["spec"]["containers"]
    requests_gpu = "nvidia.com/gpu" in container["resources"]["limits"]
    assert requests_gpu is (stack == "prod")
