"""Reading DAG files with Airflow: DAGs, errors and warnings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_k8s.commands.dags.reader import Ground, Reader, ground, reader
from airflow_k8s.errors import UserError
from tests.dags.conftest import on, task, write

pytestmark = pytest.mark.chart

HEAD = """
from datetime import datetime
from airflow.sdk import DAG, task
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow_platform import platform
"""


@pytest.fixture(scope="module")
def airflow() -> Iterator[Reader]:
    with reader(print) as started:
        yield started


@pytest.fixture(scope="module")
def dev() -> Ground:
    return on("dev")


def test_a_broken_file_is_an_error_and_other_files_are_read(
    airflow: Reader, dev: Ground, tmp_path: Path
) -> None:
    write(tmp_path, "broken.py", f"{HEAD}\nd = DAG('x')\nprint(nowhere)")
    write(tmp_path, "good.py", f"{HEAD}\nd = DAG('good')")
    found = airflow.read(tmp_path, dev)
    assert [d.name for d in found.dags] == ["good"]
    assert found.logical_date == "2024-01-01"
    assert list(found.errors) == ["broken.py"]
    assert "name 'nowhere' is not defined" in found.errors["broken.py"]


def test_a_deprecation_is_a_warning(airflow: Reader, dev: Ground, tmp_path: Path) -> None:
    old = "from airflow.decorators import dag\nfrom airflow.models import DAG\nd = DAG('old')"
    found = airflow.read(write(tmp_path, "old.py", old), dev)
    assert [d.name for d in found.dags] == ["old"]
    assert "deprecated" in " ".join(found.warnings["old.py"]).lower()


def test_a_request_does_not_see_the_changes_of_an_earlier_one(
    airflow: Reader, dev: Ground, tmp_path: Path
) -> None:
    leaves = f"{HEAD}\nimport os, sys\nd = DAG('seen' if 'LEFT' in os.environ else 'new')\n"
    leaves += "os.environ['LEFT'] = '1'"
    folder = write(tmp_path, "leaves.py", leaves)
    for _ in range(2):
        assert [d.name for d in airflow.read(folder, dev).dags] == ["new"]


def test_the_output_of_a_dag_file_does_not_disturb_the_response(
    airflow: Reader, dev: Ground, tmp_path: Path
) -> None:
    loud = f"{HEAD}\nimport os\nprint('{{}}')\nos.system('echo {{}}')\nd = DAG('loud')"
    assert [d.name for d in airflow.read(write(tmp_path, "loud.py", loud), dev).dags] == ["loud"]


def test_a_template_that_needs_a_run_is_kept_with_a_note(
    airflow: Reader, dev: Ground, tmp_path: Path
) -> None:
    text = f"""{HEAD}
with DAG("later", start_date=datetime(2024, 1, 1)):
    KubernetesPodOperator(
        task_id="later",
        image="python",
        arguments=["{{{{ ti.xcom_pull('x') }}}}"],
        **platform().pod(),
    )
"""
    found = task(airflow.read(write(tmp_path, "later.py", text), dev), "later")
    assert found.pod
    assert found.pod["spec"]["containers"][0]["args"] == ["{{ ti.xcom_pull('x') }}"]
    assert "only in a run" in found.note


def test_the_pods_of_a_mapped_task_are_unknown(
    airflow: Reader, dev: Ground, tmp_path: Path
) -> None:
    text = f"""{HEAD}
with DAG("many", start_date=datetime(2024, 1, 1)):
    KubernetesPodOperator.partial(task_id="many", image="python", **platform().pod()).expand(
        arguments=[["1"], ["2"]]
    )
"""
    found = task(airflow.read(write(tmp_path, "many.py", text), dev), "many")
    assert found.pod is None
    assert found.note == "mapped: its pods are known only in a run"


def test_a_dag_that_airflow_cannot_store_is_an_error(
    airflow: Reader, dev: Ground, tmp_path: Path
) -> None:
    text = f"{HEAD}\nd = DAG('odd', default_args={{}}, params={{'now': datetime.now}})"
    found = airflow.read(write(tmp_path, "odd.py", text), dev)
    assert found.dags == []
    assert list(found.errors) == ["odd.py"]


def test_an_airflow_of_the_user_is_neither_read_nor_changed(
    dev: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("AIRFLOW_HOME", str(home))
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "no such executor")
    folder = write(tmp_path / "dags", "a.py", f"{HEAD}\nd = DAG('a')")
    with reader(print) as airflow:
        assert [d.name for d in airflow.read(folder, dev).dags] == ["a"]
    assert not home.exists()


def test_an_airflow_that_dies_is_an_error_with_its_last_output(
    airflow: Reader, dev: Ground, tmp_path: Path
) -> None:
    deadly = f"{HEAD}\nimport os, sys\nsys.stderr.write('I die')\nsys.stderr.flush()\nos._exit(0)"
    folder = write(tmp_path, "deadly.py", deadly)
    with pytest.raises(UserError, match=r"can't read the DAGs in .*(\n.*)*I die"):
        airflow.read(folder, dev)
    write(tmp_path, "deadly.py", f"{HEAD}\nd = DAG('alive')")
    assert [d.name for d in airflow.read(tmp_path, dev).dags] == ["alive"]


def test_a_stack_without_both_config_maps_has_no_ground() -> None:
    facts = {"metadata": {"name": "airflow-dag-facts"}, "data": {"facts.json": "{}"}}
    assert ground([facts]) is None
