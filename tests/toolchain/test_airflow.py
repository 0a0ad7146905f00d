"""The Airflow that reads DAGs is that of the image."""

from airflow_k8s.stack.settings.airflow import Image
from airflow_k8s.toolchain.airflow import LOCK
from airflow_k8s.toolchain.command import version_in
from tests.conftest import PROGRAM


def test_the_locked_airflow_is_that_of_the_stacks_and_creates_pods_in_parallel() -> None:
    pinned = dict(
        line.split(" ")[0].split("==")
        for line in LOCK.read_text().splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    )
    assert pinned["apache-airflow"] == Image().airflow_version
    assert version_in(pinned["apache-airflow-providers-cncf-kubernetes"]) >= (10, 21, 0)
    assert LOCK.is_relative_to(PROGRAM / "images"), "the image has another lock file"
